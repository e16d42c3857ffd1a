"""How well scores separate positives from negatives, and how well calibrated probabilities are."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class ClassMeasures:
    """Measures of one class of several against all others.

    Attributes:
        count: number of its sequences.
        auroc: area under the ROC curve, 0-1.
        auroc_ci: its 95 % interval, (low, high).
        average_precision: area under the precision-recall curve, 0-1.
        recall: fraction of its sequences that are predicted to be of it.
        precision: fraction of those predicted to be of it that are; ``None`` if there are none.
    """

    count: int
    auroc: float
    auroc_ci: tuple[float, float]
    average_precision: float
    recall: float
    precision: float | None


@dataclass(frozen=True)
class Classes:
    """What there is to say of K > 2 classes besides the means over them.

    Attributes:
        accuracy: fraction of sequences whose class has the highest probability, 0-1.
        accuracy_ci: its 95 % interval (Wilson 1927), (low, high).
        each: measures of each class, by name, in the order of their labels.
        confusion: (K, K) numbers of sequences, by their class (rows) and the predicted one (columns).
    """

    accuracy: float
    accuracy_ci: tuple[float, float]
    each: Mapping[str, ClassMeasures]
    confusion: list[list[int]]


@dataclass(frozen=True)
class Evaluation:
    """Measures of N scores against their labels.

    Attributes:
        auroc: area under the ROC curve, 0-1; of K classes the mean over classes, each against all others (macro).
        auroc_ci: its 95 % interval, (low, high).
        average_precision: area under the precision-recall curve as a step function, 0-1; of K classes the mean.
        positives: number of positives; of K classes the number of sequences.
        negatives: number of negatives; 0 of K classes.
        classes: of K > 2 classes, more about them.
    """

    auroc: float
    auroc_ci: tuple[float, float]
    average_precision: float
    positives: int
    negatives: int
    classes: Classes | None = None


def evaluate(
    labels: NDArray[np.uint8],
    scores: NDArray[np.float32],
    resamples: int = 2000,
    names: Sequence[str] = ("0", "1"),
) -> Evaluation:
    """AUROC with its bootstrap interval, and average precision.

    Args:
        labels: (N,) 1 or 0, both present; of K classes 0 to K - 1, all present.
        scores: (N,) higher for positives; of K classes (N, K) logits.
        resamples: bootstrap samples.
        names: of the classes.
    """
    if scores.ndim == 2:
        return _evaluate_classes(labels, probabilities(scores, 1.0, len(names)), resamples, names)
    # Imported here and below, so that a finished run is shown without waiting for it.
    from sklearn.metrics import average_precision_score, roc_auc_score

    return Evaluation(
        auroc=float(roc_auc_score(labels, scores)),
        auroc_ci=auroc_interval(labels, scores, resamples),
        average_precision=float(average_precision_score(labels, scores)),
        positives=int((labels == 1).sum()),
        negatives=int((labels == 0).sum()),
    )


def _evaluate_classes(
    labels: NDArray[np.uint8], p: NDArray[np.float64], resamples: int, names: Sequence[str]
) -> Evaluation:
    from scipy.stats import binomtest
    from sklearn.metrics import average_precision_score

    predicted = p.argmax(1)
    confusion = np.zeros((len(names), len(names)), np.int64)
    np.add.at(confusion, (labels, predicted), 1)
    aurocs = _resampled_classes(labels, p, resamples)
    # Not of the bootstrap, which has no width where a class is always or never right.
    right = binomtest(int((predicted == labels).sum()), len(labels))
    low, high = right.proportion_ci(method="wilson")
    each = {}
    for number, name in enumerate(names):
        of_class = (labels == number).astype(np.uint8)
        said = int(confusion[:, number].sum())
        each[name] = ClassMeasures(
            count=int(of_class.sum()),
            auroc=macro_auroc(of_class, p[:, number]),
            auroc_ci=_percentiles(aurocs[:, number]),
            average_precision=float(average_precision_score(of_class, p[:, number])),
            recall=float(confusion[number, number] / of_class.sum()),
            precision=float(confusion[number, number] / said) if said else None,
        )
    return Evaluation(
        auroc=float(np.mean([one.auroc for one in each.values()])),
        auroc_ci=_percentiles(aurocs.mean(1)),
        average_precision=float(np.mean([one.average_precision for one in each.values()])),
        positives=len(labels),
        negatives=0,
        classes=Classes(float(right.statistic), (float(low), float(high)), each, confusion.tolist()),
    )


def _resampled_classes(labels: NDArray[np.uint8], p: NDArray[np.float64], resamples: int) -> NDArray[np.float64]:
    """(R, K) AUROCs of each class against all others, of bootstrap samples of each class's sequences; of many classes
    of fewer samples, at least 200."""
    random = np.random.default_rng(0)
    count, classes = p.shape
    resamples = max(200, resamples * 3 // classes) if classes > 3 else resamples
    of_class = [np.flatnonzero(labels == number) for number in range(classes)]
    places = [np.unique(p[:, number], return_inverse=True)[1] for number in range(classes)]
    aurocs = np.empty((resamples, classes))
    for i in range(resamples):
        drawn = np.concatenate([rows[random.integers(len(rows), size=len(rows))] for rows in of_class])
        weights = np.bincount(drawn, minlength=count)
        for number, (rows, place) in enumerate(zip(of_class, places, strict=True)):
            won = np.bincount(place[rows], weights[rows], place.max() + 1)
            lost = np.bincount(place, weights) - won
            aurocs[i, number] = won @ (np.cumsum(lost) - lost / 2) / (won.sum() * lost.sum())
    return aurocs


def macro_auroc(labels: NDArray[np.uint8], scores: NDArray[np.floating]) -> float:
    """AUROC of (N,) scores; of (N, K) the mean over the classes that are there, each against all others."""
    from sklearn.metrics import roc_auc_score

    if scores.ndim == 1:
        return float(roc_auc_score(labels, scores))
    # Log odds against the others: raw logits of a softmax are not comparable between sequences.
    log_p = np.log(np.maximum(probabilities(scores, 1.0, scores.shape[1]), 1e-300))
    return float(np.mean([roc_auc_score(labels == number, log_p[:, number]) for number in np.unique(labels)]))


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
    return _percentiles(aurocs, level)


def _percentiles(values: NDArray[np.float64], level: float = 0.95) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
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
        labels: (N,) 1 or 0, of validation sequences, both present; of K classes 0 to K - 1.
        logits: (N,) log odds, finite; (N, K) of K classes.

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


def probabilities(logits: ArrayLike, temperature: float, classes: int = 2) -> NDArray[np.float64]:
    """Calibrated probabilities of binding, 0-1, of log odds of any shape; of K > 2 classes, of logits (..., K).

    They assume that half of the sequences are bound, as in the validation data; for rarer sites, scale the odds.
    """
    from scipy.special import expit, softmax

    if classes > 2:
        return np.asarray(softmax(np.asarray(logits, np.float64) / temperature, axis=-1))
    return expit(np.asarray(logits, np.float64) / temperature)


def reliability(
    labels: NDArray[np.uint8], logits: NDArray[np.float32], temperature: float = 1.0, bins: int = 15
) -> Reliability:
    """How well ``expit(logits / temperature)`` fits the labels.

    Args:
        labels: (N,) 1 or 0; of K classes 0 to K - 1.
        logits: (N,) log odds; (N, K) of K classes, of which the probability of the predicted one is judged.
        temperature: above 0; 1 for uncalibrated.
        bins: of the expected calibration error (Naeini, Cooper & Hauskrecht 2015).
    """
    scaled = np.asarray(logits, np.float64) / temperature
    if scaled.ndim == 2:
        every = probabilities(logits, temperature, scaled.shape[1])
        p, truth = every.max(1), (every.argmax(1) == labels).astype(np.float64)
    else:
        p, truth = probabilities(logits, temperature), labels
    place = np.minimum((p * bins).astype(int), bins - 1)
    # |bin| / N * |mean of labels - mean of probabilities| is |sum of differences| / N.
    gaps = np.abs(np.bincount(place, truth - p, minlength=bins))
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
    if scaled.ndim == 2:
        highest = scaled.max(1, keepdims=True)
        total = highest[:, 0] + np.log(np.exp(scaled - highest).sum(1))
        return float((total - scaled[np.arange(len(labels)), labels]).mean())
    return float(np.logaddexp(0, np.where(labels == 1, -scaled, scaled)).mean())
