"""From hundreds of optima to a few motifs: ranked, clustered, and each cluster averaged and sharpened.

All of it rests on validation positives and their shuffles; which clusters are kept is decided in ``class_motifs.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from demo.interpret.extraction.evidence import Evidence, Separation, is_above_zero, separation
from demo.interpret.extraction.methods import ExtractionInput
from demo.interpret.extraction.windows import WindowCandidate, WindowOptimisation, window_optima
from demo.motifs.alignment import Alignment, align
from demo.motifs.motif import Motif
from demo.networks.inference import Rounded
from demo.sequences import Alphabet
from demo.utils.errors import DemoError

MIN_BITS = 4.0
"""In all, below which an optimum is no motif."""

_EXPONENTS = (0.5, 0.6, 0.7, 0.85, 1.0, 1.2, 1.5)
_WEAK = 0.4  # of the bits below which flanks are cut: positions next to the motif stay from here


@dataclass(frozen=True)
class RankedCandidate:
    """An optimum as a motif, and how well it separates validation data.

    Args:
        motif: trimmed.
        separation: on validation positives and their shuffles.
        origin: the window before trimming.
        cut: bp of that window before the motif.
        network: index of the network that it is an optimum of.
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


def rank_candidates(given: ExtractionInput, name: str, settings: WindowOptimisation) -> list[RankedCandidate]:
    """Optimise windows, and rank the optima by ``Separation.information`` on validation data.

    The optima of several networks are pooled: a mean of their logits would hide what only some of them learned.

    Args:
        given: training positives are backgrounds (shuffled) and starts; validation positives are for the choice only.
        name: of the motifs.
        settings: of the windows.

    Returns:
        Best first; empty if no network has an optimum with at least 4 bits.

    Raises:
        DemoError: the sequences are shorter than the window.
    """
    length = given.training_positives.shape[1]
    if length < settings.width:
        raise DemoError(
            f"A window of {settings.width} bp does not fit in sequences of {length} bp.",
            fix=f"motif.extraction.window.width={length}",
        )
    positives, shuffles = given.pairs(settings.seed)
    ranked = []
    for number, network in enumerate(given.networks):
        seeded = replace(settings, seed=settings.seed + number)
        for candidate in window_optima(Rounded(network), given.training_positives, seeded):
            motif = Motif(name, candidate.ppm, alphabet=given.alphabet)
            if motif.total_information < MIN_BITS or motif.information_content.max() < given.trim:
                continue
            cut = int(np.flatnonzero(motif.information_content >= given.trim)[0])
            motif = motif.trim(given.trim)
            ranked.append(RankedCandidate(motif, separation(motif, positives, shuffles), candidate, cut, number))
    return sorted(ranked, key=lambda r: -r.separation.information)


@dataclass(frozen=True)
class Cluster:
    """Motifs that resemble one of them.

    Args:
        members: indices into the list that was clustered, the leader's first.
        alignments: of each with the leader; the leader's own is offset 0, ``"+"``, 1.
    """

    members: list[int]
    alignments: list[Alignment]

    @property
    def leader(self) -> int:
        """Index of the motif that the others resemble: the first of them."""
        return self.members[0]


def cluster_motifs(motifs: Sequence[Motif], similarity: float) -> list[Cluster]:
    """Group motifs that are similar on either strand.

    Leader clustering: the first motif leads the first cluster; each further one joins the leader it is most similar
    to, or leads a cluster of its own if its similarity to all of them is below ``similarity``. With the best motifs
    first, each cluster is led by its best one, and a weak one cannot bridge two clusters.

    Args:
        motifs: best first.
        similarity: of ``demo.motifs.alignment.align``, at most 1.

    Returns:
        Clusters in the order of their leaders.
    """
    clusters: list[Cluster] = []
    for index, motif in enumerate(motifs):
        alignments = [align(motifs[cluster.leader], motif) for cluster in clusters]
        nearest = max(range(len(clusters)), key=lambda i: alignments[i].similarity, default=None)
        if nearest is None or alignments[nearest].similarity < similarity:
            clusters.append(Cluster([index], [Alignment(0, "+", 1.0)]))
        else:
            clusters[nearest].members.append(index)
            clusters[nearest].alignments.append(alignments[nearest])
    return clusters


def motif_of_cluster(
    ranked: Sequence[RankedCandidate], cluster: Cluster, best: int, evidence: Evidence, trim: float, name: str
) -> Motif:
    """The motif of a cluster: a mean of its members or its best one, as sharp as validation data prefer.

    The optimum of a window is too sharp where the network's logit rises faster than the log likelihood ratio it stands
    for, and one path of optima is noisy. ``p ** exponent``, normalised, is the optimum at another temperature.

    Of hundreds of optima, the best on a few hundred sequences is partly best by chance. So the mean of all members is
    taken unless another gains more by over one standard error, then that of the better half, and the best member last:
    the one-standard-error rule (Breiman, Friedman, Olshen & Stone 1984, *Classification and Regression Trees*).
    """
    # Members are in order, the best first; which of them is ``best`` depends on the motifs chosen before.
    laid = list(zip(cluster.members, cluster.alignments, strict=True))
    groups = (laid, laid[: -(-len(laid) // 2)], [one for one in laid if one[0] == best])
    ppms = [average_ppm([ranked[index] for index, _ in group], [how for _, how in group]) for group in groups]
    alphabet = ranked[best].motif.alphabet
    options = [option for ppm in ppms if (option := _sharpened(ppm, evidence, trim, name, alphabet))]
    largest = max((gain for _, gain in options), key=np.mean)
    return next(motif for motif, gain in options if not is_above_zero(largest - gain, standard_errors=1))


def _sharpened(
    ppm: NDArray[np.float64], evidence: Evidence, trim: float, name: str, alphabet: Alphabet
) -> tuple[Motif, NDArray[np.float64]] | None:
    """The motif with the exponent and flanks that gain most, and the bits of each pair; None where all is flat."""
    motifs = []
    for exponent in _EXPONENTS:
        sharpened = ppm**exponent
        motif = Motif(name, sharpened / sharpened.sum(axis=1, keepdims=True), alphabet=alphabet)
        if motif.information_content.max() >= trim:
            motifs += [motif.trim(trim), _with_flanks(motif, trim)]
    return max(((motif, evidence.gains(motif)[0]) for motif in motifs), key=lambda pair: pair[1].mean(), default=None)


def _with_flanks(motif: Motif, trim: float) -> Motif:
    """``motif`` trimmed, except for weak positions next to what is left."""
    bits_there = motif.information_content
    strong, weak = np.flatnonzero(bits_there >= trim), bits_there >= _WEAK * trim
    first, last = int(strong[0]), int(strong[-1])
    while first > 0 and weak[first - 1]:
        first -= 1
    while last < motif.width - 1 and weak[last + 1]:
        last += 1
    return motif.window(first, last - first + 1)


def average_ppm(members: Sequence[RankedCandidate], alignments: Sequence[Alignment]) -> NDArray[np.float64]:
    """The mean of optimised windows, each aligned with the leader of its cluster.

    Args:
        members: of one cluster, with windows of one width W.
        alignments: of each with the leader, in the same order.

    Returns:
        (W', 4) rows that sum to 1: the positions that at least half of the members cover, on the leader's strand.
    """
    width = len(members[0].origin.ppm)
    # Positions from the first of the leader's motif; every member that overlaps it lies within two windows.
    total, covered = np.zeros((4 * width, members[0].origin.ppm.shape[1])), np.zeros(4 * width)
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
