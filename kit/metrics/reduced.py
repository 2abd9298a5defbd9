"""Metrics of squared distances (the row-wise root mean squared error), exact from coordinates in a basis.

With an orthonormal basis V (n_targets × k), z = V'y and r = ‖y‖² − ‖z‖²,

    ‖y − Vẑ‖² = ‖z − ẑ‖² + r,

so that a prediction ẑ is scored in k numbers a row instead of n_targets. The identity needs an orthonormal linear
transform; behind any other one, and after clipping, score at full width.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles, blocks
from kit.errors import InputError
from kit.metrics.blocks import BLOCK_SIZE
from kit.metrics.rowwise import MRRMSE, DistanceMetric

_MRRMSE = MRRMSE()


def reduced_per_row(
    Z: ArrayLike, residual: ArrayLike, Z_hat: ArrayLike, n_targets: int, metric: DistanceMetric = _MRRMSE
) -> Doubles:
    """Return the metric's value for every row of predictions that were made in a basis.

    Values that are not finite pass through, so that a diverged network shows as NaN and not as an error.

    Args:
        Z: (n_rows, k) the targets' coordinates, k ≤ n_targets.
        residual: (n_rows,) ‖y‖² − ‖z‖², accumulated in float64; what rounding leaves below 0 counts as 0.
        Z_hat: (n_rows, k) the predicted coordinates.
        n_targets: The number G of targets at full width.
        metric: The metric; the default is mrrmse.

    Returns:
        (n_rows,) float64, for mrrmse sqrt((‖z − ẑ‖² + max(r, 0)) / G).

    Raises:
        InputError: The shapes do not fit together, or k > n_targets.
    """
    coordinates, predicted, left = np.asarray(Z), np.asarray(Z_hat), np.asarray(residual, dtype=np.float64)
    if coordinates.ndim != 2 or coordinates.shape != predicted.shape:
        raise InputError(
            f"coordinates and predicted coordinates must be matrices of one shape, "
            f"got {coordinates.shape} and {predicted.shape}"
        )
    n_rows, k = coordinates.shape
    if left.shape != (n_rows,):
        raise InputError(f"residual: expected one number for each of {n_rows} rows, got shape {left.shape}")
    if not n_rows or n_targets < max(k, 1):
        raise InputError(f"got {n_rows} rows of {k} coordinates for {n_targets=}; expected rows, and k <= n_targets")
    squares = np.empty(n_rows)
    for rows in blocks(n_rows, k, BLOCK_SIZE):
        difference = np.subtract(coordinates[rows], predicted[rows], dtype=np.float64)
        squares[rows] = np.einsum("ij,ij->i", difference, difference)
    return metric.of_squares(squares + np.maximum(left, 0.0), n_targets)


def reduced_mean(
    Z: ArrayLike, residual: ArrayLike, Z_hat: ArrayLike, n_targets: int, metric: DistanceMetric = _MRRMSE
) -> float:
    """Return the mean over rows of `reduced_per_row`: the number that the kit calls ``reduced``."""
    return float(reduced_per_row(Z, residual, Z_hat, n_targets, metric).mean())
