from __future__ import annotations

import numpy as np
import pytest

from kit.errors import InputError
from kit.metrics import METRICS, reduced_mean, reduced_per_row


@pytest.fixture
def problem() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Targets Y, an orthonormal basis V, coordinates Z, residuals and predicted coordinates."""
    rng = np.random.default_rng(1)
    Y = rng.normal(1.0, 3.0, (20, 90))
    V = np.linalg.qr(rng.normal(size=(90, 8)))[0]
    Z = Y @ V
    residual = (Y**2).sum(axis=1) - (Z**2).sum(axis=1)
    return Y, V, Z, residual, Z + rng.normal(size=Z.shape)


def test_equals_the_full_width_score(problem: tuple) -> None:
    Y, V, Z, residual, Z_hat = problem
    full = METRICS.get("mrrmse")()
    np.testing.assert_allclose(reduced_per_row(Z, residual, Z_hat, 90), full.per_row(Y, Z_hat @ V.T), rtol=1e-6)
    assert reduced_mean(Z, residual, Z_hat, 90) == pytest.approx(full(Y, Z_hat @ V.T), rel=1e-6)


def test_float32_coordinates_are_compared_in_float64() -> None:
    Z, Z_hat = np.ones((1, 1), np.float32), np.full((1, 1), 1e-9, np.float32)
    assert Z - Z_hat == 1
    assert reduced_per_row(Z, [0.0], Z_hat, 1).item() == pytest.approx(1 - 1e-9, abs=1e-14)


def test_a_residual_below_zero_counts_as_zero() -> None:
    Z = np.ones((2, 3))
    np.testing.assert_array_equal(reduced_per_row(Z, [-1e-9, -5.0], Z, 10), [0.0, 0.0])


def test_a_diverged_prediction_gives_nan_in_its_row_only(problem: tuple) -> None:
    _, _, Z, residual, Z_hat = problem
    Z_hat[3, 1] = np.nan
    assert np.flatnonzero(np.isnan(reduced_per_row(Z, residual, Z_hat, 90))).tolist() == [3]


@pytest.mark.parametrize(
    ("shapes", "n_targets", "message"),
    [
        (((4, 2), (4,), (4, 3)), 9, "matrices of one shape"),
        (((4, 2), (3,), (4, 2)), 9, "one number for each of 4 rows"),
        (((4, 2), (4,), (4, 2)), 1, "n_targets=1"),
        (((0, 2), (0,), (0, 2)), 9, "0 rows"),
    ],
)
def test_shapes_that_do_not_fit_are_explained(shapes: tuple, n_targets: int, message: str) -> None:
    Z, residual, Z_hat = (np.zeros(shape) for shape in shapes)
    with pytest.raises(InputError, match=message):
        reduced_per_row(Z, residual, Z_hat, n_targets)
