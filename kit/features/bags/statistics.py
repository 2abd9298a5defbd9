"""Statistics of the points of a bag, each a fixed number of values whatever the number of points."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from kit.arrays import Doubles

_RIDGE = 1e-6
"""Added to the eigenvalues of a covariance before the logarithm, as a share of their mean."""

Statistic = Callable[[Doubles], Doubles]
"""Maps (n_points, n_columns) to values."""


def _upper(matrix: Doubles) -> Doubles:
    """Return the upper triangle; off the diagonal times √2, so that Euclidean distances are those of matrices."""
    rows, columns = np.triu_indices(len(matrix))
    return np.asarray(matrix[rows, columns] * np.where(rows == columns, 1.0, np.sqrt(2.0)))


def _mad(points: Doubles) -> Doubles:
    return np.asarray(np.median(np.abs(points - np.median(points, axis=0)), axis=0))


def _moment(points: Doubles, order: int) -> Doubles:
    """Return a moment of every column, standardised; of a constant column that of a normal distribution."""
    centred = points - points.mean(axis=0)
    spread = centred.std(axis=0)
    standardised = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)
    return np.asarray(np.where(spread > 0, (standardised**order).mean(axis=0), 3.0 if order == 4 else 0.0))


def _second_moments(points: Doubles) -> Doubles:
    return _upper(points.T @ points / len(points))


def _covariance(points: Doubles) -> Doubles:
    centred = points - points.mean(axis=0)
    return _upper(centred.T @ centred / len(points))


def _log_covariance(points: Doubles) -> Doubles:
    centred = points - points.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(points))
    floor = _RIDGE * max(values.mean(), np.finfo(np.float64).tiny)
    return _upper((vectors * np.log(np.maximum(values, 0) + floor)) @ vectors.T)


STATISTICS: Mapping[str, Statistic] = {
    "mean": lambda points: points.mean(axis=0),
    "median": lambda points: np.median(points, axis=0),
    "std": lambda points: points.std(axis=0),
    "mad": _mad,
    "magnitude": lambda points: np.abs(points).mean(axis=0),
    "skewness": lambda points: _moment(points, 3),
    "kurtosis": lambda points: _moment(points, 4) - 3,
    "second_moments": _second_moments,
    "covariance": _covariance,
    "log_covariance": _log_covariance,
}
"""The statistics by name: means, medians, standard deviations (divided by n), median absolute deviations and means of
magnitudes of every column; skewness and excess kurtosis (0 of a normal distribution, and of a constant); means of
products of all pairs of columns; covariances; and the matrix logarithm of these (log-Euclidean)."""
