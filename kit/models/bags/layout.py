"""Bags as rows of a feature matrix: point after point, NaN where a bag has fewer points than the largest."""

from __future__ import annotations

import numpy as np

from kit.arrays import Floats
from kit.errors import InputError


def as_bags(X: Floats, point_size: int) -> tuple[Floats, np.ndarray]:
    """Return the points of bags, and which of them are there.

    Args:
        X: (n_bags, n_points × point_size) as the feature block ``bags`` makes it.
        point_size: The number of values of a point.

    Returns:
        (n_bags, n_points, point_size) float32 with zeros for points that are not there, and (n_bags, n_points) bool.

    Raises:
        InputError: The columns are no whole number of points, a point has gaps, or a bag has no point.
    """
    if X.shape[1] == 0 or X.shape[1] % point_size:
        raise InputError(
            f"X: {X.shape[1]} columns are no whole number of points of {point_size} values; give the model the block "
            "`bags` alone, and its point_size"
        )
    points = X.reshape(len(X), -1, point_size)
    missing = np.isnan(points)
    there: np.ndarray = np.asarray(~missing.any(axis=2))
    torn = np.asarray(missing.sum(axis=2) % point_size).any(axis=1)
    if torn.any():
        raise InputError(
            f"X: a point of bag {torn.argmax()} has gaps; a point is given whole or left out (all its values NaN)"
        )
    filled = there.sum(axis=1) > 0
    if not filled.all():
        raise InputError(f"X: bag {filled.argmin()} has no point")
    return np.where(missing, np.float32(0), points), there
