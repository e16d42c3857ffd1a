"""Scores from a trained network, and gradients with respect to its input; the network is left unchanged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from demo.networks.registry import task_of
from demo.sequences.alphabet import one_hot
from demo.utils.errors import DemoError
from demo.utils.hardware import few_threads, has_fast_bfloat16


class MeanLogit(nn.Module):
    """Several networks as one: their mean logit, the log odds of the geometric mean of their odds.

    Args:
        networks: each takes (B, 4, L) and returns (B,) logits; at least one, all of one task.
    """

    def __init__(self, networks: Sequence[nn.Module]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.task = task_of(networks[0])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, 4, L) to (B,)."""
        return torch.stack([network(x) for network in self.networks]).mean(0)


class OneClass(nn.Module):
    """One class of a network against the others, as a network of two classes.

    Its logit is the log odds of the class, so that its sigmoid is the class's probability in the softmax: P_c of
    equation 1.

    Args:
        network: of any task.
        index: of the class.
        temperature: that divides the logits of the network first.
    """

    def __init__(self, network: nn.Module, index: int, temperature: float = 1.0) -> None:
        super().__init__()
        self.network = network
        self.index = index
        self.temperature = temperature
        of = task_of(network)
        self.several = of.outputs > 1
        self.task = replace(of, classes=("others", of.classes[index] if of.classes[index] != "others" else "this"))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, letters, L) to (B,)."""
        logits: torch.Tensor = self.network(x) / self.temperature
        if not self.several:
            return logits if self.index else -logits
        return class_log_odds(logits, self.index)


class Rounded(nn.Module):
    """A network in bfloat16, for climbs and sites that sampling moves more than rounding does; as it is on devices
    where that is no faster.

    Args:
        network: takes (B, 4, L) and returns (B,) or (B, K) logits.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.task = task_of(network)
        self.device = _device(network)
        self.is_fast = has_fast_bfloat16(self.device)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``float32`` logits, whose sigmoid has a gradient near 1."""
        with self.precision():
            logits: torch.Tensor = self.network(x)
        return logits.float()

    def precision(self) -> torch.autocast:
        """Around parts of the network."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.is_fast)


def loss_of(logits: torch.Tensor, labels: torch.Tensor, weights: Sequence[float] | None = None) -> torch.Tensor:
    """Mean cross-entropy: of (B,) logits the binary one, equivalent to a two-way softmax; of (B, K) the K-way one.

    Args:
        logits: of a network.
        labels: (B,) ``float32`` numbers of classes.
        weights: (K,) of the classes, also of two; ``None`` for 1.
    """
    of = None if weights is None else logits.new_tensor(weights)
    if logits.ndim == 1:
        return functional.binary_cross_entropy_with_logits(logits, labels, None if of is None else of[labels.long()])
    # Not the weights of cross_entropy, which would divide by their sum in the batch.
    losses = functional.cross_entropy(logits, labels.long(), reduction="none")
    return (losses if of is None else losses * of[labels.long()]).mean()


def class_log_odds(logits: torch.Tensor, index: int) -> torch.Tensor:
    """(B,) log odds of one class against the others, of (B, K) logits of a softmax."""
    others = torch.cat([logits[:, :index], logits[:, index + 1 :]], dim=1)
    return logits[:, index] - others.logsumexp(1)


@contextmanager
def frozen(network: nn.Module) -> Iterator[torch.device]:
    """Put ``network`` in evaluation mode with constant weights; gradients of the *input* can be computed inside.

    Afterwards the training flag of every submodule and ``requires_grad`` of every parameter are restored. No gradient
    reaches a parameter, so their ``grad`` does not change. Works inside ``no_grad`` and ``inference_mode``. On the CPU
    torch uses one thread inside (``demo.utils.hardware.few_threads``).

    Yields:
        The device of the network's weights (the CPU if it has none).
    """
    training = {module: module.training for module in network.modules()}
    trainable = {parameter: parameter.requires_grad for parameter in network.parameters()}
    try:
        network.eval().requires_grad_(False)
        with few_threads(), torch.inference_mode(False), torch.enable_grad():
            yield _device(network)
    finally:
        for module, flag in training.items():
            module.training = flag
        for parameter, flag in trainable.items():
            parameter.requires_grad_(flag)


def both_strands(network: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """The mean logit of a sequence and its reverse complement, since binding has no strand; of a network that reads one
    strand, its logit.

    Args:
        network: (B, 4, L) to (B,) or (B, K) logits.
        x: (B, 4, L), rows A C G T; flipping both axes gives the reverse complement.

    Returns:
        (B,) or (B, K) logits.
    """
    if task_of(network).strands == 1:
        logits: torch.Tensor = network(x)
        return logits
    return (network(x) + network(x.flip(1, 2))) / 2


def check_gradient(network: nn.Module, logits: torch.Tensor) -> None:
    """Check that gradients of ``logits`` reach the network's input.

    Raises:
        DemoError: they do not.
    """
    if not logits.requires_grad:
        while isinstance(network, OneClass | Rounded):
            network = network.network
        raise DemoError(
            f"{type(network).__name__} looks up its scores in a table and has no gradient.",
            fix="use attribution.methods=[in_silico_mutagenesis] and motif=none, which need no gradient",
        )


def predict_logits(network: nn.Module, codes: NDArray[np.uint8], batch_size: int = 512) -> NDArray[np.float32]:
    """Log odds of binding, averaged over both strands, in full precision.

    Args:
        network: (B, 4, L) to (B,) logits, on any device; its training mode is restored.
        codes: (N, L) ``uint8``, A C G T N = 0 1 2 3 4.
        batch_size: sequences at a time; the result does not depend on it.

    Returns:
        (N,) ``float32``; (N, K) of K classes.
    """
    device, task = _device(network), task_of(network)
    was_training = network.training
    network.eval()
    try:
        with torch.inference_mode(), torch.autocast(device.type, enabled=False):
            logits = [
                both_strands(network, one_hot(batch.to(device), size=task.alphabet.size)).float().cpu()
                for batch in torch.from_numpy(codes).split(batch_size)
            ]
    finally:
        network.train(was_training)
    if not logits:
        return np.empty((0,) if task.outputs == 1 else (0, task.outputs), np.float32)
    return torch.cat(logits).numpy()


def check_finite(logits: NDArray[np.floating]) -> None:
    """See that a network gives numbers.

    Raises:
        DemoError: a logit is infinite or not a number.
    """
    if not np.isfinite(logits).all():
        raise DemoError(
            "The network's logits are not finite: its weights are too large, or damaged.",
            fix="train again with a lower optimizer.learning_rate",
        )


def logits_of(network: nn.Module, codes: NDArray[np.uint8], batch_size: int = 256) -> NDArray[np.float64]:
    """Log odds of binding on the given strand, from a ``frozen`` network.

    Args:
        codes: (N, L) ``uint8``, values 0-4.

    Returns:
        (N,).
    """
    device, size = _device(network), task_of(network).alphabet.size
    with torch.no_grad():
        parts = [
            network(one_hot(torch.from_numpy(codes[i : i + batch_size]).to(device), size=size)).double().cpu()
            for i in range(0, len(codes), batch_size)
        ]
    return torch.cat(parts).numpy() if parts else np.empty(0)


def _device(network: nn.Module) -> torch.device:
    tensor = next(iter(network.state_dict().values()), None)
    return torch.device("cpu") if tensor is None else tensor.device
