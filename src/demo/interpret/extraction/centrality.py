"""Whether the sites of a motif lie in the middle of peaks: central enrichment, as CentriMo tests it.

A ChIP-seq peak is highest where the factor touches DNA. Sites that it binds itself lie near the summit; those of
partners, and of what merely abounds in open chromatin, lie anywhere (Bailey & Machanick, Nucleic Acids Research
40:e128, 2012). This holds where sequences are centred on summits, as DeepBind's are and ``prepare.py``'s.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Centrality:
    """How much of a motif lies in the middle of its sequences.

    Attributes:
        sites: sequences with a site, one each.
        region: places of the central region where they are most enriched.
        inside: part of the sites that begin there, 0 to 1.
        expected: part of all places, which is what sites strewn at random would give, 0 to 1.
        p_value: of so many sites there by chance, binomial, adjusted for all regions tried.
    """

    sites: int
    region: int
    inside: float
    expected: float
    p_value: float


def central_enrichment(starts: NDArray[np.integer], places: int) -> Centrality:
    """The central region in which sites are most enriched.

    Args:
        starts: (N,) where the site of each sequence begins, from 0; N at least 1.
        places: where it could begin, L - W + 1 for sequences of L and a motif of W positions.

    Returns:
        Of the symmetric regions of at most half the places, the one with the smallest p-value; of a single place, that.
    """
    from scipy.stats import binom

    # Twice the distance from the middle, which may lie between two places; a region of n places holds what is below n.
    distance = np.abs(2 * np.asarray(starts) - (places - 1))
    regions = np.arange(1 if places % 2 else 2, max(places // 2, 2) + 1, 2)
    inside = (distance[:, None] < regions).sum(axis=0)
    p_values = binom.sf(inside - 1, len(distance), regions / places)
    best = int(p_values.argmin())
    adjusted = -np.expm1(len(regions) * np.log1p(-min(p_values[best], 1 - 1e-16)))
    return Centrality(
        sites=len(distance),
        region=int(regions[best]),
        inside=float(inside[best] / len(distance)),
        expected=float(regions[best] / places),
        p_value=float(adjusted),
    )
