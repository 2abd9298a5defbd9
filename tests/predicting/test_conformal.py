"""Intervals from residuals: what they cover."""

from __future__ import annotations

import numpy as np
import pytest

from kit.arrays import Doubles, Floats
from kit.predicting.conformal import Calibration

SCALES = np.exp(np.random.default_rng(9).normal(size=40))


def drawn(rng: np.random.Generator, n_rows: int, heavy: bool = False) -> tuple[Floats, Doubles]:
    """Residuals whose size hangs on a number that is known of a row, and on the target."""
    X = rng.normal(size=(n_rows, 1))
    noise = rng.laplace(size=(n_rows, 40)) if heavy else rng.normal(size=(n_rows, 40))
    return (np.exp(0.7 * X) * SCALES * noise).astype(np.float32), X


def fitted(residuals: Floats, X: Doubles, units: np.ndarray | None = None) -> Calibration:
    rows = np.arange(len(X))
    calibration = Calibration.fit(residuals, X, rows if units is None else units, rows)
    assert calibration is not None
    return calibration


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95])
@pytest.mark.parametrize("heavy", [False, True])
def test_easy_and_hard_rows_small_and_large_targets_are_covered_alike(level: float, heavy: bool) -> None:
    rng = np.random.default_rng(0)
    calibration = fitted(*drawn(rng, 150, heavy))
    residuals, X = drawn(rng, 2000, heavy)
    inside = np.abs(residuals) <= calibration.half_widths(X, calibration.multiplier(level) or 0)
    assert abs(inside.mean() - level) < 0.02
    assert abs(inside[X[:, 0] < -1].mean() - level) < 0.05
    assert abs(inside[X[:, 0] > 1].mean() - level) < 0.05
    assert abs(inside.mean(axis=0) - level).max() < 0.1


def test_gaps_are_passed_over() -> None:
    rng = np.random.default_rng(1)
    residuals, X = drawn(rng, 150)
    residuals[rng.random(residuals.shape) < 0.3] = np.nan
    residuals[7] = np.nan
    residuals[:, 3] = np.nan
    calibration = fitted(residuals, X)
    assert calibration.n_rows == 149
    new, X_new = drawn(rng, 2000)
    inside = np.abs(new) <= calibration.half_widths(X_new, calibration.multiplier(0.9) or 0)
    assert abs(np.delete(inside, 3, axis=1).mean() - 0.9) < 0.02


def test_one_target_of_equal_rows_has_the_rank_of_split_conformal_prediction() -> None:
    rng = np.random.default_rng(2)
    for n in (10, 20, 99):
        residuals = rng.normal(size=(n, 1)).astype(np.float32)
        calibration = fitted(residuals, np.zeros((n, 1)))
        width = calibration.half_widths(np.zeros((1, 1)), calibration.multiplier(0.9) or 0)[0, 0]
        ranks = np.sort(np.abs(residuals[:, 0]))
        rank = int(np.ceil(0.9 * (n + 1)))
        # One rank up or down; a large residual is larger yet beside the mean size of the others.
        assert ranks[rank - 2] * 0.99 <= width <= ranks[min(rank, n - 1)] * (1 + 2 / n) * 1.01


def test_few_rows_have_no_interval() -> None:
    rng = np.random.default_rng(3)
    residuals, X = drawn(rng, 9)
    assert fitted(residuals, X).multiplier(0.9) is None
    assert fitted(residuals, X).multiplier(0.8) is not None
    assert Calibration.fit(residuals, X, np.zeros(9), np.arange(9)) is None
    assert Calibration.fit(np.zeros((9, 3), np.float32), X, np.arange(9), np.arange(9)) is None


def test_of_few_groups_a_new_one_is_covered_as_often_as_is_asked_for() -> None:
    """Rows of a group are alike: five groups say little of a sixth, and the interval knows."""
    rng = np.random.default_rng(4)
    shares, naive = [], []
    for _ in range(150):
        sizes = np.exp(0.5 * rng.normal(size=6))
        residuals = (np.repeat(sizes, 10)[:, None] * rng.normal(size=(60, 20))).astype(np.float32)
        groups = np.repeat(np.arange(6), 10)
        known = groups < 5
        calibration = Calibration.fit(residuals[known], np.zeros((50, 1)), groups[known], np.arange(50))
        assert calibration is not None
        width = calibration.half_widths(np.zeros((1, 1)), calibration.multiplier(0.9) or np.inf)
        shares.append((np.abs(residuals[~known]) <= width).mean())
        naive.append((np.abs(residuals[~known]) <= np.quantile(np.abs(residuals[known]), 0.9)).mean())
    assert np.mean(naive) < 0.88
    assert abs(np.mean(shares) - 0.9) < 0.03
