from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from kit.blends.simplex import least_on_simplex, square_root


@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_a_general_solver(seed: int) -> None:
    errors = np.random.default_rng(seed).normal(size=(30, 4)) * [1.0, 1.2, 1.5, 4.0] + 0.3
    A = errors.T @ errors
    found = least_on_simplex(A)
    general = minimize(
        lambda w: w @ A @ w,
        np.full(4, 0.25),
        method="SLSQP",
        bounds=[(0, 1)] * 4,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1},
        options={"ftol": 1e-15},
    )
    assert found.sum() == pytest.approx(1)
    assert (found >= 0).all()
    assert found @ A @ found <= general.fun * (1 + 1e-9)
    np.testing.assert_allclose(found, general.x, atol=1e-4)


def test_two_independent_errors_are_weighed_by_inverse_variance() -> None:
    np.testing.assert_allclose(least_on_simplex(np.diag([1.0, 4.0])), [0.8, 0.2])


def test_what_is_right_gets_all() -> None:
    np.testing.assert_allclose(least_on_simplex(np.diag([0.0, 4.0, 1.0])), [1, 0, 0], atol=1e-12)
    np.testing.assert_array_equal(least_on_simplex(np.zeros((3, 3))), np.full(3, 1 / 3))


def test_the_scale_changes_nothing() -> None:
    A = np.array([[2.0, 0.5], [0.5, 1.0]])
    for scale in (1e-12, 1e12):
        np.testing.assert_allclose(least_on_simplex(A * scale), least_on_simplex(A))


def test_square_root_of_a_singular_matrix() -> None:
    errors = np.array([[1.0, 1.0, 0.0], [2.0, 2.0, 1.0]])
    A = errors.T @ errors
    np.testing.assert_allclose(square_root(A).T @ square_root(A), A, atol=1e-12)
