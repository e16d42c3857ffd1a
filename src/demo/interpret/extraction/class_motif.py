"""Optima of a short window, of one or more networks, ranked by how well they separate validation data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from demo.interpret.extraction.placing import Backgrounds
from demo.interpret.extraction.separation import Separation, separation, validation_pairs
from demo.interpret.extraction.window_optimisation import WindowCandidate, WindowOptimisation, optimise_windows
from demo.motifs.motif import Motif
from demo.networks.frozen import frozen, logits_of
from demo.sequences.alphabet import one_hot
from demo.sequences.shuffle import dinucleotide_shuffle
from demo.utils.errors import DemoError

_SURE = 128  # training positives searched for sites to start from
_START_SHARPNESS = 0.85  # probability of the site's own base in a start
FLATTEST = 4.0
"""Bits in all, below which an optimum is no motif."""


@dataclass(frozen=True)
class RankedCandidate:
    """A candidate as a motif, and how well it separates validation data.

    Args:
        motif: trimmed.
        separation: on validation positives and their shuffles.
        origin: the window before trimming.
        cut: positions of that window before the first of the motif.
        network: number of the network that it is an optimum of.
    """

    motif: Motif
    separation: Separation
    origin: WindowCandidate
    cut: int
    network: int

    @property
    def origin_start(self) -> tuple[int, int]:
        """Network and start that led to it."""
        return self.network, self.origin.start


def rank_class_motifs(
    networks: Sequence[nn.Module],
    training_positives: NDArray[np.uint8],
    validation_positives: NDArray[np.uint8],
    name: str,
    settings: WindowOptimisation | None = None,
    trim: float = 0.25,
) -> list[RankedCandidate]:
    """Optimise windows, and rank what comes out by ``Separation.information`` on validation data.

    Neither known motifs nor test data have a part in it. The networks are left as found.

    Args:
        networks: each takes real-valued (B, 4, L) DNA and returns (B,) logits; for instance of several seeds. Their
            optima are pooled: a mean of their logits would hide what only some of them learned.
        training_positives: (N, L) ``uint8``, values 0-4: backgrounds (shuffled) and starts.
        validation_positives: (M, L) ``uint8``: for the choice only.
        name: of the motifs.
        settings: ``WindowOptimisation()`` if None.
        trim: bits below which flanks are cut.

    Returns:
        Best first; empty if no network has an optimum with at least 4 bits.

    Raises:
        DemoError: no sequences, or sequences shorter than the window.
    """
    settings = settings or WindowOptimisation()
    length = training_positives.shape[1]
    if not (len(training_positives) and len(validation_positives)):
        raise DemoError("A class motif needs training and validation positives.")
    if length < settings.width:
        raise DemoError(
            f"A window of {settings.width} positions does not fit in {length}.",
            fix=f"motif.extraction.window.width={length}",
        )
    positives, shuffles = validation_pairs(validation_positives, settings.seed)
    ranked = []
    for number, network in enumerate(networks):
        for candidate in _optima(network, training_positives, replace(settings, seed=settings.seed + number)):
            motif = Motif(name, candidate.ppm)
            if motif.total_information < FLATTEST or motif.information_content.max() < trim:
                continue
            cut = int(np.flatnonzero(motif.information_content >= trim)[0])
            motif = motif.trim(trim)
            ranked.append(RankedCandidate(motif, separation(motif, positives, shuffles), candidate, cut, number))
    return sorted(ranked, key=lambda r: -r.separation.information)


def _optima(network: nn.Module, positives: NDArray[np.uint8], settings: WindowOptimisation) -> list[WindowCandidate]:
    rng = np.random.default_rng(settings.seed)
    chosen = positives[rng.permutation(len(positives))[: settings.backgrounds]]
    with frozen(network) as device:
        backgrounds = Backgrounds(
            torch.from_numpy(dinucleotide_shuffle(chosen, settings.seed)).to(device),
            torch.Generator().manual_seed(settings.seed),
        )
        starts = _starts(network, chosen, backgrounds, settings, rng)
        # Laplace's rule, so that a base that never occurs costs much and not infinitely much.
        counts = torch.bincount(torch.from_numpy(chosen).flatten().int(), minlength=5)[:4] + 1.0
        return optimise_windows(network, starts, backgrounds, (counts / counts.sum()).to(device), settings)


def _starts(
    network: nn.Module,
    positives: NDArray[np.uint8],
    backgrounds: Backgrounds,
    settings: WindowOptimisation,
    rng: np.random.Generator,
) -> torch.Tensor:
    """(starts, 4, W) probabilities: noise, then sites of positives."""
    noise = max(settings.starts // 4, 1)
    theta = torch.randn(noise, 4, settings.width, generator=backgrounds.generator)
    sites = _sites(network, positives, backgrounds, settings.width, settings.starts - noise, rng)
    sharp = torch.full((len(sites), 4, settings.width), (1 - _START_SHARPNESS) / 3)
    sharp[one_hot(torch.from_numpy(sites)) == 1] = _START_SHARPNESS
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
    """(count, W) sites of positives the network is sure of, that keep their logit elsewhere.

    Half of them are the best, the other half is drawn from the next ones, so that a rarer kind of site has a chance.
    """
    by_logit = np.argsort(-logits_of(network, positives), kind="stable")
    sure = positives[rng.permutation(by_logit[: max(len(positives) // 2, 1)])[:_SURE]]
    windows = _strongest_windows(network, torch.from_numpy(sure).to(backgrounds.codes.device), width)
    with torch.no_grad():
        logit = backgrounds.mean_logit(network, one_hot(windows), 4)
    order = logit.argsort(descending=True, stable=True).cpu().numpy()
    best, rest = order[: count // 2], order[count // 2 : max(len(order) // 2, count)]
    drawn = rng.choice(rest, count - len(best), replace=len(rest) < count - len(best)) if len(rest) else best[:1]
    return windows.cpu().numpy()[np.concatenate([best, drawn])]


def _strongest_windows(network: nn.Module, codes: torch.Tensor, width: int) -> torch.Tensor:
    """(N, W) codes of the window of each sequence with the highest gradient times input, centred over the bases."""
    x = one_hot(codes).requires_grad_()
    (gradient,) = torch.autograd.grad(network(x).sum(), x)
    attribution = ((gradient - gradient.mean(1, keepdim=True)) * x.detach()).sum(1)
    start = attribution.unfold(1, width, 1).sum(2).argmax(1, keepdim=True)
    return codes.gather(1, start + torch.arange(width, device=codes.device))
