"""Bootstrap intervals over rows and seeds: for a mean of one value a row that was measured with several seeds.

The same rows are predicted with every seed, so rows and seeds are crossed, not nested. A resample draws seeds with
replacement and, independently, rows with replacement; a row that is drawn twice and a seed that is drawn three times
count six times together. Source of the method: Owen, The pigeonhole bootstrap (Annals of Applied Statistics 1, 2007),
which shows that it is a little conservative (its intervals are rather too wide). Rows that share a compound are drawn
together, as in `kit.metrics.bootstrap`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles
from kit.errors import InputError
from kit.metrics.bootstrap import Difference, Interval, bootstrap_interval, check_settings

# Multiplicities drawn at a time (8 MB).
_DRAWS = 2**20


def seeded_interval(
    per_row: ArrayLike,
    weights: ArrayLike | None = None,
    level: float = 0.95,
    n_resamples: int = 2000,
    seed: int = 0,
    groups: ArrayLike | None = None,
) -> Interval:
    """Return the percentile bootstrap interval, over rows and seeds, of the (weighted) mean of one value a row.

    Args:
        per_row: (n_seeds, n_rows) values of a row-wise metric. With one seed this is `bootstrap_interval`.
        weights: (n_seeds, n_rows) fixed weights ≥ 0, or (n_rows,) for all seeds alike; 0 where a seed has not
            validated a row.
        level: The coverage aimed at, strictly between 0 and 1.
        n_resamples: How often rows and seeds are drawn.
        seed: Seed of the draws; the same seed gives the same interval.
        groups: (n_rows,) labels of rows that belong together; whole groups are drawn then.

    Raises:
        InputError: The values, weights or groups do not fit together, or a setting is out of range.
    """
    values, row_weights = _matrices(per_row, weights)
    if len(values) == 1:
        return bootstrap_interval(values[0], row_weights[0], level, n_resamples, seed, groups)
    check_settings(level, n_resamples)
    sums, totals = row_weights * values, row_weights
    if groups is not None:
        labels = np.asarray(groups)
        if labels.shape != values.shape[1:]:
            raise InputError(f"groups: expected a label for each of {values.shape[1]} rows, got shape {labels.shape}")
        _, codes = np.unique(labels.astype(str), return_inverse=True)
        sums, totals = _by_group(sums, codes), _by_group(totals, codes)
    counted = totals.sum(axis=0) > 0
    sums, totals = sums[:, counted], totals[:, counted]
    if sums.shape[1] == 1:
        return Interval(np.nan, np.nan)
    means = _resampled_means(sums, totals, n_resamples, seed)
    low, high = np.nanquantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


def seeded_difference(
    per_row_a: ArrayLike,
    per_row_b: ArrayLike,
    weights: ArrayLike | None = None,
    level: float = 0.95,
    n_resamples: int = 2000,
    seed: int = 0,
    groups: ArrayLike | None = None,
) -> Difference:
    """Return the (weighted) mean of a − b over rows and seeds, with its bootstrap interval.

    Args:
        per_row_a: (n_seeds, n_rows) values of one system.
        per_row_b: (n_seeds, n_rows) values of the other on the same rows with the same seeds, in the same order.
        weights: As in `seeded_interval`.
        level: As in `seeded_interval`.
        n_resamples: As in `seeded_interval`.
        seed: As in `seeded_interval`.
        groups: As in `seeded_interval`.

    Raises:
        InputError: The two do not have the same rows and seeds, and as `seeded_interval`.
    """
    a, row_weights = _matrices(per_row_a, weights)
    b, _ = _matrices(per_row_b, weights)
    if a.shape != b.shape:
        raise InputError(f"expected the same seeds and rows of both systems, got shapes {a.shape} and {b.shape}")
    interval = seeded_interval(a - b, row_weights, level, n_resamples, seed, groups)
    return Difference(float(np.average(a - b, weights=row_weights)), *interval)


def _matrices(per_row: ArrayLike, weights: ArrayLike | None) -> tuple[Doubles, Doubles]:
    """Return values and weights as finite float64 (n_seeds, n_rows).

    Raises:
        InputError: They are not.
    """
    values = np.asarray(per_row, dtype=np.float64)
    if values.ndim != 2 or not values.size:
        raise InputError(f"per_row: expected a matrix of seeds x rows, got shape {values.shape}")
    if not np.isfinite(values).all():
        seed, row = (int(place[0]) for place in np.nonzero(~np.isfinite(values)))
        raise InputError(f"per_row: seed {seed}, row {row} is not finite")
    row_weights = np.ones(1) if weights is None else np.asarray(weights, dtype=np.float64)
    if row_weights.shape not in {(1,), values.shape[1:], values.shape}:
        raise InputError(f"weights: expected shape {values.shape} or {values.shape[1:]}, got {row_weights.shape}")
    row_weights = np.broadcast_to(row_weights, values.shape)
    # Every seed must count: one without any weight would make resamples of nothing.
    if not np.isfinite(row_weights).all() or (row_weights < 0).any() or not row_weights.any(axis=1).all():
        raise InputError("weights: expected finite numbers >= 0, for each seed at least one of them above 0")
    return values, row_weights


def _by_group(values: Doubles, codes: np.ndarray) -> Doubles:
    return np.stack([np.bincount(codes, weights=row) for row in values])


def _resampled_means(sums: Doubles, totals: Doubles, n_resamples: int, seed: int) -> Doubles:
    """Return (n_resamples,) ratios of resampled weighted sums to resampled weights; NaN where nothing was drawn."""
    generator = np.random.default_rng(seed)
    n_seeds, n_groups = sums.shape
    means = np.empty(n_resamples)
    step = max(1, _DRAWS // n_groups)
    for start in range(0, n_resamples, step):
        part = means[start : start + step]
        of_seeds = generator.multinomial(n_seeds, np.full(n_seeds, 1 / n_seeds), size=len(part))
        of_groups = generator.multinomial(n_groups, np.full(n_groups, 1 / n_groups), size=len(part))
        drawn = ((of_seeds @ totals) * of_groups).sum(axis=1)
        with np.errstate(invalid="ignore"):
            part[:] = ((of_seeds @ sums) * of_groups).sum(axis=1) / drawn
    return means
