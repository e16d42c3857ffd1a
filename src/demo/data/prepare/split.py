"""Which peaks are held out for the test."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from demo.data.prepare.bound import Bound
from demo.utils.errors import DemoError

TOP = 1000
"""DeepBind divides this many of the strongest peaks evenly between training and test."""
FEWEST_PEAKS = 50


def by_rank(count: int) -> NDArray[np.bool_]:
    """(N,) whether a peak is a test peak: those of even rank (2, 4, ...) among the 1,000 strongest.

    With fewer than 1,500 peaks, those of even rank among the strongest two thirds, so that at most a third are test
    peaks, as with 1,500.
    """
    test = np.zeros(count, bool)
    test[1 : min(TOP, 2 * count // 3) : 2] = True
    return test


def by_chromosome(bound: Bound, chromosomes: Sequence[str]) -> NDArray[np.bool_]:
    """(N,) whether a peak is a test peak: those on ``chromosomes``.

    Raises:
        DemoError: no peak is on one of these chromosomes, or none is elsewhere.
    """
    there = list(dict.fromkeys(bound.chroms.tolist()))
    missing = [chrom for chrom in chromosomes if chrom not in there]
    if missing or not chromosomes or set(there) <= set(chromosomes):
        what = f"No peak is on {', '.join(missing)}." if missing else "No peak is left for the test or for training."
        raise DemoError(what, where="test_chromosomes", exists=sorted(there)[:30], fix=f"test_chromosomes=[{there[0]}]")
    return np.isin(bound.chroms, list(chromosomes))


def overlapping(bound: Bound, test: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(N,) whether a training window overlaps a test window."""
    shared = np.zeros(len(bound), bool)
    if not bound.have_regions:
        return shared
    length = bound.codes.shape[1]
    for chrom in np.unique(bound.chroms):
        here = bound.chroms == chrom
        starts = np.sort(bound.starts[here & test])
        if len(starts):
            right = np.searchsorted(starts, bound.starts[here])
            to_right = starts[np.minimum(right, len(starts) - 1)] - bound.starts[here]
            to_left = bound.starts[here] - starts[np.maximum(right - 1, 0)]
            shared[here] = (np.abs(to_right) < length) | (np.abs(to_left) < length)
    return shared & ~test
