from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.metrics import explained_variance_score

from kit.errors import InputError
from kit.metrics import ExplainedVariance, Metric, Pearson, TargetPearson

METRIC = TargetPearson()


def matrices(n_rows: int, n_targets: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    # Targets of very different means: the correlation must not suffer from that.
    Y = rng.normal(rng.normal(0, 30, n_targets), 1.0, (n_rows, n_targets))
    return Y.astype(np.float32), (0.5 * Y + rng.normal(size=Y.shape)).astype(np.float32)


def test_is_the_mean_over_targets_of_scipys_correlation() -> None:
    Y, P = matrices(12, 40)
    oracle = stats.pearsonr(Y.astype(np.float64), P.astype(np.float64), axis=0).statistic
    assert METRIC(Y, P) == pytest.approx(oracle.mean(), abs=1e-9)


def test_wide_rows_are_computed_in_blocks_of_targets() -> None:
    Y, P = matrices(3, 200_000)
    oracle = stats.pearsonr(Y.astype(np.float64), P.astype(np.float64), axis=0).statistic
    assert METRIC(Y, P) == pytest.approx(oracle.mean(), abs=1e-6)


def test_is_the_row_wise_correlation_of_the_transposed_matrix() -> None:
    Y, P = matrices(20, 15)
    assert METRIC(Y, P) == pytest.approx(Pearson()(Y.T, P.T), abs=1e-9)


def test_the_same_prediction_for_all_rows_scores_nothing_though_every_row_correlates() -> None:
    Y, _ = matrices(12, 40)
    flat = np.tile(Y.mean(axis=0), (12, 1))
    assert METRIC(Y, flat) == 0.0
    assert Pearson()(Y, flat) > 0.99


def test_a_constant_target_and_a_single_row_count_nothing() -> None:
    Y, P = matrices(12, 4)
    Y[:, 1] = 7.3
    P[:, 2] = -0.1
    oracle = stats.pearsonr(Y[:, [0, 3]], P[:, [0, 3]], axis=0).statistic
    assert METRIC(Y, P) == pytest.approx(oracle.sum() / 4, abs=1e-6)
    assert METRIC(Y[:1], P[:1]) == 0.0


def test_weights_and_resamples_are_repeated_rows() -> None:
    Y, P = matrices(9, 30)
    counts = np.random.default_rng(1).integers(0, 4, (25, 9)).astype(np.float64)
    counts[0] = [5, 0, 0, 0, 0, 0, 0, 0, 0]  # one row many times: nothing varies
    repeated = [METRIC(Y.repeat(n, axis=0), P.repeat(n, axis=0)) for n in counts.astype(int)]
    np.testing.assert_allclose(METRIC.resampled(Y, P, counts), repeated, atol=1e-9)
    np.testing.assert_allclose([METRIC(Y, P, n) for n in counts], repeated, atol=1e-9)
    # What a metric without formula of its own does: one call a resample.
    np.testing.assert_allclose(Metric.resampled(METRIC, Y, P, counts), repeated, atol=1e-9)
    assert repeated[0] == 0.0


def test_perfect_and_reversed_predictions() -> None:
    Y, _ = matrices(6, 8)
    assert METRIC(Y, Y) == pytest.approx(METRIC.best)
    assert METRIC(Y, -Y) == pytest.approx(-1.0)
    assert clone(METRIC)(Y, 3 * Y + 1) == pytest.approx(1.0, abs=1e-6)


def test_wrong_arguments_are_explained() -> None:
    Y, P = matrices(4, 3)
    with pytest.raises(InputError, match="expected 3 columns, got 2"):
        METRIC(Y, P[:, :2])
    with pytest.raises(InputError, match="one weight for each of 4 rows"):
        METRIC(Y, P, [1.0])


def test_explained_variance_is_sklearns() -> None:
    Y, P = matrices(12, 40)
    weights = np.random.default_rng(0).integers(0, 4, 12)
    for given in (None, weights):
        oracle = explained_variance_score(Y.astype(float), P, sample_weight=given, multioutput="variance_weighted")
        assert ExplainedVariance()(Y, P, given) == pytest.approx(oracle, abs=1e-6)
        assert -1 < oracle < 1


def test_explained_variance_of_one_prediction_for_all_rows_and_of_a_single_row() -> None:
    Y, P = matrices(12, 40)
    metric = ExplainedVariance()
    assert metric(Y, np.tile(P[:1], (12, 1))) == pytest.approx(0.0, abs=1e-6)
    assert metric(Y, Y) == 1.0
    assert metric(Y[:1], P[:1]) == explained_variance_score(np.tile(Y[:1], (2, 1)), np.tile(P[:1], (2, 1)))
    counts = np.random.default_rng(1).integers(0, 3, (9, 12)).astype(np.float64)
    np.testing.assert_allclose(metric.resampled(Y, P, counts), [metric(Y, P, drawn) for drawn in counts], atol=1e-12)
