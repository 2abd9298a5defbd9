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
    "second_moments": _second_moments,
    "covariance": _covariance,
    "log_covariance": _log_covariance,
}
"""The statistics by name: means, medians, standard deviations (divided by n) and median absolute deviations of every
column; means of products of all pairs of columns; covariances; and the matrix logarithm of these (log-Euclidean)."""
