"""Training steps on a GPU as launches of two captured graphs instead of hundreds of kernels."""

from __future__ import annotations

import warnings

import pytorch_lightning as pl
import torch
from torch import nn

from demo.data.datamodule import SequenceDataModule
from demo.training.classifier import Classifier


class CudaGraph(pl.Callback):
    """Captures the forward and the backward pass of a network on a GPU, and replays them for each batch of full size.

    The GPU has finished one kernel of these small networks long before Python launches the next: three times the steps
    per second on an H100 (docs/scale.md), for the same numbers. Only networks that say so are captured
    (``capturable = True``: the same kernels for every batch, nothing read back from the GPU). Others, those of several
    devices and those of a pretraining, launch their kernels one by one.
    """

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        data = getattr(trainer, "datamodule", None)
        if (
            type(pl_module) is Classifier
            and isinstance(data, SequenceDataModule)
            and pl_module.device.type == "cuda"
            and trainer.world_size == 1
            and getattr(pl_module.network, "capturable", False)
        ):
            shape = (data.settings.batch_size, pl_module.task.alphabet.size, data.length)
            with trainer.precision_plugin.forward_context():
                capture(pl_module.network, torch.zeros(shape, device=pl_module.device))

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        # Motifs neither need it nor can copy it.
        if isinstance(pl_module, Classifier):
            pl_module.network.__dict__.pop("forward", None)


def capture(network: nn.Module, sample: torch.Tensor) -> None:
    """Let ``network`` replay CUDA graphs in training, for inputs of the shape of ``sample``; it is eager for others."""
    eager = network.forward
    before = {name: buffer.clone() for name, buffer in network.named_buffers()}
    with warnings.catch_warnings():
        # They are of the stream of the capture, which no step waits for.
        warnings.filterwarnings("ignore", "Attempting to run cuBLAS, but there was no current CUDA context")
        torch.cuda.make_graphed_callables(network.train(), (sample,))
    warnings.filterwarnings("ignore", "The AccumulateGrad node's stream does not match")
    for name, buffer in network.named_buffers():
        buffer.copy_(before[name])  # running averages of the batches of the capture
    replayed = network.forward

    def forward(x: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = (replayed if x.shape == sample.shape and torch.is_grad_enabled() else eager)(x)
        return logits

    network.forward = forward
