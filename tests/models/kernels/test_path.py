from __future__ import annotations

import numpy as np
import pytest

from kit.models.kernels.path import WholePath
from tests.models.kernels.planted import random

PENALTIES = [0.01, 1.0, 30.0]


def features(K: np.ndarray) -> np.ndarray:
    """Return rows whose inner products are the kernel."""
    values, vectors = np.linalg.eigh(K)
    return vectors * np.sqrt(np.maximum(values, 0))


@pytest.fixture(autouse=True)
def _several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 50)


@pytest.mark.parametrize("intercept", [False, True])
def test_dual_solves_the_weighted_least_squares_problem(intercept: bool) -> None:
    X, Y = random(25)
    K = np.exp(-0.1 * ((X[:, None] - X[None]) ** 2).sum(axis=2)).astype(np.float64)
    weights = np.random.default_rng(1).uniform(0.3, 2, 25)
    # The same with explicit features and an unpenalised column of ones, by the normal equations.
    F = np.hstack([features(K), np.ones((25, int(intercept)))])
    penalised = np.diag([0.5] * 25 + [0.0] * int(intercept))
    coef = np.linalg.solve(F.T @ (weights[:, None] * F) + penalised, F.T @ (weights[:, None] * Y))
    dual, b = WholePath.of(K, weights, intercept).dual(Y, 0.5)
    np.testing.assert_allclose(K @ dual + b, F @ coef, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("intercept", [False, True])
def test_leave_one_out_errors_are_those_of_refits(intercept: bool) -> None:
    X, Y = random(15)
    K = np.exp(-0.1 * ((X[:, None] - X[None]) ** 2).sum(axis=2)).astype(np.float64)
    weights = np.random.default_rng(1).uniform(0.3, 2, 15)
    errors = WholePath.of(K, weights, intercept).leave_one_out(Y, PENALTIES)
    for penalty, error in zip(PENALTIES, errors, strict=True):
        expected = 0.0
        for i in range(15):
            rest = np.arange(15) != i
            dual, b = WholePath.of(K[np.ix_(rest, rest)], weights[rest], intercept).dual(Y[rest], penalty)
            expected += weights[i] * ((Y[i] - K[i, rest] @ dual - b) ** 2).sum()
        assert error == pytest.approx(expected, rel=1e-7)


def test_scores_predict_as_the_dual_does() -> None:
    X, Y = random(20)
    K = (X @ X.T).astype(np.float64)
    weights = np.random.default_rng(1).uniform(0.3, 2, 20)
    path = WholePath.of(K[:15, :15], weights[:15], True)
    dual, b = path.dual(Y[:15], 2.0)
    mean, products, _ = path.project(Y[:15])
    found = path.scores(K[15:, :15]) @ (products / (path.eigenvalues + 2.0)[:, None]) + mean
    np.testing.assert_allclose(found, K[15:, :15] @ dual + b, rtol=1e-9, atol=1e-9)


def test_directions_below_rounding_are_left_out() -> None:
    X, _ = random(30, 4)
    wide = X.astype(np.float64)
    assert len(WholePath.of(wide @ wide.T, np.ones(30), False).eigenvalues) == 4
    assert len(WholePath.of(np.full((30, 30), 0.1), np.ones(30), True).eigenvalues) == 0
