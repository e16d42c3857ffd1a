"""Training a network of any architecture to tell bound sequences from shuffles."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from functools import partial
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.plugins.precision import MixedPrecision, Precision
from pytorch_lightning.utilities.enums import GradClipAlgorithmType
from torch import nn
from torchmetrics import MeanMetric, Metric, MetricCollection
from torchmetrics.classification import (
    BinaryAUROC,
    BinaryAveragePrecision,
    MulticlassAUROC,
    MulticlassAveragePrecision,
)

from demo.data.datamodule import Batch, SequenceDataModule
from demo.metrics import probabilities
from demo.networks import make_network
from demo.networks.checkpoint import CARD
from demo.networks.inference import both_strands, loss_of
from demo.networks.registry import task_of
from demo.sequences import LETTERS, Task, one_hot
from demo.training.optimizers import OPTIMIZERS, AdamW, Optimizer, make_optimizer
from demo.utils.errors import DemoError

_OF_RANK = 2**40
"""Distance between the seeds of the devices that train together."""


class Classifier(pl.LightningModule):
    """A network with its loss, metrics and optimiser, for any Lightning ``Trainer``.

    The loss is the cross-entropy: the binary one, equivalent to the paper's two-way softmax, or the K-way one.
    Validation, test and prediction use means of both strands, always in full precision, since rounded scores would tie.

    Checkpoints hold the settings of the network and the optimiser, so ``Classifier.load_from_checkpoint(path)`` needs
    nothing else, unless ``network`` was a module without a ``card``: then it has to be given again.

    Args:
        network: (B, 4, L) sequences to (B,) logits; or the settings of a registered one,
            ``{"name": "demonet", "channels": 64}``.
        optimizer: builds the optimiser and its schedule; or the settings of a registered one; ``AdamW()`` if None.
        card: metadata of the checkpoint (network, sequence length, data), which make it readable by ``demo.load``; see
            ``demo.networks.checkpoint``. If None, those of the network's settings and the data module.
        seed: of dropout, set again in every epoch, so that a resumed run matches an uninterrupted one.
        class_weights: (K,) of each class in the loss of training; ``None`` for 1.
    """

    def __init__(
        self,
        network: nn.Module | Mapping[str, Any],
        optimizer: Optimizer | Mapping[str, Any] | None = None,
        card: Mapping[str, Any] | None = None,
        seed: int = 0,
        class_weights: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        self.card = dict(card or {})
        self.class_weights = class_weights
        self.seed = seed
        self.network_settings = dict(network) if isinstance(network, Mapping) else self.card.get("network")
        self.network = (
            make_network(network, Task.of(self.card.get("task"))) if isinstance(network, Mapping) else network
        )
        self.task = task_of(self.network)
        self.optimizer: Optimizer = (
            make_optimizer(optimizer) if isinstance(optimizer, Mapping) else AdamW() if optimizer is None else optimizer
        )
        hparams = {"network": self.network_settings, "optimizer": _settings_of(self.optimizer), "card": card}
        known = {name: value for name, value in hparams.items() if value is not None}
        # Not for loggers: a run gives them all of its settings.
        self.save_hyperparameters({**known, "seed": seed}, logger=False)
        self.loss_sum: torch.Tensor | float = 0.0
        self.sequences_seen = 0
        self.validation_loss = MeanMetric()
        self.validation_metrics = _ranking("val/", self.task)
        self.test_metrics = _ranking("test/", self.task)

    def forward(self, sequences: torch.Tensor) -> torch.Tensor:
        """(B,) logits of one strand, from (B, L) ``uint8`` codes or (B, 4, L) real-valued sequences."""
        size = self.task.alphabet.size
        logits: torch.Tensor = self.network(
            one_hot(sequences, size=size) if sequences.dtype == torch.uint8 else sequences
        )
        return logits

    def on_train_epoch_start(self) -> None:
        self.loss_sum, self.sequences_seen = 0.0, 0
        torch.manual_seed(self.seed * 1_000_003 + self.current_epoch + self.global_rank * _OF_RANK)

    def training_step(self, batch: Batch, batch_index: int) -> torch.Tensor:
        logits, labels = self.labelled(self.network, batch)
        loss = loss_of(logits.float(), labels, self.class_weights)
        # Lightning's own mean, by logging each step, takes 1 ms of the 30 ms of a step; MeanMetric waits for the
        # GPU to check for NaN, and would leave them out.
        self.loss_sum = self.loss_sum + loss.detach() * len(labels)
        self.sequences_seen += len(labels)
        return loss

    def on_validation_epoch_start(self) -> None:
        if self.trainer.world_size > 1:
            # Each device normalises by what it saw; the checkpoint holds the first one's, which is to be scored.
            for buffer in self.network.buffers():
                torch.distributed.broadcast(buffer, 0)

    def validation_step(self, batch: Batch, batch_index: int) -> None:
        logits, labels = self._scored(batch)
        self.validation_loss.update(loss_of(logits, labels), len(labels))
        self.validation_metrics.update(logits, labels.int())

    def on_validation_epoch_end(self) -> None:
        loss = self.validation_loss.compute()
        if not torch.isfinite(loss):
            raise DemoError(
                f"Training diverged: the validation loss of epoch {self.current_epoch + 1} is {loss.item()}.",
                fix=f"optimizer.learning_rate={self.optimizer.learning_rate / 10:g} force=true",
            )
        # Not before training: in Lightning's sanity check, or by trainer.validate.
        if self.sequences_seen:
            self.log("train/loss", self.loss_sum / self.sequences_seen, sync_dist=True)
        self.log("val/loss", loss, sync_dist=True)
        self.log_dict(self.validation_measures(), sync_dist=True)
        self.validation_loss.reset()
        self.validation_metrics.reset()

    def validation_measures(self) -> dict[str, torch.Tensor]:
        """``val/auroc`` and ``val/average_precision`` of all sequences that were scored in this epoch."""
        return dict(self.validation_metrics.compute())

    def test_step(self, batch: Batch, batch_index: int) -> None:
        logits, labels = self._scored(batch)
        self.test_metrics.update(logits, labels.int())

    def on_test_epoch_end(self) -> None:
        self.log_dict(self.test_metrics.compute(), sync_dist=True)
        self.test_metrics.reset()

    def predict_step(self, batch: Batch, batch_index: int) -> torch.Tensor:
        """(B,) probabilities of binding, or (B, K), calibrated if the checkpoint is that of a finished run."""
        logits, _ = self._scored(batch)
        temperature = float(self.card.get("temperature", 1.0))
        return torch.from_numpy(probabilities(logits.cpu().numpy(), temperature, len(self.task.classes)))

    def configure_optimizers(self) -> Any:
        steps = self.trainer.estimated_stepping_batches
        if not math.isfinite(steps):
            raise DemoError(
                "This Trainer has no end, and the learning rate's schedule needs one.",
                fix="pl.Trainer(max_steps=12_000), or max_epochs=",
            )
        optimizer, schedule = self.optimizer.build(self.network, int(steps))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip the gradients as the Trainer says, for fused optimisers in bfloat16, too."""
        # Lightning refuses to clip for fused optimisers in mixed precision, because they undo the scale of gradients
        # only later; bfloat16 has none.
        plugin = self.trainer.precision_plugin
        if isinstance(plugin, MixedPrecision) and plugin.scaler is None:
            algorithm = GradClipAlgorithmType(gradient_clip_algorithm or "norm")
            Precision.clip_gradients(plugin, optimizer, gradient_clip_val or 0, algorithm)
        else:
            self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        data = getattr(self.trainer, "datamodule", None)
        if not self.card and self.network_settings and isinstance(data, SequenceDataModule):
            checkpoint[CARD] = {"network": self.network_settings, "alphabet": LETTERS, **data.card}
        else:
            checkpoint[CARD] = self.card

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.card = dict(checkpoint.get(CARD) or self.card)

    def labelled(self, network: Callable[[torch.Tensor], torch.Tensor], batch: Batch) -> Batch:
        """(B,) logits by ``network``, which is given (B, 4, L) sequences, and the labels."""
        codes, labels = batch
        return network(one_hot(codes, size=self.task.alphabet.size)), labels

    def _scored(self, batch: Batch) -> Batch:
        """(B,) logits, means of both strands, and the labels."""
        with torch.autocast(self.device.type, enabled=False):
            return self.labelled(partial(both_strands, self.network), batch)


def _ranking(prefix: str, task: Task) -> MetricCollection:
    """AUROC and average precision; of K classes the means over classes, each against all others."""
    metrics: dict[str, Metric] = (
        {"auroc": BinaryAUROC(), "average_precision": BinaryAveragePrecision()}
        if task.outputs == 1
        else {
            "auroc": MulticlassAUROC(task.outputs),
            "average_precision": MulticlassAveragePrecision(task.outputs),
        }
    )
    return MetricCollection({f"{prefix}{name}": metric for name, metric in metrics.items()})


def _settings_of(optimizer: Optimizer) -> dict[str, Any] | None:
    """The settings of a registered optimiser, as ``make_optimizer`` reads them; ``None`` for another."""
    name = OPTIMIZERS.name_of(type(optimizer))
    if name is None or not is_dataclass(optimizer):
        return None
    return {"name": name, **asdict(optimizer)}
