"""What speaks for a motif: how well it separates validation positives from their shuffles, alone and beside others.

The score of a sequence is its average odds over all sites of both strands, the AMA score of Buske et al.
(Bioinformatics 26:860, 2010). It is also the likelihood ratio of "one site somewhere" to "no site"; if a fraction ``q``
of the positives holds a site (ZOOPS, Bailey & Elkan 1995), that ratio is ``1 - q + q * average odds``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from demo.interpret.extraction.centrality import Centrality, SiteProfile, central_enrichment
from demo.interpret.extraction.scan import Scan, scan
from demo.motifs.motif import Motif
from demo.sequences.alphabet import check_codes
from demo.sequences.shuffle import dinucleotide_shuffle
from demo.utils.errors import DemoError

_VALIDATION_SEQUENCES = 600  # enough to tell motifs 0.02 apart in AUROC, and 200 of them still take seconds only
OCCURRENCES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
"""Fractions of positives with a site that are tried."""

_LEAST_RATIO = 1e-300

MIN_INFORMATION = 0.01
"""Bits per validation sequence below which a motif does not tell positives from shuffles. Networks that know nothing
have optima too, and some of these resemble a matrix of JASPAR (docs/research/controls.md)."""


class Separation(NamedTuple):
    """How well average odds separate positives from negatives.

    Attributes:
        auroc: area under the ROC curve, 0 to 1; blind to how sharp the motif is.
        information: bits per sequence that the motif reveals of the label, ``1 + mean log2 P(label)`` with
            ``P(positive) = r / (1 + r)`` and r the likelihood ratio of the site model. At most 1; below 0 when the
            motif is worse than nothing. A proper score: a motif that is too sharp or too flat loses by it.
        occurrence: the fraction of positives with a site that fits best, 0 to 1.
    """

    auroc: float
    information: float
    occurrence: float

    @property
    def tells_apart(self) -> bool:
        """Whether the motif says anything about the label."""
        return self.information >= MIN_INFORMATION


def scan_motif(motif: Motif, codes: NDArray[np.uint8]) -> Scan:
    """Read every site of (N, L) ``codes``, L at least W, by the odds of the motif against its background.

    Raises:
        DemoError: sequences shorter than the motif, or no codes.
    """
    check_codes(codes, motif.alphabet)
    if codes.shape[1] < motif.width:
        raise DemoError(f"Motif {motif.name} has {motif.width} positions, the sequences {codes.shape[1]}.")
    return scan(codes, 2.0 ** motif.log_odds(), motif.alphabet)


def average_odds(motif: Motif, codes: NDArray[np.uint8]) -> NDArray[np.float64]:
    """(N,) mean of the odds over strands and starts."""
    return scan_motif(motif, codes).mean


def share_below(bound: NDArray[np.float64], unbound: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) share of the (M,) scores of negatives that each positive's is above; ties count half. Its mean is the area
    under the ROC curve."""
    unbound = np.sort(unbound)
    below, up_to = np.searchsorted(unbound, bound, "left"), np.searchsorted(unbound, bound, "right")
    return (below + up_to) / (2 * len(unbound))


def separation(motif: Motif, positives: NDArray[np.uint8], negatives: NDArray[np.uint8]) -> Separation:
    """How well ``motif`` separates (N, L) ``positives`` from (M, L) ``negatives``, with equal weight.

    Raises:
        DemoError: sequences shorter than the motif, or none.
    """
    if not (len(positives) and len(negatives)):
        raise DemoError("Separation needs positive and negative sequences.")
    bound, unbound = average_odds(motif, positives), average_odds(motif, negatives)
    of_positives, of_negatives = bits(likelihood_ratio(bound), likelihood_ratio(unbound))
    # Each class by itself: there may be more of one than of the other.
    information = (of_positives.mean(axis=1) + of_negatives.mean(axis=1)) / 2
    best = int(information.argmax())
    return Separation(float(share_below(bound, unbound).mean()), float(information[best]), OCCURRENCES[best])


def validation_separation(
    motif: Motif, positives: NDArray[np.uint8], seed: int = 0, negatives: NDArray[np.uint8] | None = None
) -> Separation:
    """How well ``motif`` separates the first 600 of (N, L) validation ``positives`` from their shuffles, or from
    ``negatives``.

    The shuffles depend on ``seed`` alone, so that motifs can be compared.

    Raises:
        DemoError: sequences shorter than the motif, or none.
    """
    return separation(motif, *validation_pairs(positives, seed, negatives))


