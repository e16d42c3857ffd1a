"""Our AUROCs against published ones, over data sets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest, wilcoxon

TIE_DECIMALS = 4
"""AUROCs that are equal to this many decimals tie."""


@dataclass(frozen=True)
class Comparison:
    """Comparison of AUROCs over N data sets.

    Attributes:
        count: N.
        wins: ours is higher.
        losses: ours is lower.
        ties: equal to four decimals.
        wins_inside: wins whose bootstrap interval includes the published value.
        losses_inside: losses likewise.
        median: of our AUROCs, 0-1.
        published_median: of the published AUROCs on the same sets, 0-1.
        mean_difference: ours minus published.
        sign_p: two-sided sign test without ties; ``None`` if all tie.
        wilcoxon_p: two-sided Wilcoxon signed-rank test without zero differences; ``None`` if there are no others.
    """

    count: int
    wins: int
    losses: int
    ties: int
    wins_inside: int
    losses_inside: int
    median: float
    published_median: float
    mean_difference: float
    sign_p: float | None
    wilcoxon_p: float | None


def compare(
    ours: Sequence[float], intervals: Sequence[tuple[float, float]], published: Sequence[float]
) -> Comparison | None:
    """Count, test and average the differences; ``None`` without data sets.

    Args:
        ours: (N,) AUROCs, 0-1.
        intervals: (N, 2) their bootstrap intervals, low and high.
        published: (N,) AUROCs on the same data sets.
    """
    if not ours:
        return None
    difference = np.subtract(ours, published)
    rounded = difference.round(TIE_DECIMALS)
    wins, losses = rounded > 0, rounded < 0
    within = np.array([inside(interval, value) for interval, value in zip(intervals, published, strict=True)])
    decided = int(wins.sum() + losses.sum())
    return Comparison(
        count=len(ours),
        wins=int(wins.sum()),
        losses=int(losses.sum()),
        ties=len(ours) - decided,
        wins_inside=int((wins & within).sum()),
        losses_inside=int((losses & within).sum()),
        median=float(np.median(ours)),
        published_median=float(np.median(published)),
        mean_difference=float(difference.mean()),
        sign_p=float(binomtest(int(wins.sum()), decided).pvalue) if decided else None,
        wilcoxon_p=float(wilcoxon(difference).pvalue) if difference.any() else None,
    )


def inside(interval: tuple[float, float], value: float) -> bool:
    """Whether ``value`` lies in the interval (low, high)."""
    low, high = interval
    return low <= value <= high
