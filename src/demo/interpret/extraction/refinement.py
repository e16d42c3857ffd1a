"""The refined motif: sites counted in the sequences the network is sure of, beginning with the class motif.

The class motif says what the network wants to see; the refined one how often each base stands at the sites that are
there, which calibrates its sharpness. It leans on particular sequences, as DeepBind's motifs do and the paper's do not,
so the two are kept apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import nn

from demo.interpret.extraction.separation import site_odds, validation_separation
from demo.motifs.motif import Motif
from demo.networks.frozen import frozen, logits_of
from demo.utils.checks import real, whole
from demo.utils.errors import DemoError

_COMPLEMENT = np.array([3, 2, 1, 0, 4], np.uint8)
_PSEUDOCOUNT = 0.5  # sites per base: Jeffreys' prior


@dataclass(frozen=True)
class Refinement:
    """How sites are counted.

    Args:
        rounds: of finding sites and counting them, at least 1.
        flank: positions added on both sides before the first round, at least 0; those without information are cut
        again.
        sure: part of the training positives that counts as sure, those with the highest logits, in (0, 1].
        sequences: at most so many of the training positives are looked at, drawn at random; at least 1.
        seed: of that draw.

    Raises:
        DemoError: a value is out of its range.
    """

    rounds: int = 4
    flank: int = 3
    sure: float = 0.5
    sequences: int = 4000
    seed: int = 0

    def __post_init__(self) -> None:
        whole("motif.extraction.refinement.rounds", self.rounds, 1)
        whole("motif.extraction.refinement.flank", self.flank, 0)
        real("motif.extraction.refinement.sure", self.sure, 0, 1, open_low=True)
        whole("motif.extraction.refinement.sequences", self.sequences, 1)


def refine(
    network: nn.Module,
    class_motif: Motif,
    training_positives: NDArray[np.uint8],
    validation_positives: NDArray[np.uint8],
    name: str,
    settings: Refinement | None = None,
    trim: float = 0.25,
) -> Motif | None:
    """Count the best site of each sequence the network is sure of, on both strands, in a few rounds.

    Each site weighs by the probability that its sequence holds one at all (ZOOPS, Bailey & Elkan 1995): sequences
    without a site would otherwise add their best chance match, and blur the motif.

    Args:
        network: takes (B, 4, L), returns (B,) logits; left as found.
        class_motif: where the first round begins.
        training_positives: (N, L) ``uint8``, values 0-4: where sites are counted.
        validation_positives: (M, L) ``uint8``: which round to keep is the one whose motif separates them best from
            their shuffles (``Separation.information``); later rounds can drift to what positives merely abound in.
        name: of the result.
        settings: ``Refinement()`` if None.
        trim: bits below which flanks are cut.

    Returns:
        The motif of the best round, in the orientation of ``class_motif``; ``nsites`` is the weight of all sites
        counted. ``None`` where no round left a position with ``trim`` bits.

    Raises:
        DemoError: no sequences, or sequences shorter than the motif.
    """
    settings = settings or Refinement()
    if not len(training_positives):
        raise DemoError("A refined motif needs training positives.")
    rng = np.random.default_rng(settings.seed)
    seen = training_positives[rng.permutation(len(training_positives))[: settings.sequences]]
    with frozen(network):
        order = np.argsort(-logits_of(network, seen), kind="stable")
    sure = seen[order[: max(round(len(seen) * settings.sure), 1)]]
    flank = min(settings.flank, (sure.shape[1] - class_motif.width) // 2)
    motif = Motif(name, np.pad(class_motif.ppm, ((flank, flank), (0, 0)), constant_values=0.25))
    occurrence = 0.5
    rounds = []
    for _ in range(settings.rounds):
        odds = site_odds(motif, sure)
        ratio = occurrence * odds.mean((1, 2))
        present = ratio / (ratio + 1 - occurrence)
        motif = Motif.from_counts(name, _count(odds, sure, present, motif.width), pseudocount=_PSEUDOCOUNT)
        if motif.information_content.max() >= trim:
            rounds.append(motif.trim(trim))
        # Short of 1, where every sequence would keep its chance match for good.
        occurrence = float(np.clip(present.mean(), 0.01, 0.99))
    information = [validation_separation(m, validation_positives, settings.seed).information for m in rounds]
    return rounds[int(np.argmax(information))] if rounds else None


def _count(
    odds: NDArray[np.float64], codes: NDArray[np.uint8], weights: NDArray[np.float64], width: int
) -> NDArray[np.float64]:
    """(W, 4) weighted counts of the best site of each sequence, read on its strand."""
    sites = odds.shape[2]
    strand, start = np.divmod(odds.reshape(len(odds), -1).argmax(axis=1), sites)
    windows = codes[np.arange(len(codes))[:, None], start[:, None] + np.arange(width)]
    windows = np.where(strand[:, None] == 1, _COMPLEMENT[windows[:, ::-1]], windows)
    return np.stack([((windows == base) * weights[:, None]).sum(axis=0) for base in range(4)], axis=1)
