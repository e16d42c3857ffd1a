import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import log_loss

from demo.metrics import HIGHEST, LOWEST, before_and_after, fit_temperature, probabilities, reliability


def simulated(temperature: float, count: int = 20_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels drawn from logits, which are then multiplied by ``temperature``: too sure by just that."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2, count)
    labels = (random.random(count) < expit(logits)).astype(np.uint8)
    return labels, (logits * temperature).astype(np.float32)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_it_finds_the_temperature_that_was_put_in(temperature: float) -> None:
    assert fit_temperature(*simulated(temperature)) == pytest.approx(temperature, rel=0.05)


def test_no_other_temperature_is_likelier() -> None:
    labels, logits = simulated(1.7, 500, 3)
    fitted = fit_temperature(labels, logits)
    best = reliability(labels, logits, fitted).negative_log_likelihood
    for other in np.geomspace(LOWEST, HIGHEST, 200):
        assert best <= reliability(labels, logits, other).negative_log_likelihood + 1e-9


def test_classes_that_are_fully_apart_or_mixed_up_stay_within_the_bounds() -> None:
    labels = np.repeat(np.array([1, 0], np.uint8), 50)
    logits = np.where(labels == 1, 5, -5).astype(np.float32)
    assert fit_temperature(labels, logits) == pytest.approx(LOWEST, rel=1e-3)
    assert fit_temperature(1 - labels, logits) == pytest.approx(HIGHEST, rel=1e-3)


def test_calibration_against_scikit_learn_and_bins_by_hand() -> None:
    labels, logits = simulated(2.0, 300)
    p = probabilities(logits, 1.5)
    measured = reliability(labels, logits, 1.5)
    assert measured.negative_log_likelihood == pytest.approx(log_loss(labels, p))
    error = 0.0
    for low in range(15):
        inside = (p * 15 >= low) & ((p * 15 < low + 1) | (low == 14))
        if inside.any():
            error += inside.mean() * abs(labels[inside].mean() - p[inside].mean())
    assert measured.expected_calibration_error == pytest.approx(error)


def test_extreme_logits_are_finite_and_in_order() -> None:
    logits = np.array([-1e4, -50, 0, 50, 1e4], np.float32)
    p = probabilities(logits, 0.5)
    assert (np.diff(p) >= 0).all() and p[0] == 0 and p[-1] == 1 and p[2] == 0.5
    labels = np.array([1, 0, 1, 1, 0], np.uint8)
    assert np.isfinite(reliability(labels, logits).negative_log_likelihood)


def test_what_the_result_says() -> None:
    labels, logits = simulated(3.0)
    said = before_and_after(labels, logits, fit_temperature(labels, logits))
    assert said["after"]["negative_log_likelihood"] < said["before"]["negative_log_likelihood"]
    assert said["after"]["expected_calibration_error"] < 0.02 < said["before"]["expected_calibration_error"]
