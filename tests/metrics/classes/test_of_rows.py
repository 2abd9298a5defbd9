from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    label_ranking_average_precision_score,
    log_loss,
    ndcg_score,
    top_k_accuracy_score,
)

from kit.errors import InputError
from kit.metrics import NDCG, Accuracy, ClassMetric, LogLoss, ReciprocalRank, TopK

RNG = np.random.default_rng(0)
N_CLASSES = 7
CODES = RNG.integers(0, N_CLASSES, 200)
Y = np.eye(N_CLASSES, dtype=np.float32)[CODES]
P = RNG.dirichlet(np.ones(N_CLASSES), 200).astype(np.float32)
WEIGHTS = RNG.random(200)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
def test_equal_scikit_learns(weights: np.ndarray | None) -> None:
    shares = P / P.sum(axis=1, keepdims=True)
    expected = {
        Accuracy(): accuracy_score(CODES, P.argmax(axis=1), sample_weight=weights),
        TopK(3): top_k_accuracy_score(CODES, P, k=3, sample_weight=weights),
        LogLoss(): log_loss(CODES, shares.astype(np.float64), sample_weight=weights),
        NDCG(): ndcg_score(Y, P, sample_weight=weights),
        # With one true label a row, average precision is one over its rank.
        ReciprocalRank(): label_ranking_average_precision_score(Y, P, sample_weight=weights),
    }
    for metric, value in expected.items():
        assert metric(Y, P, weights) == pytest.approx(value, rel=1e-6), metric


@pytest.mark.parametrize(
    "metric", [Accuracy(), TopK(2), LogLoss(), ReciprocalRank(), NDCG()], ids=lambda metric: metric.kind
)
def test_a_perfect_prediction_is_best_and_a_guess_gets_what_the_docstring_says(metric: ClassMetric) -> None:
    assert metric(Y, Y) == pytest.approx(metric.best, abs=1e-6)
    rng = np.random.default_rng(1)
    codes = rng.integers(0, 4, 20_000)
    truth, guesses = np.eye(4, dtype=np.float32)[codes], np.eye(4, dtype=np.float32)[rng.integers(0, 4, 20_000)]
    equal = np.full((20_000, 4), 0.25, dtype=np.float32)
    if isinstance(metric, Accuracy):
        assert metric(truth, guesses) == pytest.approx(1 / 4, abs=0.01)
    elif isinstance(metric, TopK):
        assert metric(truth, equal) == pytest.approx(2 / 4)
    elif isinstance(metric, LogLoss):
        assert metric(truth, equal) == pytest.approx(np.log(4), rel=1e-6)
    else:
        random = rng.random((20_000, 4)).astype(np.float32)
        ranks = np.arange(1, 5)
        guess = np.mean(1 / np.log2(1 + ranks)) if isinstance(metric, NDCG) else np.mean(1 / ranks)
        assert metric(truth, random) == pytest.approx(guess, abs=0.01)


def test_ties_are_shared() -> None:
    truth = np.array([[0, 1, 0, 0]], dtype=np.float32)
    tied = np.array([[0.4, 0.3, 0.3, 0]], dtype=np.float32)  # the true class is second or third
    assert TopK(2)(truth, tied) == pytest.approx(0.5)
    assert ReciprocalRank()(truth, tied) == pytest.approx(1 / 2.5)
    assert NDCG()(truth, tied) == pytest.approx(ndcg_score(truth, tied))


def test_scores_that_are_no_probabilities_have_a_log_loss() -> None:
    truth = np.array([[1, 0], [0, 1]], dtype=np.float32)
    scores = np.array([[3, 1], [1.5, -0.2]], dtype=np.float32)
    assert LogLoss()(truth, scores) == pytest.approx((-np.log(0.75) - np.log(1e-7)) / 2, rel=1e-6)


@pytest.mark.parametrize(
    ("truth", "message"),
    [
        (np.array([[1, 1], [0, 1]]), "row 0 is of no single class"),
        (np.array([[0, 1], [0.5, 0.5]]), "row 1 is of no single class"),
        (np.ones((2, 1)), "at least two classes"),
    ],
)
def test_refuses_what_is_no_matrix_of_classes(truth: np.ndarray, message: str) -> None:
    truth = truth.astype(np.float32)
    with pytest.raises(InputError, match=message):
        Accuracy()(truth, truth)