def validation_pairs(
    positives: NDArray[np.uint8], seed: int = 0, negatives: NDArray[np.uint8] | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The first 600 of (N, L) validation ``positives``, and for each a shuffle or, if there are any, one of
    ``negatives`` at random."""
    positives = positives[:_VALIDATION_SEQUENCES]
    if negatives is None:
        return positives, dinucleotide_shuffle(positives, seed)
    few = len(negatives) < len(positives)
    return positives, negatives[np.random.default_rng(seed).choice(len(negatives), len(positives), replace=few)]


def likelihood_ratio(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """(Q, N) likelihood ratio of the site model for each of ``OCCURRENCES``, from (N,) average odds."""
    q = np.array(OCCURRENCES)[:, None]
    # A sequence full of N has odds 0, of which the logarithm must stay finite.
    return np.maximum(1 - q + q * odds, _LEAST_RATIO)


def bits(bound: NDArray[np.float64], unbound: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bits that positives and negatives, given as likelihood ratios of any shape, reveal of their labels, at most 1."""
    return 1 - np.log(1 + 1 / bound) / np.log(2), 1 - np.log(1 + unbound) / np.log(2)


@dataclass(frozen=True)
class Sites:
    """The best site of each sequence.

    Attributes:
        start: (N,) where it begins, from 0.
        present: (N,) whether a site is more likely there than not.
    """

    start: NDArray[np.intp]
    present: NDArray[np.bool_]

    @property
    def excess(self) -> NDArray[np.float64]:
        """(N,) 1 where the positive holds a site and its shuffle none, -1 the reverse."""
        positives, shuffles = np.split(self.present.astype(float), 2)
        return positives - shuffles


def standard_error(values: NDArray[np.float64]) -> float:
    """Of the mean of (N,) values, one for each pair of a positive and its shuffle."""
    return float(values.std() / np.sqrt(len(values)))


def is_above_zero(values: NDArray[np.float64], standard_errors: float) -> bool:
    """Whether the mean of (N,) values exceeds 0 by more than ``standard_errors`` of its standard errors."""
    return float(values.mean()) > standard_errors * standard_error(values)


class Evidence:
    """What the motifs chosen so far say about each validation positive and its shuffle, and what one more would add.

    Args:
        positives: (N, L) ``uint8``, values 0-4.
        shuffles: one for each, in the same order.
    """

    def __init__(self, positives: NDArray[np.uint8], shuffles: NDArray[np.uint8]) -> None:
        self.count = len(positives)
        self.codes = np.concatenate([positives, shuffles])
        self.ratio = np.ones(len(self.codes))

    def gains(self, motif: Motif) -> tuple[NDArray[np.float64], float]:
        """(N,) bits that ``motif`` adds for each pair, and the fraction of positives with a site that fits best."""
        tried = self._of_pairs(self._with(motif)) - self._of_pairs(self.ratio)
        best = int(tried.mean(axis=1).argmax())
        return tried[best], OCCURRENCES[best]

    def sites(self, motif: Motif, occurrence: float) -> Sites:
        """Where ``motif`` has its sites, if that fraction of the positives holds one."""
        found = scan_motif(motif, self.codes)
        # More likely there than not in a positive, and in a sequence that may be a positive or a shuffle: where all
        # positives hold a site (occurrence 1), the first alone would find one in every shuffle.
        return Sites(found.start, found.mean >= max(1.0, (1 - occurrence) / occurrence))

    def add(self, motif: Motif, occurrence: float, sites: Sites) -> None:
        """Count ``motif`` among those chosen, and mask its sites."""
        self.ratio = self._with(motif)[OCCURRENCES.index(occurrence)]
        rows = np.flatnonzero(sites.present)
        self.codes[rows[:, None], sites.start[rows, None] + np.arange(motif.width)] = motif.alphabet.size

    def _with(self, motif: Motif) -> NDArray[np.float64]:
        """(Q, 2N) likelihood ratios of the motifs chosen and ``motif``."""
        return np.maximum(self.ratio * likelihood_ratio(average_odds(motif, self.codes)), _LEAST_RATIO)

    def _of_pairs(self, ratio: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., N) bits of each pair, of (..., 2N) likelihood ratios."""
        bound, unbound = bits(ratio[..., : self.count], ratio[..., self.count :])
        return (bound + unbound) / 2


@dataclass(frozen=True)
class Support:
    """What speaks for a class motif.

    Args:
        gain: bits per validation sequence that it adds to the motifs before it.
        gain_error: standard error of that, over sequences.
        starts: number of starts that led to it, at some temperature.
        all_starts: number of starts in all.
        networks: number of networks these starts belong to.
        positives_with_site, shuffles_with_site: fraction of the validation positives, and of their shuffles, that more
            likely than not hold a site outside the sites of the motifs before it; 0 to 1.
        centrality: whether these sites of positives lie in the middle, where the summits of peaks are.
        profile: where along the sequences they lie.
        stability: mean similarity to what is chosen in its place when starts and validation sequences are resampled
            with replacement (bootstrap); 0 where nothing is chosen. 0 to 1.
    """

    gain: float
    gain_error: float
    starts: int
    all_starts: int
    networks: int
    positives_with_site: float
    shuffles_with_site: float
    centrality: Centrality
    profile: SiteProfile
    stability: float

    @classmethod
    def of(
        cls,
        gain: NDArray[np.float64],
        sites: Sites,
        width: int,
        length: int,
        *,
        starts: int,
        all_starts: int,
        networks: int,
        stability: float,
    ) -> Support:
        """From the (N,) bits that a motif of ``width`` adds for each pair, and its sites in sequences of ``length``."""
        present, by_chance = np.split(sites.present, 2)
        starts_bound, starts_unbound = np.split(sites.start, 2)
        return cls(
            gain=float(gain.mean()),
            gain_error=standard_error(gain),
            starts=starts,
            all_starts=all_starts,
            networks=networks,
            positives_with_site=float(present.mean()),
            shuffles_with_site=float(by_chance.mean()),
            centrality=central_enrichment(starts_bound[present], length - width + 1),
            profile=SiteProfile.of(starts_bound[present], starts_unbound[by_chance], width, length),
            stability=stability,
        )
