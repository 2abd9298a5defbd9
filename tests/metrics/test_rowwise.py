from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats
from sklearn.base import clone
from sklearn.metrics import mean_absolute_error, root_mean_squared_error
from sklearn.metrics.pairwise import paired_cosine_distances

from kit.errors import InputError
from kit.metrics import METRICS, Cosine, RowMetric, row_scores
from kit.metrics.blocks import BLOCK_SIZE
from kit.plugins import Plugin

KINDS = ["mrrmse", "mae", "pearson", "spearman", "cosine"]
ORACLES = {
    "mrrmse": lambda Y, P: [root_mean_squared_error(y, p) for y, p in zip(Y, P, strict=True)],
    "mae": lambda Y, P: [mean_absolute_error(y, p) for y, p in zip(Y, P, strict=True)],
    "pearson": lambda Y, P: stats.pearsonr(Y, P, axis=1).statistic,
    "spearman": lambda Y, P: [stats.spearmanr(y, p).statistic for y, p in zip(Y, P, strict=True)],
    "cosine": lambda Y, P: 1 - paired_cosine_distances(Y, P),
}


def matrices(n_rows: int, n_targets: int, ties: bool = False, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    Y = rng.normal(3.0, 2.0, (n_rows, n_targets))
    P = 0.5 * Y + rng.normal(size=Y.shape)
    if ties:
        Y, P = Y.round(0), P.round(0)
    return Y.astype(np.float32), P.astype(np.float32)


@pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])
@pytest.mark.parametrize("kind", KINDS)
def test_agrees_with_scipy_and_sklearn(kind: str, ties: bool) -> None:
    Y, P = matrices(7, 60, ties)
    expected = ORACLES[kind](Y.astype(np.float64), P.astype(np.float64))
    values = METRICS.get(kind)().per_row(Y, P)
    assert values.dtype == np.float64
    np.testing.assert_allclose(values, expected, rtol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_several_blocks_are_those_of_single_rows(kind: str) -> None:
    Y, P = matrices(5, BLOCK_SIZE // 2)
    metric = METRICS.get(kind)()
    singly = np.concatenate([metric.per_row(Y[i : i + 1], P[i : i + 1]) for i in range(5)])
    np.testing.assert_allclose(metric.per_row(Y, P), singly, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_call_is_the_mean_over_rows_in_any_order(kind: str) -> None:
    Y, P = matrices(6, 20)
    metric = METRICS.get(kind)()
    order = np.array([4, 0, 5, 1, 3, 2])
    assert metric(Y, P) == pytest.approx(np.mean(ORACLES[kind](Y.astype(float), P.astype(float))), rel=1e-10)
    np.testing.assert_allclose(metric.per_row(Y[order], P[order]), metric.per_row(Y, P)[order], rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_a_perfect_prediction_has_the_best_value(kind: str) -> None:
    Y, P = matrices(4, 30)
    metric = METRICS.get(kind)()
    assert metric(Y, Y) == pytest.approx(metric.best, abs=1e-12)
    worse = metric(Y, P)
    assert worse < metric.best if metric.greater_is_better else worse > metric.best


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e30])
@pytest.mark.parametrize("kind", ["pearson", "spearman"])
def test_a_constant_row_correlates_zero(kind: str, constant: float) -> None:
    Y, P = matrices(3, 1000)
    P[1] = constant
    metric = METRICS.get(kind)()
    for values in (metric.per_row(Y, P), metric.per_row(P, Y)):
        assert values[1] == 0.0
        assert (values[[0, 2]] > 0).all()


@pytest.mark.parametrize("kind", ["pearson", "spearman", "cosine"])
@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_correlations_do_not_depend_on_the_size_of_a_prediction(kind: str, size: float) -> None:
    Y, P = matrices(3, 50)
    metric = METRICS.get(kind)()
    np.testing.assert_allclose(metric.per_row(Y, np.float32(size) * P), metric.per_row(Y, P), rtol=1e-5)


def test_cosine_of_a_zero_row_is_zero() -> None:
    Y, P = matrices(3, 10)
    P[2] = 0
    values = METRICS.get("cosine")().per_row(Y, P)
    assert values[2] == 0.0
    assert (values[:2] > 0).all()


def test_pearson_survives_an_offset_far_above_the_spread() -> None:
    y = np.array([[0, 1, 2, 3]], dtype=np.float32)
    assert METRICS.get("pearson")()(y + 1e6, y) == pytest.approx(1.0, abs=1e-12)


@given(arrays(np.float32, (3, 7), elements=st.floats(-4, 4, width=32)), st.integers(0, 100))
@settings(max_examples=60, deadline=None)
def test_spearman_is_scipys_for_any_ties(P: np.ndarray, seed: int) -> None:
    Y = np.random.default_rng(seed).integers(0, 3, P.shape).astype(np.float32)
    for y, p, value in zip(Y, P, METRICS.get("spearman")().per_row(Y, P), strict=True):
        defined = np.ptp(y) > 0 and np.ptp(p) > 0
        assert value == pytest.approx(stats.spearmanr(y, p).statistic if defined else 0.0, abs=1e-12)


def test_row_scores_are_the_metrics_own_values() -> None:
    Y, P = matrices(5, BLOCK_SIZE // 2)
    scores = row_scores(Y, P)
    assert list(scores) == KINDS
    for kind, values in scores.items():
        np.testing.assert_array_equal(values, METRICS.get(kind)().per_row(Y, P))


class Largest(RowMetric):
    """A metric of a third party, which knows nothing of blocks."""

    def per_row(self, Y: np.ndarray, predictions: np.ndarray) -> np.ndarray:
        return np.abs(Y - predictions).max(axis=1).astype(np.float64)


def test_row_scores_takes_foreign_metrics_in_the_given_order() -> None:
    Y, P = matrices(5, 40)
    scores = row_scores(Y, P, [Largest(), Cosine()])
    assert list(scores) == ["Largest", "cosine"]
    np.testing.assert_array_equal(scores["Largest"], np.abs(Y - P).max(axis=1))


class OneNumber(RowMetric):
    """A metric of a third party that is no mean over rows and says that it is."""

    def per_row(self, Y: np.ndarray, predictions: np.ndarray) -> np.ndarray:
        return np.array([1.0])


def test_a_metric_that_is_no_value_a_row_is_told_which_class_to_derive_from() -> None:
    with pytest.raises(InputError, match=r"OneNumber: per_row returned shape \(1,\) for 5 rows; .* kit.metrics.Metric"):
        row_scores(*matrices(5, 4), [OneNumber()])


@pytest.mark.parametrize("kind", KINDS)
def test_weights_count_as_repeated_rows(kind: str) -> None:
    Y, P = matrices(5, 30)
    counts = np.array([2, 0, 1, 3, 1])
    metric = METRICS.get(kind)()
    assert metric(Y, P, counts) == pytest.approx(metric(Y.repeat(counts, axis=0), P.repeat(counts, axis=0)))


@pytest.mark.parametrize(
    "weights", [[1.0, 2.0], [1.0, -1.0, 1.0], [0.0, 0.0, 0.0], ["a", "b", "c"], [1.0, np.nan, 1.0]]
)
def test_wrong_weights_are_explained(weights: list) -> None:
    with pytest.raises(InputError, match="sample_weight: expected"):
        METRICS.get("mae")()(*matrices(3, 4), weights)


@pytest.mark.parametrize(
    ("Y", "P", "message"),
    [
        (np.zeros((2, 3)), np.zeros((2, 4)), "expected 3 columns, got 4"),
        (np.zeros((2, 3)), np.zeros((1, 3)), "expected 2 rows, got 1"),
        (np.zeros((2, 3)), np.full((2, 3), np.nan), "predictions: NaN at row 0"),
        (np.full((2, 3), np.inf), np.zeros((2, 3)), "targets: inf at row 0"),
        (np.zeros((0, 3)), np.zeros((0, 3)), "nothing to score"),
        (np.zeros(3), np.zeros(3), "expected 2 dimensions"),
    ],
)
def test_wrong_matrices_are_explained(Y: np.ndarray, P: np.ndarray, message: str) -> None:
    for score in (METRICS.get("mae")().per_row, row_scores):
        with pytest.raises(InputError, match=message):
            score(Y, P)


@pytest.mark.parametrize("kind", KINDS)
def test_metrics_are_plugins(kind: str, tmp_path: Path) -> None:
    metric = clone(METRICS.get(kind)())
    metric.save(tmp_path / kind)
    assert type(Plugin.load(tmp_path / kind)) is METRICS.get(kind)
