"""Class optimisation of a short window: what the network takes for a site, as a motif that is neither flat nor one-hot.

Equation 1 of Lanchantin et al. (2016) lets all 101 positions move, and the network is sure of an input with many weak
elements long before one of them is a whole site. Here the input is a window of W positions, given as probabilities
p = softmax(theta), and

    p* = argmax_p  E[logit(x)] - T * KL(p || b)

where x is a sequence drawn from p, put at a random place and on a random strand of a dinucleotide-shuffled positive,
and b are the base frequencies. The weights are fixed and the ascent goes through the input, as in the paper.
Differences:

* The *logit* stands for P+: it estimates the log likelihood ratio of bound to unbound, on which KL (in nats) has the
  same scale; P+ and log P+ are flat once a site is there, and would not tell a good site from the best one.
* *Sequences* are shown to the network, not mixtures of bases, which it never saw in training. Gradients pass the draw
  straight through (Bengio, Leonard & Courville 2013, arXiv:1308.3432).
* ``T * KL`` takes the place of ``lambda * ||S||^2``. It is what gives p a sharpness that means something: without the
  approximation that positions are independent, the optimum at T = 1 would be b * exp(logit), the network's own
  distribution of sites. A small T gives a consensus, a large one the flat background.

T rises during the ascent, so that each start leaves a path of candidates from sharp to flat; which ones are kept, and
how sharp, is decided elsewhere, on validation data (``demo.interpret.extraction.distinct_motifs``).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from demo.interpret.extraction.placing import Backgrounds
from demo.utils.checks import real, whole


@dataclass(frozen=True)
class WindowOptimisation:
    """How windows are optimised.

    Args:
        width: positions of the window, W, at least 4. Wider than most motifs; flanks without information are cut later.
        starts: windows optimised at once, at least 2: one quarter noise, the others sites of training positives.
        samples: sequences drawn per window and step, at least 1.
        steps: gradient steps, at least ``candidates``.
        learning_rate: of Adam on theta, above 0.
        first_temperature, last_temperature: T in logits per nat, from first to last in equal ratios, above 0.
        candidates: PPMs kept of each start, equally spaced in steps; each is the mean over the steps between.
        backgrounds: shuffled training positives to draw from, at least 1.
        seed: of everything drawn.

    Raises:
        DemoError: a value is out of its range.
    """

    width: int = 21
    starts: int = 36
    samples: int = 4
    steps: int = 160
    learning_rate: float = 0.2
    first_temperature: float = 0.12
    last_temperature: float = 1.0
    candidates: int = 16
    backgrounds: int = 1024
    seed: int = 0

    def __post_init__(self) -> None:
        whole("motif.extraction.window.width", self.width, 4)
        whole("motif.extraction.window.starts", self.starts, 2)
        whole("motif.extraction.window.samples", self.samples, 1)
        whole("motif.extraction.window.candidates", self.candidates, 1)
        whole("motif.extraction.window.steps", self.steps, self.candidates)
        real("motif.extraction.window.learning_rate", self.learning_rate, 0, 100, open_low=True)
        real("motif.extraction.window.first_temperature", self.first_temperature, 0, 1e6, open_low=True)
        real("motif.extraction.window.last_temperature", self.last_temperature, 0, 1e6, open_low=True)
        whole("motif.extraction.window.backgrounds", self.backgrounds, 1)


@dataclass(frozen=True)
class WindowCandidate:
    """One optimum on the path of one start.

    Args:
        ppm: (W, 4) float64, rows sum to 1.
        start: index of the start.
        temperature: T at the last step of its mean.
        logit: mean logit of sequences drawn from it, E[logit(x)], in backgrounds.
    """

    ppm: NDArray[np.float64]
    start: int
    temperature: float
    logit: float


def optimise_windows(
    network: nn.Module,
    starts: torch.Tensor,
    backgrounds: Backgrounds,
    base_frequencies: torch.Tensor,
    settings: WindowOptimisation,
) -> list[WindowCandidate]:
    """The optima of all starts at all temperatures kept.

    Args:
        network: frozen (``demo.networks.frozen``): takes (B, 4, L), returns (B,) logits.
        starts: (K, 4, W) probabilities, each above 0, on the network's device.
        backgrounds: where windows are placed.
        base_frequencies: (4,) b, each above 0, on the network's device.
        settings: how.

    Returns:
        ``K * settings.candidates`` candidates, by temperature, then by start.
    """
    theta = starts.log().requires_grad_()
    ascent = torch.optim.Adam([theta], lr=settings.learning_rate, maximize=True)
    temperatures = np.geomspace(settings.first_temperature, settings.last_temperature, settings.steps)
    ends = np.linspace(0, settings.steps, settings.candidates + 1).round().astype(int)[1:]
    log_base = base_frequencies.log()[None, :, None]
    candidates: list[WindowCandidate] = []
    ppms, logits = [], []
    for step, temperature in enumerate(temperatures, start=1):
        p = theta.softmax(1)
        logit = backgrounds.mean_logit(network, _draw(p, settings.samples, backgrounds.generator), 1)
        logit = logit.view(len(p), settings.samples).mean(1)
        divergence = (p * (theta.log_softmax(1) - log_base)).sum((1, 2))
        (theta.grad,) = torch.autograd.grad((logit - temperature * divergence).sum(), theta)
        ascent.step()
        ppms.append(p.detach())
        logits.append(logit.detach())
        if step in ends:
            mean_ppm = torch.stack(ppms).mean(0).transpose(1, 2).double().cpu().numpy()
            mean_logit = torch.stack(logits).mean(0).tolist()
            ppms, logits = [], []
            candidates += [
                WindowCandidate(ppm / ppm.sum(axis=1, keepdims=True), start, float(temperature), mean_logit[start])
                for start, ppm in enumerate(mean_ppm)
            ]
    return candidates


def _draw(p: torch.Tensor, samples: int, generator: torch.Generator) -> torch.Tensor:
    """(K * samples, 4, W) one-hot draws from (K, 4, W) probabilities, with the gradient of the probabilities."""
    uniform = torch.rand(len(p), samples, 1, p.shape[2], generator=generator).to(p.device)
    # clamp: rounding can leave the last cumulative sum below the number drawn.
    letter = (uniform > p.detach().cumsum(1)[:, None]).sum(2, keepdim=True).clamp(max=3)
    drawn = torch.zeros(len(p), samples, *p.shape[1:], device=p.device).scatter(2, letter, 1.0)
    return (drawn + (p - p.detach())[:, None]).flatten(0, 1)
