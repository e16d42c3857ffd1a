"""Class optimisation as in the paper: the input that a trained network prefers (Lanchantin et al. 2016, equation 1).

``S* = argmax_S P+(S) - lambda * ||S||^2``, weights fixed, by gradient ascent on the real-valued input S from 0.25
everywhere. The printed equation has lost its sign and its lambda; both are as in Simonyan et al. (2013), "Deep inside
convolutional networks", equation 1, which the paper follows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from demo.motifs.motif import Motif, laplace_smoothing
from demo.networks.inference import check_gradient, frozen
from demo.networks.registry import task_of
from demo.sequences import DNA, Alphabet
from demo.utils.checks import choice, real, whole
from demo.utils.errors import DemoError

Objective = Literal["probability", "log_probability", "logit"]

_OBJECTIVES: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "probability": torch.sigmoid,
    "log_probability": functional.logsigmoid,
    "logit": lambda logit: logit,
}


@dataclass(frozen=True)
class ClassOptimisation:
    """How equation 1 is solved.

    Args:
        l2: lambda, the weight of ``||S||^2``, at least 0. The paper does not give its value; of
            0.0003 to 0.01, 0.001 gave the windows that separate validation data best (six ENCODE sets).
        objective: what stands for P+. ``"probability"`` is the paper's: bounded by 1, so that the optimum stops growing
            once the network is sure, and lambda then only removes what it can do without. ``"log_probability"`` has the
            same optimum without lambda, and a gradient that does not vanish where P+ is near 0 at the start.
            ``"logit"`` has no bound: every element that speaks for binding is kept, and only lambda limits it; Simonyan
            et al. use it, since a probability can also rise by making the other class less likely.
        steps: gradient steps, at least 1.
        learning_rate: of RMSprop, which divides by the gradient's own size: the step is then about this many units of S
            for every entry, whatever the scale of the objective.
        starts: inputs optimised at once, at least 1. The first is 0.25 everywhere, as the paper has it; the others add
            normal noise to it.
        noise: standard deviation of that noise, at least 0.
        pseudocount: added to each clipped entry to make probabilities (Laplace smoothing), above 0. The paper does not
            give its value; of 0.003 to 1, 0.03 gave the windows that separate validation data best (14 sets).
        seed: of the noise.

    Raises:
        DemoError: a value is out of its range.
    """

    l2: float = 0.001
    objective: Objective = "probability"
    steps: int = 300
    learning_rate: float = 0.05
    starts: int = 8
    noise: float = 0.05
    pseudocount: float = 0.03
    seed: int = 0

    def __post_init__(self) -> None:
        choice("objective", self.objective, tuple(_OBJECTIVES))
        real("l2", self.l2, 0, 1e6)
        whole("steps", self.steps, 1, 1_000_000)
        real("learning_rate", self.learning_rate, 0, 100, open_low=True)
        whole("starts", self.starts, 1, 10_000)
        real("noise", self.noise, 0, 10)
        real("pseudocount", self.pseudocount, 0, 100, open_low=True)
        whole("seed", self.seed, 0)


@dataclass(frozen=True)
class ClassOptimum:
    """What class optimisation reached.

    Args:
        matrix: (L, 4) float64 S*, columns A C G T, clipped to [0, 1]; (L, A) of an alphabet of A letters.
        trace: (steps + 1,) objective ``P+ - lambda * ||S||^2`` before each step and after the last.
        probability: P+ of ``matrix`` (after clipping), 0 to 1.
        alphabet: of the columns.
    """

    matrix: NDArray[np.float64]
    trace: NDArray[np.float64]
    probability: float
    alphabet: Alphabet = DNA

    def motif(self, name: str, pseudocount: float = 0.03) -> Motif:
        """The optimum as probabilities, (S* + pseudocount) / row sum; without ``pseudocount`` empty rows have none."""
        ppm = laplace_smoothing(self.matrix, pseudocount, self.alphabet)
        return Motif(name, ppm, alphabet=self.alphabet)


def optimise_class(network: nn.Module, length: int, settings: ClassOptimisation | None = None) -> list[ClassOptimum]:
    """Solve equation 1 for ``network``, from each start.

    The network is left as found: weights, gradients, training flags. The same seed gives the same result on one
    machine.

    Args:
        network: takes real-valued (B, 4, L) DNA, returns (B,) logits.
        length: L, of S in bp.
        settings: ``ClassOptimisation()`` if None.

    Returns:
        The optimum of each start, in order.

    Raises:
        DemoError: ``length`` is below 1, the network has no gradient, or the objective is not finite.
    """
    settings = settings or ClassOptimisation()
    if length < 1:
        raise DemoError(f"Class optimisation needs at least 1 bp, not {length}.")
    alphabet = task_of(network).alphabet
    with frozen(network) as device:
        s = _starts(length, settings, alphabet.size).to(device).requires_grad_()
        ascent = torch.optim.RMSprop([s], lr=settings.learning_rate, maximize=True)
        trace = []
        for _ in range(settings.steps):
            value = _objective(network, s, settings)
            trace.append(value.detach())
            # Per start, and only for s: parameters accumulate no gradients.
            (s.grad,) = torch.autograd.grad(value.sum(), s)
            ascent.step()
        with torch.no_grad():
            trace.append(_objective(network, s, settings))
            clipped = s.clamp(0, 1)
            probability = torch.sigmoid(network(clipped))
    values = torch.stack(trace).double().cpu().numpy()
    if not np.isfinite(values).all():
        raise DemoError("Class optimisation met a value that is not finite.", fix="a smaller learning_rate")
    matrices = clipped.transpose(1, 2).double().cpu().numpy()
    return [ClassOptimum(*one, alphabet) for one in zip(matrices, values.T, probability.tolist(), strict=True)]


def _starts(length: int, settings: ClassOptimisation, size: int) -> torch.Tensor:
    """(starts, 4, L): 0.25 everywhere, or 1 / size, plus noise in all but the first."""
    # Drawn on the CPU, so that a GPU starts from the same numbers.
    generator = torch.Generator().manual_seed(settings.seed)
    noise = torch.randn(settings.starts, size, length, generator=generator) * settings.noise
    noise[0] = 0
    return 1 / size + noise


def _objective(network: nn.Module, s: torch.Tensor, settings: ClassOptimisation) -> torch.Tensor:
    """(B,) values of equation 1."""
    logits = network(s)
    if s.requires_grad and torch.is_grad_enabled():
        check_gradient(network, logits)
    return _OBJECTIVES[settings.objective](logits) - settings.l2 * s.square().sum((1, 2))
