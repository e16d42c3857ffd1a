"""Motifs that are alike, put together: the distinct ones among many optima."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from demo.motifs.alignment import Alignment, align
from demo.motifs.motif import Motif


@dataclass(frozen=True)
class Cluster:
    """Motifs alike to one of them.

    Args:
        members: their places in the list that was clustered, the leader's first.
        alignments: how each lies on the leader; the leader's own is offset 0, ``"+"``, 1.
    """

    members: list[int]
    alignments: list[Alignment]

    @property
    def leader(self) -> int:
        """Place of the motif that the others are alike to: the first of them."""
        return self.members[0]


def cluster_motifs(motifs: Sequence[Motif], similarity: float) -> list[Cluster]:
    """Put motifs together that are alike on either strand.

    Leader clustering: the first motif leads the first cluster; each further one joins the leader it is most alike to,
    or leads a cluster of its own where it is less than ``similarity`` alike to all of them. With the best motifs first,
    each cluster is led by its best one, and a weak one cannot bridge two clusters.

    Args:
        motifs: best first.
        similarity: of ``demo.motifs.alignment.align``, at most 1.

    Returns:
        Clusters in the order of their leaders.
    """
    clusters: list[Cluster] = []
    for place, motif in enumerate(motifs):
        alignments = [align(motifs[cluster.leader], motif) for cluster in clusters]
        nearest = max(range(len(clusters)), key=lambda i: alignments[i].similarity, default=None)
        if nearest is None or alignments[nearest].similarity < similarity:
            clusters.append(Cluster([place], [Alignment(0, "+", 1.0)]))
        else:
            clusters[nearest].members.append(place)
            clusters[nearest].alignments.append(alignments[nearest])
    return clusters
