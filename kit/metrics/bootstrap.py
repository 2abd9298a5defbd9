"""Percentile bootstrap intervals of a mean over rows, and of the difference between two systems on the same rows.

Source of the method: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13. Rows that share a
compound are not independent; pass the compounds as ``groups`` and they are drawn together (the cluster bootstrap of
Davison and Hinkley, Bootstrap Methods and their Application (1997), section 3.8).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles
from kit.errors import InputError

# Row numbers drawn at a time (8 MB), so that many resamples of many rows stay small.
_DRAWS = 2**20


class Interval(NamedTuple):
    """A confidence interval; both ends are NaN where a single row or group gives no idea of the spread."""

    low: float
    high: float


class Difference(NamedTuple):
    """The mean of a − b over rows and its interval: a and b differ at the level when the interval leaves out 0."""

    mean: float
    low: float
    high: float


def bootstrap_interval(
    per_row: ArrayLike,
    weights: ArrayLike | None = None,
    level: float = 0.95,
    n_resamples: int = 2000,
    seed: int = 0,
    groups: ArrayLike | None = None,
) -> Interval:
    """Return the percentile bootstrap interval of the (weighted) mean of one value a row.

    Args:
        per_row: (n_rows,) values of a row-wise metric.
        weights: (n_rows,) fixed weights ≥ 0 that are drawn together with their rows; rows of weight 0 are left out.
        level: The coverage aimed at, strictly between 0 and 1.
        n_resamples: How often the rows are drawn with replacement.
        seed: Seed of the draws; the same seed gives the same interval.
        groups: (n_rows,) labels of rows that belong together; whole groups are drawn then.

    Raises:
        InputError: The values, weights or groups do not fit together, or a setting is out of range.
    """
    values = _vector(per_row, "per_row")
    row_weights = np.ones_like(values) if weights is None else _vector(weights, "weights", len(values))
    if (row_weights < 0).any() or not row_weights.any():
        raise InputError("weights: expected numbers >= 0, at least one of them above 0")
    check_settings(level, n_resamples)
    sums, totals = row_weights * values, row_weights
    if groups is not None:
        labels = np.asarray(groups)
        if labels.shape != values.shape:
            raise InputError(f"groups: expected one label for each of {len(values)} rows, got shape {labels.shape}")
        _, codes = np.unique(labels.astype(str), return_inverse=True)
        sums = np.bincount(codes, weights=sums).astype(np.float64)
        totals = np.bincount(codes, weights=totals).astype(np.float64)
    # Without this a resample could be all of rows that count nothing.
    sums, totals = sums[totals > 0], totals[totals > 0]
    if len(sums) == 1:
        return Interval(np.nan, np.nan)
    means = _resampled_means(sums, totals, n_resamples, seed)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def paired_difference(
    per_row_a: ArrayLike,
    per_row_b: ArrayLike,
    weights: ArrayLike | None = None,
    level: float = 0.95,
    n_resamples: int = 2000,
    seed: int = 0,
    groups: ArrayLike | None = None,
) -> Difference:
    """Return the (weighted) mean of a − b over rows with its bootstrap interval.

    Pairing takes out what is hard about a row for both, so that two systems whose own intervals overlap may still
    differ clearly.

    Args:
        per_row_a: (n_rows,) values of one system.
        per_row_b: (n_rows,) values of the other on the same rows, in the same order.
        weights: As in `bootstrap_interval`.
        level: As in `bootstrap_interval`.
        n_resamples: As in `bootstrap_interval`.
        seed: As in `bootstrap_interval`.
        groups: As in `bootstrap_interval`.

    Raises:
        InputError: The two do not have the same rows, and as `bootstrap_interval`.
    """
    a = _vector(per_row_a, "per_row_a")
    difference = a - _vector(per_row_b, "per_row_b", len(a))
    interval = bootstrap_interval(difference, weights, level, n_resamples, seed, groups)
    row_weights = None if weights is None else np.asarray(weights, dtype=np.float64)
    return Difference(float(np.average(difference, weights=row_weights)), *interval)


def check_settings(level: float, n_resamples: int) -> None:
    """Check the settings of a bootstrap.

    Raises:
        InputError: One is out of range.
    """
    if not 0 < level < 1:
        raise InputError(f"the level must lie strictly between 0 and 1, got {level=}")
    if n_resamples < 1:
        raise InputError(f"expected at least one resample, got {n_resamples=}")


def _resampled_means(sums: Doubles, totals: Doubles, n_resamples: int, seed: int) -> Doubles:
    """Return (n_resamples,) ratios of resampled weighted sums to resampled weights."""
    generator = np.random.default_rng(seed)
    means = np.empty(n_resamples)
    step = max(1, _DRAWS // len(sums))
    for start in range(0, n_resamples, step):
        part = means[start : start + step]
        drawn = generator.integers(len(sums), size=(len(part), len(sums)))
        part[:] = sums[drawn].sum(axis=1) / totals[drawn].sum(axis=1)
    return means


def _vector(values: ArrayLike, name: str, length: int | None = None) -> Doubles:
    """Return finite float64 numbers, one a row.

    Raises:
        InputError: They are not, or there are not ``length`` of them.
    """
    try:
        vector = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: expected one number a row ({error})") from None
    if vector.ndim != 1 or not len(vector) or (length is not None and len(vector) != length):
        expected = "a vector with at least one row" if length is None else f"a vector of {length} rows"
        raise InputError(f"{name}: expected {expected}, got shape {vector.shape}")
    if not np.isfinite(vector).all():
        raise InputError(f"{name}: row {int(np.flatnonzero(~np.isfinite(vector))[0])} is not finite")
    return vector
