"""Class motifs: the distinct ones among many optima, such as a TF's own, its partners', half sites.

Motifs are chosen one by one, each for what it adds to the earlier ones on validation positives and their shuffles. The
evidence of a sequence is the sum of the log likelihood ratios of all motifs chosen (``evidence.py``), and the site that
an earlier motif found is masked, as MEME erases what it has found (Bailey & Elkan 1994): half a site, or the same site
slightly shifted, then adds nothing unless it stands alone.

Neither known motifs nor test data play any part in this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from demo.interpret.extraction.candidates import (
    MIN_BITS,
    Cluster,
    RankedCandidate,
    cluster_motifs,
    motif_of_cluster,
    rank_candidates,
)
from demo.interpret.extraction.evidence import Evidence, Support, is_above_zero
from demo.interpret.extraction.headline import Headline, headline_motif
from demo.interpret.extraction.methods import EXTRACTION_METHODS, ExtractionInput, FoundMotifs
from demo.interpret.extraction.windows import WindowOptimisation
from demo.motifs.alignment import align
from demo.motifs.motif import Motif
from demo.utils.checks import real, whole

_OPTIMA = 12  # the best distinct ones are candidates for the headline motif
_STANDARD_ERRORS = 3.0  # a dozen clusters are tried in each round, and none may win by chance


@dataclass(frozen=True)
class Distinction:
    """What makes a class motif, and one distinct from the others.

    Args:
        similarity: from which two optima count as one motif (``demo.motifs.alignment``), 0 to 1.
        max_motifs: at least 1.
        min_gain: bits per validation sequence that a motif must add to those before it; also more than three of its
            standard errors. A network that knows nothing has optima too, and they add nothing.
        resamples: bootstrap samples behind the stability, at least 1.

    Raises:
        DemoError: a value is out of its range.
    """

    similarity: float = 0.75
    max_motifs: int = 4
    min_gain: float = 0.01
    resamples: int = 200

    def __post_init__(self) -> None:
        real("similarity", self.similarity, 0, 1)
        whole("max_motifs", self.max_motifs, 1, 1_000)
        real("min_gain", self.min_gain, -1e6, 1)
        whole("resamples", self.resamples, 1, 100_000)


@EXTRACTION_METHODS.register("class")
@dataclass(frozen=True)
class ClassMotifs:
    """Class motifs, the distinct optima of a short window, and the headline motif.

    Args:
        window: how windows are optimised.
        distinction: what makes a class motif.
        headline: how the headline motif is found.
    """

    window: WindowOptimisation = field(default_factory=WindowOptimisation)
    distinction: Distinction = field(default_factory=Distinction)
    headline: Headline = field(default_factory=Headline)

    def extract(self, given: ExtractionInput) -> FoundMotifs:
        """``<prefix>_headline_motif``, ``<prefix>_class_motif``, ``<prefix>_class_motif_2``, ...

        Raises:
            DemoError: the sequences are shorter than the window.
        """
        if given.task.positions:
            return FoundMotifs(
                [], notes=["There are no class motifs: positions are fixed, and the optimum shows all of them."]
            )
        ranked = rank_candidates(given, f"{given.prefix}_class_motif", self.window)
        clusters = cluster_motifs([candidate.motif for candidate in ranked], self.distinction.similarity)
        all_starts = self.window.starts * len(given.networks)
        chosen = distinct_motifs(ranked, clusters, all_starts, given, self.distinction, self.window.seed)
        optima = [ranked[cluster.leader].motif for cluster in clusters[:_OPTIMA]]
        headline = headline_motif(given, [*given.optima, *optima], self.headline)
        notes = [] if chosen else [self._why_none(ranked, given.contrast)]
        if headline:
            chosen.insert(0, headline)
        else:
            notes.append(f"There is no headline motif: no candidate tells validation positives from {given.contrast}.")
        return FoundMotifs([motif for motif, _ in chosen], {motif.name: support for motif, support in chosen}, notes)

    def _why_none(self, ranked: Sequence[RankedCandidate], contrast: str) -> str:
        if not ranked:
            return "There is no class motif: the network has no optimum of a short window with 4 bits or more."
        best = ranked[0].separation
        return (
            "There is no class motif: no optimum of a short window has sites that tell validation positives from "
            f"{contrast} (the best has {best.information:.3f} bits per sequence and AUROC {best.auroc:.3f}; needed are "
            f"{self.distinction.min_gain:g} bits, beyond chance)."
        )


def distinct_motifs(
    ranked: Sequence[RankedCandidate],
    clusters: Sequence[Cluster],
    all_starts: int,
    given: ExtractionInput,
    settings: Distinction,
    seed: int,
) -> list[tuple[Motif, Support]]:
    """Choose the distinct motifs among the optima of one or more networks.

    Args:
        ranked: the optima, best first.
        clusters: of these.
        all_starts: number of starts they come from, with those that led to nothing.
        given: of which the validation positives choose.
        settings: what makes a motif.
        seed: of the shuffles and the bootstrap.

    Returns:
        In the order of their choice, each trimmed and as sharp as validation data prefer; empty if no optimum says
        enough about validation data.
    """
    evidence = Evidence(*given.pairs(seed))
    random = np.random.default_rng(seed)
    chosen: list[tuple[Motif, Support]] = []
    while clusters and len(chosen) < settings.max_motifs:
        # One of each cluster and start is enough: neighbouring temperatures of a start say the same thing.
        options = [(cluster, index) for cluster in clusters for index in _best_of_each_start(ranked, cluster)]
        gains = np.stack([evidence.gains(ranked[index].motif)[0] for _, index in options])
        cluster, best = options[int(gains.mean(axis=1).argmax())]
        name = f"{given.prefix}_class_motif" + (f"_{len(chosen) + 1}" if chosen else "")
        motif = motif_of_cluster(ranked, cluster, best, evidence, given.trim, name)
        gain, occurrence = evidence.gains(motif)
        if gain.mean() < settings.min_gain or not is_above_zero(gain, _STANDARD_ERRORS):
            break
        clusters = [other for other in clusters if other is not cluster]
        sites = evidence.sites(motif, occurrence)
        # What merely fits the composition of positives, or of their remainder, has no sites.
        if motif.total_information < MIN_BITS or not is_above_zero(sites.excess, _STANDARD_ERRORS):
            continue
        likeness = np.array([align(ranked[best].motif, ranked[other].motif).similarity for _, other in options])
        starts = [ranked[other].origin_start for _, other in options]
        members = {ranked[member].origin_start for member in cluster.members}
        length = evidence.codes.shape[1]
        support = Support.of(
            gain,
            sites,
            motif.width,
            length,
            starts=len(members),
            all_starts=all_starts,
            networks=len({network for network, _ in members}),
            stability=_stability(gains, likeness, starts, all_starts, settings, random),
        )
        evidence.add(motif, occurrence, sites)
        chosen.append((motif, support))
    return chosen


def _best_of_each_start(ranked: Sequence[RankedCandidate], cluster: Cluster) -> list[int]:
    best: dict[tuple[int, int], int] = {}
    for index in cluster.members:
        best.setdefault(ranked[index].origin_start, index)
    return list(best.values())


def _stability(
    gains: NDArray[np.float64],
    likeness: NDArray[np.float64],
    starts: Sequence[tuple[int, int]],
    all_starts: int,
    settings: Distinction,
    random: np.random.Generator,
) -> float:
    """Mean ``likeness`` of what is chosen when starts and sequences are resampled.

    Args:
        gains: (candidates, N) bits.
        likeness: (candidates,) to the motif chosen.
        starts: that led to each candidate.
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
            if gain.max() >= settings.min_gain:
                total += max(float(likeness[there[gain.argmax()]]), 0.0)
    return total / settings.resamples
