"""Temperature: one number that makes a network's probabilities say how often it is right.

Source: Guo, Pleiss, Sun & Weinberger 2017, "On Calibration of Modern Neural Networks", section 4.2.
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit

LOWEST, HIGHEST = 0.1, 10.0
"""Temperatures lie between these: where scores separate the classes fully, likelihood alone would go to 0."""


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
    """The T for which ``expit(logits / T)`` has the highest likelihood; the order of the sequences stays.

    Args:
        labels: (N,) 1 or 0, of validation sequences, both present.
        logits: (N,) log odds, finite.

    Returns:
        T, from ``LOWEST`` to ``HIGHEST``: above 1 where the network is too sure of itself, below 1 where it is too shy.
    """
    found = minimize_scalar(
        lambda log_t: _negative_log_likelihood(labels, np.asarray(logits, np.float64) / np.exp(log_t)),
        bounds=(np.log(LOWEST), np.log(HIGHEST)),
        method="bounded",
        options={"xatol": 1e-6},
    )
    return float(np.exp(found.x))


def probabilities(logits: ArrayLike, temperature: float) -> NDArray[np.float64]:
    """Calibrated probabilities of binding, 0-1, of log odds of any shape.

    They hold where half of the sequences are bound, as in the validation data: rarer sites need the odds scaled.
    """
    return expit(np.asarray(logits, np.float64) / temperature)


def reliability(
    labels: NDArray[np.uint8], logits: NDArray[np.float32], temperature: float = 1.0, bins: int = 15
) -> Reliability:
    """How well ``expit(logits / temperature)`` fits the labels.

    Args:
        labels: (N,) 1 or 0.
        logits: (N,) log odds.
        temperature: above 0; 1 for the network as it is.
        bins: of the expected calibration error (Naeini, Cooper & Hauskrecht 2015).
    """
    scaled = np.asarray(logits, np.float64) / temperature
    p = expit(scaled)
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
