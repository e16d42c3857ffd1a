"""The optimiser and its learning-rate schedule."""

from dataclasses import dataclass

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

from demo.checks import choice, real

SCHEDULES = ("one_cycle", "constant")


@dataclass(frozen=True)
class AdamW:
    """AdamW with a learning rate that rises, then falls to nothing (Loshchilov & Hutter 2019; Smith & Topin 2018).

    Args:
        learning_rate: the highest of the schedule.
        weight_decay: of weight matrices; biases and normalisation have none. With 0 this is Adam.
        schedule: ``one_cycle`` or ``constant``.
        warmup: fraction of the steps in which a cycle's rate rises.

    Raises:
        DemoError: a setting is out of range.
    """

    learning_rate: float = 0.002
    weight_decay: float = 0.01
    schedule: str = "one_cycle"
    warmup: float = 0.3

    def __post_init__(self) -> None:
        real("optimizer.learning_rate", self.learning_rate, 0, 1, open_low=True)
        real("optimizer.weight_decay", self.weight_decay, 0, 10)
        real("optimizer.warmup", self.warmup, 0, 1, open_low=True, open_high=True)
        choice("optimizer.schedule", self.schedule, SCHEDULES)

    def build(self, network: nn.Module, steps: int) -> tuple[torch.optim.Optimizer, LRScheduler]:
        """The optimiser of ``network`` and its schedule over ``steps`` batches; the schedule steps once a batch."""
        weights = [p for p in network.parameters() if p.ndim > 1]
        others = [p for p in network.parameters() if p.ndim <= 1]
        optimizer = torch.optim.AdamW(
            [{"params": weights, "weight_decay": self.weight_decay}, {"params": others, "weight_decay": 0.0}],
            lr=self.learning_rate,
            fused=True,
        )
        if self.schedule == "constant":
            return optimizer, LambdaLR(optimizer, lambda step: 1.0)
        return optimizer, OneCycleLR(optimizer, self.learning_rate, total_steps=steps, pct_start=self.warmup)
