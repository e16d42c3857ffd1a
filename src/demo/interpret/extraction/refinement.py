"""The refined motif: sites counted in the sequences that the network is surest of, starting from the class motif.

The class motif says what the network wants to see; the refined one, how often each base occurs at actual sites, which
sets its sharpness. It depends on particular sequences, as DeepBind's motifs do and the paper's do not, so the two are
kept apart.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demo.interpret.extraction.evidence import site_odds
from demo.interpret.extraction.methods import ExtractionInput
from demo.motifs.motif import Motif
from demo.networks.inference import frozen, logits_of
from demo.sequences import Alphabet, reverse_complement
from demo.utils.checks import real, whole

_PSEUDOCOUNT = 0.5  # sites per base: Jeffreys' prior


@dataclass(frozen=True)
class Refinement:
    """How sites are counted.

    Args:
        rounds: of finding sites and counting them, at least 1.
        flank: bp added on both sides before the first round, at least 0; those without information are cut again.
        top_fraction: of the training positives, those with the highest logits, in which sites are counted; in (0, 1].
        sequences: training positives considered, drawn at random; at least 1.
        seed: of that draw.

    Raises:
        DemoError: a value is out of its range.
    """

    rounds: int = 4
    flank: int = 3
    top_fraction: float = 0.5
    sequences: int = 4000
    seed: int = 0

    def __post_init__(self) -> None:
        whole("rounds", self.rounds, 1, 1_000)
        whole("flank", self.flank, 0, 1_000)
        real("top_fraction", self.top_fraction, 0, 1, open_low=True)
        whole("sequences", self.sequences, 1, 10_000_000)
        whole("seed", self.seed, 0)


def refine(given: ExtractionInput, class_motif: Motif, settings: Refinement) -> Motif | None:
    """Count the best site of each of the sequences with the highest logits, on both strands, in a few rounds.

    Each site is weighted by the probability that its sequence holds one at all (ZOOPS, Bailey & Elkan 1995): sequences
    without a site would otherwise add their best chance match, and blur the motif.

    Args:
        given: sites are counted in training positives. The round kept is the one whose motif separates validation
            positives best (``Separation.information``): later rounds can drift to what merely abounds in positives.
        class_motif: where the first round begins.
        settings: how sites are counted.

    Returns:
        ``<prefix>_refined_motif`` in the orientation of ``class_motif``; ``nsites`` is the weight of all sites counted.
        ``None`` if no round left a position with ``given.trim`` bits.

    Raises:
        DemoError: the sequences are shorter than the motif.
    """
    name, trim = f"{given.prefix}_refined_motif", given.trim
    rng = np.random.default_rng(settings.seed)
    seen = given.training_positives[rng.permutation(len(given.training_positives))[: settings.sequences]]
    with frozen(given.network):
        order = np.argsort(-logits_of(given.network, seen), kind="stable")
    top = seen[order[: max(round(len(seen) * settings.top_fraction), 1)]]
    flank = min(settings.flank, (top.shape[1] - class_motif.width) // 2)
    alphabet = given.alphabet
    flat = 1 / alphabet.size
    motif = Motif(name, np.pad(class_motif.ppm, ((flank, flank), (0, 0)), constant_values=flat), alphabet=alphabet)
    occurrence = 0.5
    rounds = []
    for _ in range(settings.rounds):
        odds = site_odds(motif, top)
        ratio = occurrence * odds.mean((1, 2))
        present = ratio / (ratio + 1 - occurrence)
        counts = _count(odds, top, present, motif.width, alphabet)
        motif = Motif.from_counts(name, counts, pseudocount=_PSEUDOCOUNT, alphabet=alphabet)
        if motif.information_content.max() >= trim:
            rounds.append(motif.trim(trim))
        # Short of 1, where every sequence would keep its chance match forever.
        occurrence = float(np.clip(present.mean(), 0.01, 0.99))
    information = [given.separation(m, settings.seed).information for m in rounds]
    return rounds[int(np.argmax(information))] if rounds else None


def _count(
    odds: NDArray[np.float64], codes: NDArray[np.uint8], weights: NDArray[np.float64], width: int, alphabet: Alphabet
) -> NDArray[np.float64]:
    """(W, 4) weighted counts of the best site of each sequence, read on its strand."""
    sites = odds.shape[2]
    strand, start = np.divmod(odds.reshape(len(odds), -1).argmax(axis=1), sites)
    windows = codes[np.arange(len(codes))[:, None], start[:, None] + np.arange(width)]
    if alphabet.complement is not None:
        windows = np.where(strand[:, None] == 1, reverse_complement(windows, alphabet), windows)
    return np.stack([((windows == base) * weights[:, None]).sum(axis=0) for base in range(alphabet.size)], axis=1)
