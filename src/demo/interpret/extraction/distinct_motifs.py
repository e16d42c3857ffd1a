"""The distinct motifs among many optima: a TF's own, its partners', half sites; how sure each is, and how sharp.

Motifs are chosen one by one, each for what it adds to the earlier ones on validation positives and their shuffles. The
evidence of a sequence is the sum of the log likelihood ratios of all motifs chosen
(``demo.interpret.extraction.separation``), and where an earlier motif found its site, that site is masked, as MEME
erases what it has found (Bailey & Elkan 1994): a half of a site, or the same site a little shifted, then adds nothing
unless it stands alone.

Neither known motifs nor test data have a part in any of this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from demo.interpret.extraction.centrality import Centrality, central_enrichment
from demo.interpret.extraction.class_motif import FLATTEST, RankedCandidate
from demo.interpret.extraction.clustering import Cluster, cluster_motifs
from demo.interpret.extraction.evidence import Evidence, is_above_zero, standard_error
from demo.interpret.extraction.separation import Separation, validation_pairs, validation_separation
from demo.interpret.extraction.sharpness import motif_of_cluster
from demo.motifs.alignment import align
from demo.motifs.motif import Motif
from demo.utils.checks import real, whole

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
        centrality: how much these sites of positives lie in the middle, where the summits of peaks are.
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
    centrality: Centrality
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
        ranked: the optima, best first (``demo.interpret.extraction.class_motif.rank_class_motifs``).
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
    evidence = Evidence(*validation_pairs(validation_positives, seed))
    clusters = cluster_motifs([candidate.motif for candidate in ranked], settings.similarity)
    random = np.random.default_rng(seed)
    chosen: list[DistinctMotif] = []
    while clusters and len(chosen) < settings.most:
        # One of each cluster and start is enough: neighbouring temperatures of a start say the same twice.
        options = [(cluster, place) for cluster in clusters for place in _best_of_each_start(ranked, cluster)]
        gains = np.stack([evidence.gains(ranked[place].motif)[0] for _, place in options])
        best = int(gains.mean(axis=1).argmax())
        cluster, place = options[best]
        motif = motif_of_cluster(ranked, cluster, place, evidence, trim, _numbered(name, len(chosen)))
        gain, occurrence = evidence.gains(motif)
        if gain.mean() < settings.least_gain or not is_above_zero(gain, _STANDARD_ERRORS):
            break
        clusters = [other for other in clusters if other is not cluster]
        sites = evidence.sites(motif, occurrence)
        # What merely fits the composition of positives, or of what is left of them, has no sites.
        if motif.total_information < FLATTEST or not is_above_zero(sites.excess, _STANDARD_ERRORS):
            continue
        likeness = np.array([align(ranked[place].motif, ranked[other].motif).similarity for _, other in options])
        starts = [ranked[other].origin_start for _, other in options]
        members = {ranked[member].origin_start for member in cluster.members}
        present = sites.present[: evidence.count]
        support = Support(
            gain=float(gain.mean()),
            gain_error=standard_error(gain),
            starts=len(members),
            all_starts=all_starts,
            networks=len({network for network, _ in members}),
            positives_with_site=float(present.mean()),
            shuffles_with_site=float(sites.present[evidence.count :].mean()),
            centrality=central_enrichment(
                sites.start[: evidence.count][present], evidence.codes.shape[1] - motif.width + 1
            ),
            stability=_stability(gains, likeness, starts, all_starts, settings, random),
        )
        evidence.add(motif, occurrence, sites)
        chosen.append(DistinctMotif(motif, validation_separation(motif, validation_positives, seed), support))
    return chosen


def _numbered(name: str, before: int) -> str:
    return f"{name}_{before + 1}" if before else name


def _best_of_each_start(ranked: Sequence[RankedCandidate], cluster: Cluster) -> list[int]:
    best: dict[tuple[int, int], int] = {}
    for place in cluster.members:
        best.setdefault(ranked[place].origin_start, place)
    return list(best.values())


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
