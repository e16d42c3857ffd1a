"""Training a network of any architecture to tell bound sequences from shuffles."""

from collections.abc import Mapping
from typing import Any

import pytorch_lightning as pl
import torch
import torch.nn.functional as F
from torch import nn
from torchmetrics import MeanMetric, MetricCollection
from torchmetrics.classification import BinaryAUROC, BinaryAveragePrecision

from demo.networks.checkpoint import CARD
from demo.networks.inference import both_strands
from demo.sequences import one_hot
from demo.training.optimizers import Optimizer
from demo.utils.errors import DemoError


class Classifier(pl.LightningModule):
    """A network with its loss, metrics and optimiser.

    The loss is the binary cross-entropy, equivalent to the paper's two-way softmax. Validation scores are means of both
    strands, always in full precision, since rounded scores would tie.

    Args:
        network: (B, 4, L) sequences to (B,) logits.
        optimizer: builds the optimiser and its schedule.
        steps: total number of training batches, for the schedule.
        card: metadata of the checkpoint (network, sequence length, data), which make it loadable on its own; see
            ``demo.networks.checkpoint``.
        seed: of dropout, set again in every epoch, so that a resumed run matches an uninterrupted one.
    """

    def __init__(
        self, network: nn.Module, optimizer: Optimizer, steps: int, card: Mapping[str, Any] | None = None, seed: int = 0
    ) -> None:
        super().__init__()
        self.network = network
        self.optimizer = optimizer
        self.steps = steps
        self.card = dict(card or {})
        self.seed = seed
        self.loss_sum: torch.Tensor | float = 0.0
        self.sequences_seen = 0
        self.validation_loss = MeanMetric()
        self.validation_metrics = MetricCollection(
            {"val/auroc": BinaryAUROC(), "val/average_precision": BinaryAveragePrecision()}
        )

    def on_train_epoch_start(self) -> None:
        self.loss_sum, self.sequences_seen = 0.0, 0
        torch.manual_seed(self.seed * 1_000_003 + self.current_epoch)

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], batch_index: int) -> torch.Tensor:
        codes, labels = batch
        loss = F.binary_cross_entropy_with_logits(self.network(one_hot(codes)).float(), labels)
        # Lightning's own mean, by logging each step, takes 1 ms of the 30 ms of a step; MeanMetric waits for the
        # GPU to check for NaN, and would leave them out.
        self.loss_sum = self.loss_sum + loss.detach() * len(codes)
        self.sequences_seen += len(codes)
        return loss

    def validation_step(self, batch: tuple[torch.Tensor, torch.Tensor], batch_index: int) -> None:
        codes, labels = batch
        with torch.autocast(self.device.type, enabled=False):
            logits = both_strands(self.network, one_hot(codes))
        self.validation_loss.update(F.binary_cross_entropy_with_logits(logits, labels), len(labels))
        self.validation_metrics.update(logits, labels.int())

    def on_validation_epoch_end(self) -> None:
        loss = self.validation_loss.compute()
        if not torch.isfinite(loss):
            raise DemoError(
                f"Training diverged: the validation loss of epoch {self.current_epoch + 1} is {loss.item()}.",
                fix=f"optimizer.learning_rate={self.optimizer.learning_rate / 10:g} force=true",
            )
        self.log("train/loss", self.loss_sum / self.sequences_seen)
        self.log("val/loss", loss)
        self.log_dict(self.validation_metrics.compute())
        self.validation_loss.reset()
        self.validation_metrics.reset()

    def configure_optimizers(self) -> Any:
        optimizer, schedule = self.optimizer.build(self.network, self.steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint[CARD] = self.card
