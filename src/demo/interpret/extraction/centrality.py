"""Whether the sites of a motif lie in the middle of peaks: central enrichment, as CentriMo tests it.

A ChIP-seq peak is highest where the factor touches DNA. Sites that it binds itself lie near the summit; those of
partners, and of what merely abounds in open chromatin, lie anywhere (Bailey & Machanick, Nucleic Acids Research
40:e128, 2012). This holds if sequences are centred on summits, as DeepBind's are and ``prepare.py``'s.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_PARTS = 21  # of a profile: odd, so that one is in the middle


@dataclass(frozen=True)
class Centrality:
    """How central the sites of a motif are.

    Attributes:
        sites: sequences with a site, one each.
        region: starts in the central region where they are most enriched.
        inside: fraction of the sites that begin there, 0 to 1.
        expected: fraction of sites at random that would, 0 to 1.
        p_value: of as many sites there by chance, binomial, adjusted for all regions tried.
    """

    sites: int
    region: int
    inside: float
    expected: float
    p_value: float


@dataclass(frozen=True)
class SiteProfile:
    """Where along the sequences the sites of a motif lie, by their middle.

    Attributes:
        length: of the sequences in bp.
        positives: number of sites in each of the equal parts of the sequence, in the positives.
        shuffles: likewise, in their shuffles.
    """

    length: int
    positives: list[int]
    shuffles: list[int]

    @classmethod
    def of(cls, positives: NDArray[np.integer], shuffles: NDArray[np.integer], width: int, length: int) -> SiteProfile:
        """From the (N,) starts of sites of ``width`` bp in sequences of ``length`` bp, from 0."""
        edges = np.linspace(0, length, min(_PARTS, length) + 1)

        def counts(starts: NDArray[np.integer]) -> list[int]:
            return [int(n) for n in np.histogram(np.asarray(starts) + width / 2, edges)[0]]

        return cls(length, counts(positives), counts(shuffles))


def central_enrichment(starts: NDArray[np.integer], possible: int) -> Centrality:
    """The central region in which sites are most enriched.

    Args:
        starts: (N,) where the site of each sequence begins, from 0; N at least 1.
        possible: number of starts, L - W + 1 for sequences of L bp and a motif of W bp.

    Returns:
        Of the symmetric regions of at most half the starts, the one with the smallest p-value; of a single start, that.
    """
    from scipy.stats import binom

    # Twice the distance from the middle, which may lie between two starts; a region of n starts holds what is below n.
    distance = np.abs(2 * np.asarray(starts) - (possible - 1))
    regions = np.arange(1 if possible % 2 else 2, max(possible // 2, 2) + 1, 2)
    inside = (distance[:, None] < regions).sum(axis=0)
    p_values = binom.sf(inside - 1, len(distance), regions / possible)
    best = int(p_values.argmin())
    adjusted = -np.expm1(len(regions) * np.log1p(-min(p_values[best], 1 - 1e-16)))
    return Centrality(
        sites=len(distance),
        region=int(regions[best]),
        inside=float(inside[best] / len(distance)),
        expected=float(regions[best] / possible),
        p_value=float(adjusted),
    )
