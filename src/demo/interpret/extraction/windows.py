"""Class optimisation of a short window: what the network takes for a site, as a motif neither flat nor one-hot.

Equation 1 of Lanchantin et al. (2016) lets all 101 positions move, and the network is sure of an input with many weak
elements long before one of them is a whole site. Here the input is a window of W positions, given as probabilities
p = softmax(theta), and

    p* = argmax_p  E[logit(x)] - T * KL(p || b)

where x is a sequence drawn from p, inserted at random and on a random strand into a dinucleotide-shuffled positive,
and b are the base frequencies. The weights are fixed and the ascent goes through the input, as in the paper.
Differences:

* The *logit* stands for P+: it estimates the log likelihood ratio of bound to unbound, on which KL (in nats) has the
  same scale; P+ and log P+ are flat once a site is there, and would not tell a good site from the best one.
* The network is shown *sequences*, not mixtures of bases, which it never saw in training. Gradients pass the draw
  straight through (Bengio, Leonard & Courville 2013, arXiv:1308.3432).
* ``T * KL`` replaces ``lambda * ||S||^2``, and gives p a meaningful sharpness: without the approximation that
  positions are independent, the optimum at T = 1 would be b * exp(logit), the network's own distribution of sites. A
  small T gives a consensus, a large one the flat background.

T rises during the ascent, so that each start leaves a path of optima from sharp to flat; which are kept, and how sharp,
is decided on validation data (``candidates.py``, ``class_motifs.py``). One quarter of the starts is noise; the others
are sites of training positives that the network is surest of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from demo.networks.inference import frozen, logits_of
from demo.networks.insertion import Insertion
from demo.networks.registry import task_of
from demo.sequences.alphabet import one_hot
from demo.sequences.shuffle import shuffled
from demo.utils.checks import real, whole

_POSITIVES = 128  # training positives searched for sites to start from
_START_SHARPNESS = 0.85  # probability of the site's own base in a start


@dataclass(frozen=True)
class WindowOptimisation:
    """How windows are optimised.

    Args:
        width: of the window in bp, W, at least 4. Wider than most motifs; flanks without information are cut later.
        starts: windows optimised at once, at least 2.
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
    steps: int = 80
    learning_rate: float = 0.2
    first_temperature: float = 0.12
    last_temperature: float = 1.0
    candidates: int = 16
    backgrounds: int = 1024
    seed: int = 0

    def __post_init__(self) -> None:
        whole("width", self.width, 4, 1_000)
        whole("starts", self.starts, 2, 10_000)
        whole("samples", self.samples, 1, 10_000)
        whole("candidates", self.candidates, 1, 100_000)
        whole("steps", self.steps, self.candidates, 1_000_000)
        real("learning_rate", self.learning_rate, 0, 100, open_low=True)
        real("first_temperature", self.first_temperature, 0, 1e6, open_low=True)
        real("last_temperature", self.last_temperature, 0, 1e6, open_low=True)
        whole("backgrounds", self.backgrounds, 1, 1_000_000)
        whole("seed", self.seed, 0)


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


class Backgrounds:
    """Sequences without sites, into which windows are placed at random.

    Args:
        network: ``frozen``.
        codes: (N, L) ``uint8`` tensor, values 0-4, on the network's device.
        width: of the windows, W.
        generator: of the CPU, so that a GPU sees the same draws.
        both_strands: whether windows are placed on either strand.
    """

    def __init__(
        self,
        network: nn.Module,
        codes: torch.Tensor,
        width: int,
        generator: torch.Generator,
        both_strands: bool = True,
    ) -> None:
        self.codes = codes
        self.starts = codes.shape[1] - width + 1
        self.insertion = Insertion(network, codes, width)
        self.generator = generator
        self.both_strands = both_strands

    def mean_logit(self, windows: torch.Tensor, samples: int) -> torch.Tensor:
        """Mean logit of each window over ``samples`` backgrounds: each at a start and on a strand, all drawn at random.

        Args:
            windows: (B, 4, W), real-valued.

        Returns:
            (B,), differentiable in ``windows``.
        """
        windows = windows.repeat_interleave(samples, 0)
        count, device = len(windows), windows.device
        rows = torch.randint(len(self.codes), (count,), generator=self.generator).to(device)
        starts = torch.randint(self.starts, (count, 1), generator=self.generator)[:, 0].to(device)
        if self.both_strands:
            flipped = (torch.rand(count, 1, 1, generator=self.generator) < 0.5).to(device)
            # Rows are A C G T, so that flipping both axes gives the reverse complement.
            windows = torch.where(flipped, windows.flip(1, 2), windows)
        return self.insertion.logits(rows, starts, windows).view(-1, samples).mean(1)


