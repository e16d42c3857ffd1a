"""The distinct motifs among many optima: a TF's own, its partners', half sites; how sure each is, and how sharp.

Motifs are chosen one by one, each for what it adds to the earlier ones on validation positives and their shuffles. The
evidence of a sequence is the sum of the log likelihood ratios of all motifs chosen (``demo.motifs.separation``), and
where an earlier motif found its site, that site is masked, as MEME erases what it has found (Bailey & Elkan 1994): a
half of a site, or the same site a little shifted, then adds nothing unless it stands alone.

Neither known motifs nor test data have a part in any of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demo.checks import real, whole
from demo.motifs.alignment import Alignment, align
from demo.motifs.class_motif import FLATTEST, RankedCandidate
from demo.motifs.clustering import Cluster, cluster_motifs
from demo.motifs.motif import Motif
from demo.motifs.separation import (
    OCCURRENCES,
    Separation,
    average_odds,
    bits,
    log_ratio,
    site_odds,
    validation_pairs,
    validation_separation,
)
from demo.sequences.alphabet import N_CODE

_EXPONENTS = (0.5, 0.6, 0.7, 0.85, 1.0, 1.2, 1.5)
_WEAK = 0.4  # of the bits below which flanks are cut: those right beside the motif may stay from here
_STANDARD_ERRORS = 3.0  # a dozen clusters are tried in each round, of which none may win by chance


@dataclass(frozen=True)
class Distinction:
    """How distinct motifs are told apart.

    Args:
        similarity: from which on two optima are one motif (``demo.motifs.alignment``), 0 to 1.
        most: motifs, at least 1.
        least_gain: bits per validation sequence that a motif must add to those before it. It must also be more than
            three of its standard errors. A network without knowledge has optima too, and they add nothing.
        resamples: bootstrap samples behind the stability, at least 1.

    Raises:
        DemoError: a value is out of its range.
    """

    similarity: float = 0.75
    most: int = 4
    least_gain: float = 0.01
    resamples: int = 200

    def __post_init__(self) -> None:
        real("motif.extraction.distinction.similarity", self.similarity, 0, 1)
        whole("motif.extraction.distinction.most", self.most, 1)
        real("motif.extraction.distinction.least_gain", self.least_gain, -1e6, 1)
        whole("motif.extraction.distinction.resamples", self.resamples, 1)


@dataclass(frozen=True)
class Support:
    """What speaks for a class motif.

    Args:
        gain: bits per validation sequence that it adds to the motifs before it.
        gain_error: standard error of that, over sequences.
        starts: how many starts led to it, at some temperature.
        all_starts: of so many.
        networks: how many networks these starts belong to.
        positives_with_site, shuffles_with_site: part of the validation positives, and of their shuffles, that more
            likely hold a site of it than not, outside the sites of the motifs before it; 0 to 1.
        stability: mean similarity to what is chosen in its place when starts and validation sequences are drawn again
            with replacement (bootstrap); nothing chosen counts 0. 0 to 1.
    """

    gain: float
    gain_error: float
    starts: int
    all_starts: int
    networks: int
    positives_with_site: float
    shuffles_with_site: float
    stability: float


@dataclass(frozen=True)
class DistinctMotif:
    """A class motif.

    Args:
        motif: trimmed, and as sharp as validation data want it.
        separation: of this motif alone, on validation positives and their shuffles.
        support: what speaks for it.
    """

    motif: Motif
    separation: Separation
    support: Support


def distinct_motifs(
    ranked: Sequence[RankedCandidate],
    all_starts: int,
    validation_positives: NDArray[np.uint8],
    name: str,
    settings: Distinction | None = None,
    trim: float = 0.25,
    seed: int = 0,
) -> list[DistinctMotif]:
    """Choose the distinct motifs among the optima of one or more networks.

    Args:
        ranked: the optima, best first (``demo.motifs.class_motif.rank_class_motifs``).
        all_starts: how many starts they come from, with those that led to nothing.
        validation_positives: (M, L) ``uint8``.
        name: of the first; the others are ``<name>_2``, ``<name>_3``, ...
        settings: ``Distinction()`` if None.
        trim: bits below which flanks are cut.
        seed: of the shuffles and the bootstrap.

    Returns:
        In the order of their choice; empty where no optimum tells enough about validation data.
    """
    settings = settings or Distinction()
    evidence = _Evidence(*validation_pairs(validation_positives, seed))
    clusters = cluster_motifs([candidate.motif for candidate in ranked], settings.similarity)
    random = np.random.default_rng(seed)
    chosen: list[DistinctMotif] = []
    while clusters and len(chosen) < settings.most:
        # One of each cluster and start is enough: neighbouring temperatures of a start say the same twice.
        options = [(cluster, place) for cluster in clusters for place in _best_of_each_start(ranked, cluster)]
        gains = np.stack([evidence.gains(ranked[place].motif)[0] for _, place in options])
        best = int(gains.mean(axis=1).argmax())
        cluster, place = options[best]
        motif = _calibrated(ranked, cluster, place, evidence, trim, _numbered(name, len(chosen)))
        gain, occurrence = evidence.gains(motif)
        if gain.mean() < settings.least_gain or not _beyond_chance(gain):
            break
        clusters = [other for other in clusters if other is not cluster]
        sites = evidence.sites(motif, occurrence)
        # What merely fits the composition of positives, or of what is left of them, has no sites.
        if motif.total_information < FLATTEST or not _beyond_chance(sites.excess):
            continue
        likeness = np.array([align(ranked[place].motif, ranked[other].motif).similarity for _, other in options])
        starts = [ranked[other].origin_start for _, other in options]
        members = {ranked[member].origin_start for member in cluster.members}
        support = Support(
            gain=float(gain.mean()),
            gain_error=_standard_error(gain),
            starts=len(members),
            all_starts=all_starts,
            networks=len({network for network, _ in members}),
            positives_with_site=float(sites.present[: evidence.count].mean()),
            shuffles_with_site=float(sites.present[evidence.count :].mean()),
            stability=_stability(gains, likeness, starts, all_starts, settings, random),
        )
        evidence.add(motif, occurrence, sites)
        chosen.append(DistinctMotif(motif, validation_separation(motif, validation_positives, seed), support))
    return chosen


@dataclass(frozen=True)
class _Sites:
    """The best site of each sequence: where it begins, and whether it is more likely there than not."""

    start: NDArray[np.intp]
    present: NDArray[np.bool_]

    @property
    def excess(self) -> NDArray[np.float64]:
        """(N,) 1 where the positive holds a site and its shuffle none, -1 the other way round."""
        positives, shuffles = np.split(self.present.astype(float), 2)
        return positives - shuffles


class _Evidence:
    """What the motifs chosen so far tell about validation positives and their shuffles, row by row."""

    def __init__(self, positives: NDArray[np.uint8], shuffles: NDArray[np.uint8]) -> None:
        self.count = len(positives)
        self.codes = np.concatenate([positives, shuffles])
        self.log_ratio = np.zeros(len(self.codes))

    def gains(self, motif: Motif) -> tuple[NDArray[np.float64], float]:
        """(N,) bits that ``motif`` adds to each pair, and the part of the positives with a site that fits best."""
        odds = average_odds(motif, self.codes)
        before = bits(*np.split(self.log_ratio, 2))
        tried = [bits(*np.split(self.log_ratio + log_ratio(odds, q), 2)) - before for q in OCCURRENCES]
        best = int(np.argmax([gain.mean() for gain in tried]))
        return tried[best], OCCURRENCES[best]

    def sites(self, motif: Motif, occurrence: float) -> _Sites:
        """Where ``motif`` has its sites, if that part of the positives holds one."""
        odds = site_odds(motif, self.codes)
        present = occurrence * odds.mean((1, 2)) >= 1 - occurrence
        return _Sites(odds.max(axis=1).argmax(axis=1), present)

    def add(self, motif: Motif, occurrence: float, sites: _Sites) -> None:
        """Take ``motif`` in, and mask its sites."""
        self.log_ratio = self.log_ratio + log_ratio(average_odds(motif, self.codes), occurrence)
        rows = np.flatnonzero(sites.present)
        self.codes[rows[:, None], sites.start[rows, None] + np.arange(motif.width)] = N_CODE


def _standard_error(values: NDArray[np.float64]) -> float:
    return float(values.std() / np.sqrt(len(values)))


def _beyond_chance(values: NDArray[np.float64]) -> bool:
    return float(values.mean()) > _STANDARD_ERRORS * _standard_error(values)


def _numbered(name: str, before: int) -> str:
    return f"{name}_{before + 1}" if before else name


def _best_of_each_start(ranked: Sequence[RankedCandidate], cluster: Cluster) -> list[int]:
    best: dict[tuple[int, int], int] = {}
    for place in cluster.members:
        best.setdefault(ranked[place].origin_start, place)
    return list(best.values())


def _calibrated(
    ranked: Sequence[RankedCandidate], cluster: Cluster, best: int, evidence: _Evidence, trim: float, name: str
) -> Motif:
    """The motif of a cluster: its best member or a mean of members, as sharp as validation data want it.

    The optimum of a window is too sharp where the network's logit rises faster than the log likelihood ratio it stands
    for, and one path of optima is noisy. ``p ** exponent``, scaled to 1, is the optimum at another temperature.
    """
    own = average_ppm([ranked[best]], [cluster.alignments[cluster.members.index(best)]])
    # Members are in order, the best first.
    counts = (-(-len(cluster.members) // 2), len(cluster.members))
    ppms = [own] + [
        average_ppm([ranked[place] for place in cluster.members[:count]], cluster.alignments[:count])
        for count in counts
    ]
    motifs = []
    for ppm in ppms:
        for exponent in _EXPONENTS:
            sharpened = ppm**exponent
            motif = Motif(name, sharpened / sharpened.sum(axis=1, keepdims=True))
            if motif.information_content.max() >= trim:
                motifs += [motif.trim(trim), _with_flanks(motif, trim)]
    return max(motifs, key=lambda motif: evidence.gains(motif)[0].mean())


def _with_flanks(motif: Motif, trim: float) -> Motif:
    """``motif`` trimmed, but for weak positions right beside what is left."""
    bits_there = motif.information_content
    strong, weak = np.flatnonzero(bits_there >= trim), bits_there >= _WEAK * trim
    first, last = int(strong[0]), int(strong[-1])
    while first > 0 and weak[first - 1]:
        first -= 1
    while last < motif.width - 1 and weak[last + 1]:
        last += 1
    return motif.window(first, last - first + 1)


def average_ppm(members: Sequence[RankedCandidate], alignments: Sequence[Alignment]) -> NDArray[np.float64]:
    """The mean of optimised windows, each laid on the leader of its cluster.

    Args:
        members: of one cluster, with windows of one width W.
        alignments: how each lies on the leader, in the same order.

    Returns:
        (W', 4) rows that sum to 1: the positions that at least half of the members cover, on the leader's strand.
    """
    width = len(members[0].origin.ppm)
    # Positions from the first of the leader's motif; every member that overlaps it lies within two windows.
    total, covered = np.zeros((4 * width, 4)), np.zeros(4 * width)
    for member, alignment in zip(members, alignments, strict=True):
        ppm, cut = member.origin.ppm, member.cut
        if alignment.orientation == "-":
            ppm, cut = ppm[::-1, ::-1], width - cut - member.motif.width
        first = 2 * width - alignment.offset - cut
        total[first : first + width] += ppm
        covered[first : first + width] += 1
    used = np.flatnonzero(covered >= len(members) / 2)
    span = slice(used[0], used[-1] + 1)
    return total[span] / total[span].sum(axis=1, keepdims=True)


def _stability(
    gains: NDArray[np.float64],
    likeness: NDArray[np.float64],
    starts: Sequence[tuple[int, int]],
    all_starts: int,
    settings: Distinction,
    random: np.random.Generator,
) -> float:
    """Mean ``likeness`` of what is chosen when starts and sequences are drawn again.

    Args:
        gains: (candidates, N) bits.
        likeness: (candidates,) to the motif chosen.
        starts: of each candidate.
    """
    numbers = {start: number for number, start in enumerate(dict.fromkeys(starts))}
    of_candidate = np.array([numbers[start] for start in starts])
    total = 0.0
    for _ in range(settings.resamples):
        drawn = np.unique(random.integers(all_starts, size=all_starts))
        there = np.flatnonzero(np.isin(of_candidate, drawn))
        if len(there):
            sequences = random.integers(gains.shape[1], size=gains.shape[1])
            gain = gains[there][:, sequences].mean(axis=1)
            if gain.max() >= settings.least_gain:
                total += max(float(likeness[there[gain.argmax()]]), 0.0)
    return total / settings.resamples
