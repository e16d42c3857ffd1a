"""How well scores tell positives from negatives, with an interval."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score


@dataclass(frozen=True)
class Evaluation:
    """Measures of N scores against their labels.

    Attributes:
        auroc: area under the ROC curve, 0-1.
        auroc_ci: its 95 % interval, (low, high).
        average_precision: area under the precision-recall curve as a step function, 0-1.
        positives: number of positives.
        negatives: number of negatives.
    """

    auroc: float
    auroc_ci: tuple[float, float]
    average_precision: float
    positives: int
    negatives: int


def evaluate(labels: NDArray[np.uint8], scores: NDArray[np.float32], resamples: int = 2000) -> Evaluation:
    """AUROC with its bootstrap interval, and average precision.

    Args:
        labels: (N,) 1 or 0, both present.
        scores: (N,) higher for positives.
        resamples: of the bootstrap.
    """
    return Evaluation(
        auroc=float(roc_auc_score(labels, scores)),
        auroc_ci=auroc_interval(labels, scores, resamples),
        average_precision=float(average_precision_score(labels, scores)),
        positives=int((labels == 1).sum()),
        negatives=int((labels == 0).sum()),
    )


def auroc_interval(
    labels: NDArray[np.uint8], scores: NDArray[np.float32], resamples: int = 2000, level: float = 0.95
) -> tuple[float, float]:
    """Percentile bootstrap interval of the AUROC; positives and negatives are resampled apart, as the design has them.

    The seed is fixed: the same scores have the same interval.

    Args:
        labels: (N,) 1 or 0, both present.
        scores: (N,) higher for positives.
        resamples: bootstrap samples.
        level: coverage, 0-1.

    Returns:
        (low, high), 0-1.
    """
    random = np.random.default_rng(0)
    values, place = np.unique(scores, return_inverse=True)
    positives, negatives = place[labels == 1], place[labels == 0]
    aurocs = np.empty(resamples)
    for i in range(resamples):
        won = np.bincount(positives[random.integers(len(positives), size=len(positives))], minlength=len(values))
        lost = np.bincount(negatives[random.integers(len(negatives), size=len(negatives))], minlength=len(values))
        # A positive outscores the negatives below it and half of those it ties with: the Mann-Whitney statistic.
        aurocs[i] = won @ (np.cumsum(lost) - lost / 2) / (len(positives) * len(negatives))
    low, high = np.quantile(aurocs, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
