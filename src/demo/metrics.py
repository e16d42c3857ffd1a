"""How well scores separate positives from negatives, and how well calibrated probabilities are."""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


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
        resamples: bootstrap samples.
    """
    # Imported here and below, so that a finished run is shown without waiting for it.
    from sklearn.metrics import average_precision_score, roc_auc_score

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
    """Percentile bootstrap interval of the AUROC; positives and negatives are resampled separately.

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


LOWEST, HIGHEST = 0.1, 10.0
"""Bounds of the temperature: if scores separate the classes perfectly, likelihood alone would drive it to 0."""


@dataclass(frozen=True)
class Reliability:
    """How well probabilities fit the labels.

    Attributes:
        negative_log_likelihood: mean, in nats per sequence, 0 or more.
        expected_calibration_error: mean distance between probability and frequency, 0-1, in 15 bins of equal width.
    """

    negative_log_likelihood: float
    expected_calibration_error: float


def fit_temperature(labels: NDArray[np.uint8], logits: NDArray[np.float32]) -> float:
    """The T for which ``expit(logits / T)`` has the highest likelihood (Guo et al. 2017); the ranking stays the same.

    Args:
        labels: (N,) 1 or 0, of validation sequences, both present.
        logits: (N,) log odds, finite.

    Returns:
        T, from ``LOWEST`` to ``HIGHEST``: above 1 if the network is overconfident, below 1 if it is underconfident.
    """
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda log_t: _negative_log_likelihood(labels, np.asarray(logits, np.float64) / np.exp(log_t)),
        bounds=(np.log(LOWEST), np.log(HIGHEST)),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(np.exp(found.x))


def probabilities(logits: ArrayLike, temperature: float) -> NDArray[np.float64]:
    """Calibrated probabilities of binding, 0-1, of log odds of any shape.

    They assume that half of the sequences are bound, as in the validation data; for rarer sites, scale the odds.
    """
    from scipy.special import expit

    return expit(np.asarray(logits, np.float64) / temperature)


def reliability(
    labels: NDArray[np.uint8], logits: NDArray[np.float32], temperature: float = 1.0, bins: int = 15
) -> Reliability:
    """How well ``expit(logits / temperature)`` fits the labels.

    Args:
        labels: (N,) 1 or 0.
        logits: (N,) log odds.
        temperature: above 0; 1 for uncalibrated.
        bins: of the expected calibration error (Naeini, Cooper & Hauskrecht 2015).
    """
    scaled = np.asarray(logits, np.float64) / temperature
    p = probabilities(logits, temperature)
    place = np.minimum((p * bins).astype(int), bins - 1)
    # |bin| / N * |mean of labels - mean of probabilities| is |sum of differences| / N.
    gaps = np.abs(np.bincount(place, labels - p, minlength=bins))
    return Reliability(_negative_log_likelihood(labels, scaled), float(gaps.sum() / len(p)))


def before_and_after(
    labels: NDArray[np.uint8], logits: NDArray[np.float32], temperature: float
) -> dict[str, dict[str, float]]:
    """``reliability`` with temperature 1 (``before``) and with the one given (``after``), as ``result.json`` has it."""
    return {
        "before": asdict(reliability(labels, logits)),
        "after": asdict(reliability(labels, logits, temperature)),
    }


def _negative_log_likelihood(labels: NDArray[np.uint8], scaled: NDArray[np.float64]) -> float:
    return float(np.logaddexp(0, np.where(labels == 1, -scaled, scaled)).mean())
