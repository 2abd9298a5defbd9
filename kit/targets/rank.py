"""Choice of the number of singular values: numerical rank, a share of the sum of squares, an optimal hard threshold."""

from __future__ import annotations

from functools import cache
from math import pi, sin, sqrt

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq

from kit.arrays import Doubles

EPS32 = float(np.finfo(np.float32).eps)
EPS64 = float(np.finfo(np.float64).eps)


def numerical_rank(singular_values: Doubles, norm: float) -> int:
    """Return how many singular values, found through a float64 Gram matrix of float32 data, are more than rounding.

    Squaring in the Gram matrix hides what lies under sqrt(machine epsilon) of the greatest singular value; float32
    data hide what lies under their own epsilon of the norm, which is what remains of a centred constant.

    Args:
        singular_values: All of them, decreasing.
        norm: Frobenius norm of the data before centring.
    """
    if singular_values.size == 0:
        return 0
    floor = max(singular_values[0] * sqrt(10 * singular_values.size * EPS64), EPS32 * norm)
    return int((singular_values > floor).sum())


def rank_for_share(singular_values: Doubles, share: float) -> int:
    """Return the least number of leading components that hold ``share`` of the sum of squares."""
    energy = np.cumsum(singular_values**2)
    if energy.size == 0 or energy[-1] == 0:
        return 0
    return min(int(np.searchsorted(energy / energy[-1], share)) + 1, energy.size)


def gavish_donoho_rank(singular_values: Doubles, n_rows: int, n_columns: int) -> int:
    """Return how many singular values pass the optimal hard threshold for white noise of unknown size.

    Gavish and Donoho, "The optimal hard threshold for singular values is 4/√3", IEEE Trans. Inf. Theory 60 (2014).

    Args:
        singular_values: All min(n_rows, n_columns) of them, decreasing, zeros included.
        n_rows: Free rows of the matrix (each mean that centring removed counts as one row less).
        n_columns: Its columns.
    """
    if singular_values.size == 0:
        return 0
    beta = min(n_rows, n_columns) / max(n_rows, n_columns)
    return int((singular_values > optimal_threshold(beta) * np.median(singular_values)).sum())


@cache
def optimal_threshold(beta: float) -> float:
    """Return ω(β): the optimal hard threshold in units of the median singular value.

    Args:
        beta: Aspect ratio of the matrix, shorter side over longer side, in (0, 1].
    """
    known_noise = sqrt(2 * (beta + 1) + 8 * beta / (beta + 1 + sqrt(beta**2 + 14 * beta + 1)))
    return known_noise / sqrt(marchenko_pastur_median(beta))


@cache
def marchenko_pastur_median(beta: float) -> float:
    """Return the median of the Marchenko–Pastur distribution of aspect ratio ``beta`` in (0, 1] and unit variance."""

    # With t = 1 + β − 2√β cos(a) the density's square roots at both ends of its support vanish; the half angle avoids
    # the cancellation at a = 0 where β is 1.
    def value(angle: float) -> float:
        return (1 - sqrt(beta)) ** 2 + 4 * sqrt(beta) * sin(angle / 2) ** 2

    def density(angle: float) -> float:
        return 2 * sin(angle) ** 2 / (pi * value(angle))

    return value(brentq(lambda angle: quad(density, 0, angle)[0] - 0.5, 1e-6, pi))


def shrinkage(singular_values: Doubles, n_rows: int, n_columns: int, measured: float) -> Doubles:
    """Return by what each singular value is multiplied for the least squared error under white noise of unknown size.

    Gavish and Donoho, "Optimal shrinkage of singular values", IEEE Trans. Inf. Theory 63 (2017), for the Frobenius
    norm; the noise is that of the median singular value.

    Args:
        singular_values: All min(n_rows, n_columns) of them, decreasing, zeros included.
        n_rows: Free rows of the matrix.
        n_columns: Its columns.
        measured: The share of the values that were measured, in (0, 1], and so have noise: of which the others, filled
            by a smooth model, have as much that does not show.

    Returns:
        Factors in [0, 1), 0 for what is no more than noise.
    """
    beta, longer = min(n_rows, n_columns) / max(n_rows, n_columns), max(n_rows, n_columns)
    noise = float(np.median(singular_values)) / sqrt(marchenko_pastur_median(beta) * longer * measured)
    if noise == 0:
        return np.ones_like(singular_values)
    squares = np.square(singular_values / (noise * sqrt(longer)))
    inside = np.maximum((squares - beta - 1) ** 2 - 4 * beta, 0.0)
    return np.where(squares > (1 + sqrt(beta)) ** 2, np.sqrt(inside) / np.maximum(squares, 1.0), 0.0)
