"""How sharp a class motif is, and where it ends: as validation data want it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from demo.interpret.extraction.class_motif import RankedCandidate
from demo.interpret.extraction.clustering import Cluster
from demo.interpret.extraction.evidence import Evidence, is_above_zero
from demo.motifs.alignment import Alignment
from demo.motifs.motif import Motif

_EXPONENTS = (0.5, 0.6, 0.7, 0.85, 1.0, 1.2, 1.5)
_WEAK = 0.4  # of the bits below which flanks are cut: those right beside the motif may stay from here


def motif_of_cluster(
    ranked: Sequence[RankedCandidate], cluster: Cluster, best: int, evidence: Evidence, trim: float, name: str
) -> Motif:
    """The motif of a cluster: a mean of its members or its best one, as sharp as validation data want it.

    The optimum of a window is too sharp where the network's logit rises faster than the log likelihood ratio it stands
    for, and one path of optima is noisy. ``p ** exponent``, scaled to 1, is the optimum at another temperature.

    Of hundreds of optima, the best on a few hundred sequences is so by chance, too. So the mean of all members is taken
    unless another tells more by over one standard error, then the mean of the better half, and the best member last:
    the one-standard-error rule (Breiman, Friedman, Olshen & Stone 1984, *Classification and Regression Trees*).
    """
    # Members are in order, the best first; which of them is ``best`` depends on the motifs chosen before.
    laid = list(zip(cluster.members, cluster.alignments, strict=True))
    groups = (laid, laid[: -(-len(laid) // 2)], [one for one in laid if one[0] == best])
    ppms = [average_ppm([ranked[place] for place, _ in group], [how for _, how in group]) for group in groups]
    options = [option for ppm in ppms if (option := _sharpened(ppm, evidence, trim, name))]
    most = max((gain for _, gain in options), key=np.mean)
    return next(motif for motif, gain in options if not is_above_zero(most - gain, standard_errors=1))


def _sharpened(
    ppm: NDArray[np.float64], evidence: Evidence, trim: float, name: str
) -> tuple[Motif, NDArray[np.float64]] | None:
    """The exponent and the flanks that tell most, with the bits that each pair gains; None where all is flat."""
    motifs = []
    for exponent in _EXPONENTS:
        sharpened = ppm**exponent
        motif = Motif(name, sharpened / sharpened.sum(axis=1, keepdims=True))
        if motif.information_content.max() >= trim:
            motifs += [motif.trim(trim), _with_flanks(motif, trim)]
    return max(((motif, evidence.gains(motif)[0]) for motif in motifs), key=lambda pair: pair[1].mean(), default=None)


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
