"""A sketch of a network: the same architecture with new weights, trained for a few hundred steps.

Equation 1 asks for an input of which the network is sure. One that is trained to the end is sure of much: of the
factor's site, of a partner's that a few peaks hold, of poly-A tracts, which genomes have and shuffles lack, and of many
mixtures of parts of these. Which of them the ascent ends at says little. Networks learn what most examples have in
common first, and the exceptions later (Arpit et al. 2017, "A closer look at memorization in deep networks"; Kalimeris
et al. 2019, "SGD on neural networks learns functions of increasing complexity"). So equation 1 is solved for a sketch,
too, which predicts worse than the network, and knows little but what most peaks share
(docs/research/equation_one.md).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, islice
from typing import Any

import torch
from torch import nn

from demo.data.datamodule import Batch, SequenceDataModule
from demo.networks import make_network
from demo.networks.inference import Rounded, loss_of
from demo.sequences import one_hot
from demo.utils.checks import real, whole

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sketch:
    """How a sketch is trained.

    Args:
        steps: training batches, in one cycle of the learning rate, which ends at zero; 0 for no sketch.
        learning_rate: peak of the cycle, above 0.
        weight_decay: of AdamW, at least 0.

    Raises:
        DemoError: a value is out of its range.
    """

    steps: int = 300
    learning_rate: float = 0.002
    weight_decay: float = 0.01

    def __post_init__(self) -> None:
        whole("steps", self.steps, 0, 1_000_000)
        real("learning_rate", self.learning_rate, 0, 1, open_low=True)
        real("weight_decay", self.weight_decay, 0, 10)


def make_sketch(
    network: Mapping[str, Any], data: SequenceDataModule, settings: Sketch, device: torch.device | None = None
) -> nn.Module | None:
    """A network with new weights, trained as a sketch; ``None`` if none is wanted or, with a warning, it diverged.

    Args:
        network: ``name`` of a registered network, and its arguments.
        data: set up; its seed is that of the weights, too.
        settings: how it is trained.
        device: to train on; the CPU if None.
    """
    if not settings.steps:
        return None
    with torch.random.fork_rng():
        torch.manual_seed(data.seed)
        sketch = make_network(network, data.task).to(device)
    train_sketch(sketch, data, settings)
    if not all(weights.isfinite().all() for weights in sketch.state_dict().values()):
        _log.warning("The sketch of the network diverged: equation 1 is solved for the network alone.")
        return None
    return sketch


def train_sketch(network: nn.Module, data: SequenceDataModule, settings: Sketch) -> None:
    """Train a network with new weights in place, on the sequences of a run; afterwards it is in evaluation mode.

    The same seed of ``data`` gives the same weights on one machine. Torch's random state is left as found.

    Args:
        network: takes (B, 4, L) DNA and returns (B,) logits, on any device.
        data: set up; with batches, negatives and augmentation as for the run.
        settings: with steps of 1 or more.
    """
    device = next(network.parameters()).device
    optimizer = torch.optim.AdamW(
        network.parameters(), settings.learning_rate, weight_decay=settings.weight_decay, fused=True
    )
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, settings.learning_rate, total_steps=settings.steps)
    with torch.random.fork_rng(), torch.inference_mode(False), torch.enable_grad():
        torch.manual_seed(data.seed)
        network.train()
        rounded = Rounded(network)
        for codes, labels in islice(training_batches(data), settings.steps):
            logits = rounded(one_hot(codes.to(device), size=data.task.alphabet.size))
            optimizer.zero_grad()
            loss_of(logits, labels.to(device), data.class_weights).backward()
            optimizer.step()
            cycle.step()
        network.eval()


def training_batches(data: SequenceDataModule) -> Iterator[Batch]:
    """The batches of one epoch after the other, without end."""
    for epoch in count():
        codes, labels = (torch.from_numpy(array).split(data.settings.batch_size) for array in data.epoch(epoch))
        yield from zip(codes, (part.float() for part in labels), strict=True)