def window_optima(
    network: nn.Module, positives: NDArray[np.uint8], settings: WindowOptimisation
) -> list[WindowCandidate]:
    """The optima of a network from noise and from sites of its own.

    Args:
        network: takes real-valued (B, 4, L) DNA and returns (B,) logits; left as found.
        positives: (N, L) training positives, ``uint8``, values 0-4; L at least W.
        settings: how.

    Returns:
        ``settings.starts * settings.candidates`` optima, by temperature, then by start.
    """
    rng = np.random.default_rng(settings.seed)
    chosen = positives[rng.permutation(len(positives))[: settings.backgrounds]]
    task = task_of(network)
    size = task.alphabet.size
    with frozen(network) as device:
        backgrounds = Backgrounds(
            network,
            torch.from_numpy(shuffled(chosen, settings.seed, task.alphabet)).to(device),
            settings.width,
            torch.Generator().manual_seed(settings.seed),
            task.strands == 2,
        )
        starts = _starts(network, chosen, backgrounds, settings, rng)
        # Laplace's rule: a base that never occurs costs much, but not infinitely much.
        counts = torch.bincount(torch.from_numpy(chosen).flatten().int(), minlength=size + 1)[:size] + 1.0
        return optimise_windows(starts, backgrounds, (counts / counts.sum()).to(device), settings)


def optimise_windows(
    starts: torch.Tensor,
    backgrounds: Backgrounds,
    base_frequencies: torch.Tensor,
    settings: WindowOptimisation,
) -> list[WindowCandidate]:
    """The optima of given starts, at all temperatures kept.

    Args:
        starts: (K, 4, W) probabilities, each above 0, on the network's device.
        backgrounds: of the network, into which windows are inserted.
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
        logit = backgrounds.mean_logit(_draw(p, settings.samples, backgrounds.generator), 1)
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
    letter = (uniform > p.detach().cumsum(1)[:, None]).sum(2, keepdim=True).clamp(max=p.shape[1] - 1)
    drawn = torch.zeros(len(p), samples, *p.shape[1:], device=p.device).scatter(2, letter, 1.0)
    return (drawn + (p - p.detach())[:, None]).flatten(0, 1)


def _starts(
    network: nn.Module,
    positives: NDArray[np.uint8],
    backgrounds: Backgrounds,
    settings: WindowOptimisation,
    rng: np.random.Generator,
) -> torch.Tensor:
    """(starts, 4, W) probabilities: noise, then sites of positives."""
    noise, size = max(settings.starts // 4, 1), task_of(network).alphabet.size
    theta = torch.randn(noise, size, settings.width, generator=backgrounds.generator)
    sites = _sites(network, positives, backgrounds, settings.width, settings.starts - noise, rng)
    sharp = torch.full((len(sites), size, settings.width), (1 - _START_SHARPNESS) / (size - 1))
    sharp[one_hot(torch.from_numpy(sites), size=size) == 1] = _START_SHARPNESS
    # A site with N is uniform there.
    return torch.cat([theta.softmax(1), sharp / sharp.sum(1, keepdim=True)]).to(backgrounds.codes.device)


def _sites(
    network: nn.Module,
    positives: NDArray[np.uint8],
    backgrounds: Backgrounds,
    width: int,
    count: int,
    rng: np.random.Generator,
) -> NDArray[np.uint8]:
    """(count, W) sites of the positives with the highest logits that keep their logit in other sequences.

    Half of them are the best; the others are drawn from the runners-up, so that rarer kinds of site have a chance.
    """
    by_logit = np.argsort(-logits_of(network, positives), kind="stable")
    top = positives[rng.permutation(by_logit[: max(len(positives) // 2, 1)])[:_POSITIVES]]
    windows = _strongest_windows(network, torch.from_numpy(top).to(backgrounds.codes.device), width)
    with torch.no_grad():
        logit = backgrounds.mean_logit(one_hot(windows, size=task_of(network).alphabet.size), 4)
    order = logit.argsort(descending=True, stable=True).cpu().numpy()
    best, rest = order[: count // 2], order[count // 2 : max(len(order) // 2, count)]
    drawn = rng.choice(rest, count - len(best), replace=len(rest) < count - len(best)) if len(rest) else best[:1]
    return windows.cpu().numpy()[np.concatenate([best, drawn])]


def _strongest_windows(network: nn.Module, codes: torch.Tensor, width: int) -> torch.Tensor:
    """(N, W) codes of the window of each sequence with the highest gradient times input, centred over the bases."""
    x = one_hot(codes, size=task_of(network).alphabet.size).requires_grad_()
    (gradient,) = torch.autograd.grad(network(x).sum(), x)
    attribution = ((gradient - gradient.mean(1, keepdim=True)) * x.detach()).sum(1)
    start = attribution.unfold(1, width, 1).sum(2).argmax(1, keepdim=True)
    return codes.gather(1, start + torch.arange(width, device=codes.device))
