"""On data from a known covariance the gain is the exact drop of the expected error, and the choice the best one."""

from __future__ import annotations

import numpy as np
import pytest

from kit.designing.greedy import choose, measure
from kit.models.base import JointForecast

RNG = np.random.default_rng(0)
N = 12
ROOT = RNG.normal(size=(N, 4))
SIGNAL = ROOT @ ROOT.T + 0.2 * np.eye(N)
NOISE = RNG.uniform(0.3, 2, N)
KNOWN = np.array([0, 1, 2])
WANTED = np.arange(N) >= 5
CANDIDATES = np.arange(N) >= 3


def error(measured: np.ndarray, rows: np.ndarray) -> float:
    """Return the expected squared error of rows, given measured ones, by the formula of the conditional covariance."""
    block = SIGNAL[np.ix_(measured, measured)] + np.diag(NOISE[measured])
    cross = SIGNAL[np.ix_(rows, measured)]
    conditional = SIGNAL[np.ix_(rows, rows)] - cross @ np.linalg.solve(block, cross.T)
    return float(np.trace(conditional))


def forecast() -> JointForecast:
    block = SIGNAL[np.ix_(KNOWN, KNOWN)] + np.diag(NOISE[KNOWN])
    cross = SIGNAL[:, KNOWN]
    return JointForecast(SIGNAL - cross @ np.linalg.solve(block, cross.T), NOISE)


def drop(measured: np.ndarray, row: int) -> float:
    """Return by how much one more measurement lowers the error of the wanted rows that are not measured."""
    others = np.flatnonzero(WANTED & ~np.isin(np.arange(N), [*measured, row]))
    return error(measured, others) - error(np.append(measured, row), others)


def test_one_addition_is_the_best_of_all_and_gains_what_the_error_falls_by() -> None:
    drops = {row: drop(KNOWN, row) for row in np.flatnonzero(CANDIDATES)}
    choice = choose([forecast()], WANTED, CANDIDATES, 1)
    assert choice.rows.tolist() == [max(drops, key=lambda row: drops[row])]
    assert choice.gains[0] == pytest.approx(max(drops.values()), rel=1e-9)


def test_later_additions_count_what_is_known_from_earlier_ones() -> None:
    choice = choose([forecast()], WANTED, CANDIDATES, 4)
    measured = KNOWN
    for row, gain in zip(choice.rows, choice.gains, strict=True):
        assert gain == pytest.approx(drop(measured, row), rel=1e-9)
        open_rows = np.setdiff1d(np.flatnonzero(CANDIDATES), measured)
        assert gain >= max(drop(measured, other) for other in open_rows) - 1e-12
        measured = np.append(measured, row)
    remain = np.setdiff1d(np.flatnonzero(WANTED), measured)
    after = [np.sqrt(error(measured, np.array([row])) + NOISE[row]) for row in remain]
    before = [np.sqrt(error(KNOWN, np.array([row])) + NOISE[row]) for row in remain]
    assert choice.after == pytest.approx(np.mean(after), rel=1e-9)
    assert choice.before == pytest.approx(np.mean(before), rel=1e-9)


def test_two_of_a_kind_are_not_both_measured() -> None:
    """Rows 0 and 1 are one thing, measured almost without noise, that tells most of rows 4 and 5; row 2 tells of 3."""
    roots = np.array([[2, 0], [2, 0], [0, 1], [0, 1], [2, 0], [2, 0]], dtype=float)
    twins = JointForecast(roots @ roots.T + 1e-6 * np.eye(6), np.full(6, 1e-3))
    choice = choose([twins], np.arange(6) >= 3, np.arange(6) < 3, 2)
    assert choice.rows.tolist() == [0, 2]
    together = measure([twins], np.arange(6) >= 3, [0, 1])
    assert together.gains[1] < 0.01 * together.gains[0]
    assert choice.gains.sum() > together.gains.sum()


def test_two_forecasts_count_the_same() -> None:
    other = JointForecast(np.diag(np.arange(1.0, N + 1)), NOISE)
    both, alone = choose([forecast(), other], WANTED, CANDIDATES, 3), choose([forecast()], WANTED, CANDIDATES, 3)
    # The other one says that no row tells of another.
    assert both.rows.tolist() == alone.rows.tolist()
    np.testing.assert_allclose(both.gains, alone.gains / 2)


def test_nothing_is_left_to_predict_when_all_wanted_rows_are_measured() -> None:
    choice = choose([forecast()], WANTED, WANTED, int(WANTED.sum()))
    assert sorted(choice.rows) == np.flatnonzero(WANTED).tolist()
    assert choice.gains[-1] == pytest.approx(0, abs=1e-12)
    assert choice.after == 0
