"""Optimisers and their learning-rate schedules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from inspect import signature
from typing import Any, Protocol

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

from demo.utils.checks import choice, real
from demo.utils.errors import DemoError
from demo.utils.settings import Registry, under

SCHEDULES = ("one_cycle", "constant")


class Optimizer(Protocol):
    """Builds an optimiser. Its arguments are settings (``optimizer.learning_rate``)."""

    @property
    def learning_rate(self) -> float:
        """The peak learning rate."""
        ...

    def build(self, network: nn.Module, steps: int) -> tuple[torch.optim.Optimizer, LRScheduler]:
        """The optimiser of ``network`` and its schedule over ``steps`` batches; the schedule steps once a batch."""
        ...


OPTIMIZERS: Registry[type[Optimizer]] = Registry("optimizer")
"""The optimisers by name; the decorator ``@OPTIMIZERS.register("name")`` adds one."""


def make_optimizer(settings: Mapping[str, Any]) -> Optimizer:
    """The optimiser that ``settings`` describe, as run directories store them.

    Args:
        settings: ``name`` of the optimiser and its arguments.

    Raises:
        DemoError: there is no such optimiser, it has no such argument, or a value is out of range.
    """
    arguments = {name: value for name, value in settings.items() if name != "name"}
    kind = OPTIMIZERS.named(settings.get("name"))
    try:
        with under("optimizer"):
            return kind(**arguments)
    except TypeError as error:
        what = f"The optimizer {settings['name']} does not accept these settings: {error}."
        raise DemoError(what, exists=signature(kind).parameters) from error


@OPTIMIZERS.register("adamw")
@dataclass(frozen=True)
class AdamW:
    """AdamW with one learning-rate cycle (Loshchilov & Hutter 2019; Smith & Topin 2018).

    Args:
        learning_rate: peak of the schedule.
        weight_decay: of weight matrices; biases and normalisation have none. 0 gives Adam.
        schedule: ``one_cycle`` or ``constant``.
        warmup: fraction of the steps in which the rate of a cycle rises.

    Raises:
        DemoError: a setting is out of range.
    """

    learning_rate: float = 0.002
    weight_decay: float = 0.01
    schedule: str = "one_cycle"
    warmup: float = 0.3

    def __post_init__(self) -> None:
        real("learning_rate", self.learning_rate, 0, 1, open_low=True)
        real("weight_decay", self.weight_decay, 0, 10)
        real("warmup", self.warmup, 0, 1, open_low=True, open_high=True)
        choice("schedule", self.schedule, SCHEDULES)

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


DECAY_STARTS = 100
"""Steps before L1 decay begins: it would keep the small initial weights at zero (as in DeepBind's code)."""


@OPTIMIZERS.register("nesterov")
@dataclass(frozen=True)
class Nesterov:
    """Gradient descent at a constant rate with Nesterov momentum and L1 decay (Alipanahi et al. 2015, supplement).

    Args:
        learning_rate: step size (paper: sampled from 0.0005 to 0.05).
        momentum: Nesterov momentum (paper: sampled from 0.95 to 0.99).
        filter_decay: L1 decay of convolutional filters.
        dense_decay: L1 decay of dense weights. Thresholds and biases have none.

    Raises:
        DemoError: a setting is out of range.
    """

    learning_rate: float = 0.01
    momentum: float = 0.97
    filter_decay: float = 1e-6
    dense_decay: float = 1e-5

    def __post_init__(self) -> None:
        real("learning_rate", self.learning_rate, 0, 1, open_low=True)
        real("momentum", self.momentum, 0, 1, open_low=True, open_high=True)
        real("filter_decay", self.filter_decay, 0, 1)
        real("dense_decay", self.dense_decay, 0, 1)

    def build(self, network: nn.Module, steps: int) -> tuple[torch.optim.Optimizer, LRScheduler]:
        """The optimiser of ``network``, and a constant schedule."""
        parameters = list(network.parameters())
        parts = [
            ([p for p in parameters if p.ndim > 2], self.filter_decay),
            ([p for p in parameters if p.ndim == 2], self.dense_decay),
            ([p for p in parameters if p.ndim < 2], 0.0),
        ]
        groups = [{"params": part, "l1": decay} for part, decay in parts if part]
        optimizer = _L1DecaySGD(groups, lr=self.learning_rate, momentum=self.momentum, nesterov=True, fused=True)
        return optimizer, LambdaLR(optimizer, lambda step: 1.0)


class _L1DecaySGD(torch.optim.SGD):
    """SGD whose parameter groups have an L1 decay rate ``l1``."""

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            # In the group, which is stored in the checkpoint.
            group["taken"] = group.get("taken", 0) + 1
            if group["l1"] and group["taken"] > DECAY_STARTS:
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        parameter.grad.add_(parameter.sign(), alpha=group["l1"])
        super().step()
        return loss
