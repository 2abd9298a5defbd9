from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score, precision_score

from kit.classes import true_classes
from kit.errors import InputError
from kit.metrics import F1, BalancedAccuracy, Metric, Precision, metric_name

RNG = np.random.default_rng(0)
N_CLASSES = 6
# The last class never occurs, and is predicted.
CODES = RNG.integers(0, N_CLASSES - 1, 150)
Y = np.eye(N_CLASSES, dtype=np.float32)[CODES]
P = RNG.dirichlet(np.ones(N_CLASSES), 150).astype(np.float32)
METRICS = [F1(), F1("weighted"), Precision(), Precision("weighted"), BalancedAccuracy()]


def oracle(metric: Metric, rows: np.ndarray, weights: np.ndarray | None = None) -> float:
    truth, named = CODES[rows], P[rows].argmax(axis=1)
    if isinstance(metric, F1):
        return float(f1_score(truth, named, average=metric.average, sample_weight=weights, zero_division=0))
    if isinstance(metric, Precision):
        return float(precision_score(truth, named, average=metric.average, sample_weight=weights, zero_division=0))
    return float(balanced_accuracy_score(truth, named, sample_weight=weights))


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
@pytest.mark.parametrize("metric", METRICS, ids=metric_name)
def test_equal_scikit_learns_plain_weighted_and_resampled(metric: Metric) -> None:
    every, weights = np.arange(150), np.random.default_rng(2).random(150)
    assert metric(Y, P) == pytest.approx(oracle(metric, every))
    assert metric(Y, P, weights) == pytest.approx(oracle(metric, every, weights))
    draws = [np.random.default_rng(seed).integers(0, 150, 150) for seed in range(3)]
    counts = np.array([np.bincount(drawn, minlength=150) for drawn in draws], dtype=np.float64)
    np.testing.assert_allclose(metric.resampled(Y, P, counts), [oracle(metric, drawn) for drawn in draws])


@pytest.mark.parametrize("metric", METRICS, ids=metric_name)
def test_a_perfect_prediction_is_best(metric: Metric) -> None:
    assert metric(Y, Y) == pytest.approx(metric.best)


def test_the_number_of_a_guess() -> None:
    rng = np.random.default_rng(1)
    shares = np.array([0.7, 0.2, 0.1])
    truth = np.eye(3, dtype=np.float32)[rng.choice(3, 60_000, p=shares)]
    guesses = np.eye(3, dtype=np.float32)[rng.integers(0, 3, 60_000)]
    assert BalancedAccuracy()(truth, guesses) == pytest.approx(1 / 3, abs=0.01)
    assert Precision()(truth, guesses) == pytest.approx(1 / 3, abs=0.01)
    assert F1()(truth, guesses) == pytest.approx(np.mean(2 * shares / (3 * shares + 1)), abs=0.01)


def test_a_row_of_no_class_is_refused() -> None:
    with pytest.raises(InputError, match="no single class"):
        true_classes(np.zeros((1, 3), dtype=np.float32))
