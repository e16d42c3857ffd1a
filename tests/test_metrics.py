import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from demo.metrics import auroc_interval, evaluate


def scores(positives: int, negatives: int, shift: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = np.repeat(np.array([1, 0], np.uint8), (positives, negatives))
    return labels, (random.normal(size=len(labels)) + shift * labels).astype(np.float32)


def test_interval_is_that_of_resampling_by_hand() -> None:
    labels, values = scores(80, 60, 1.0)
    values = values.round(1)  # ties
    random = np.random.default_rng(5)
    by_hand = []
    for _ in range(2000):
        positives = random.choice(values[labels == 1], 80)
        negatives = random.choice(values[labels == 0], 60)
        by_hand.append(roc_auc_score(labels, np.concatenate([positives, negatives])))
    assert auroc_interval(labels, values) == pytest.approx(np.quantile(by_hand, [0.025, 0.975]), abs=0.01)


def test_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    truth = 0.7602  # P(X > Y) for normals one standard deviation apart
    covered = 0
    for seed in range(200):
        low, high = auroc_interval(*scores(100, 100, 1.0, seed), resamples=300)
        covered += low <= truth <= high
    assert 0.88 <= covered / 200 <= 0.99


def test_perfect_and_inverted_scores() -> None:
    labels = np.array([1, 1, 0, 0], np.uint8)
    perfect = evaluate(labels, np.array([3, 2, 1, 0], np.float32))
    assert (perfect.auroc, perfect.auroc_ci, perfect.average_precision) == (1, (1, 1), 1)
    inverted = evaluate(labels, np.array([0, 1, 2, 3], np.float32))
    assert (inverted.auroc, inverted.auroc_ci) == (0, (0, 0))
    assert (inverted.positives, inverted.negatives) == (2, 2)
