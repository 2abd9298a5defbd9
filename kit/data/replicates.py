"""Several measurements of one key: averaged where that is asked for, and the ceiling that they give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from kit.arrays import Doubles, Floats, Ints, blocks
from kit.config.schema import ColumnsConfig
from kit.errors import DataError
from kit.files import array_digest
from kit.large import take_rows

Store = Callable[[str, int, Callable[[Floats], None]], Floats]
"""Keeps what a function fills as a memory-map: (what it is, number of rows, function) → (n_rows, n_targets)."""


@dataclass(frozen=True)
class Replicated:
    """Training rows with their replicates told apart.

    Attributes:
        rows: The rows; one a key where they were averaged, the first replicate's metadata with them.
        Y: (n_rows, n_targets) float32 their targets.
        noise_free: The same without noise, for simulated data.
        counts: (n_rows,) the number of measurements of each row's key.
        ceiling: (n_rows, n_targets) float32 what the replicates say a row is: the mean of the key's other rows. Where
            rows were averaged, the mean ȳ of n measurements moved by (y₁ − ȳ)/√(n − 1), which is as far from the mean
            as the expectation is on average. NaN for a key that was measured once.
    """

    rows: pd.DataFrame
    Y: Floats
    noise_free: Floats | None
    counts: Ints
    ceiling: Floats


def tell_apart(
    rows: pd.DataFrame, Y: Floats, noise_free: Floats | None, columns: ColumnsConfig, store: Store
) -> Replicated:
    """Find the replicates of a table with ``columns.replicate``, and average them where that is asked for.

    Args:
        rows: (n_rows, …) the training rows, each with its own replicate.
        Y: (n_rows, n_targets) float32, NaN where nothing was measured.
        noise_free: The same without noise, for simulated data.
        columns: What the columns mean.
        store: Keeps what is computed.

    Raises:
        DataError: No key has two rows.
    """
    codes = np.asarray(rows.groupby(columns.keys, sort=False, observed=True).ngroup(), dtype=np.intp)
    counts = np.bincount(codes)
    if counts.max() < 2:
        raise DataError(
            f"columns.replicate {columns.replicate!r}: no two rows have the same {', '.join(columns.keys)}; leave it "
            "out, there are no replicates"
        )
    of_codes = array_digest(codes)
    if not columns.average_replicates:
        ceiling = store(f"replicates {of_codes}", len(rows), lambda out: _others(Y, codes, out))
        return Replicated(rows, Y, noise_free, counts[codes], ceiling)
    # Keys are numbered in the order in which they appear.
    first = np.unique(codes, return_index=True)[1]
    kept = rows.iloc[first].drop(columns=[str(columns.replicate)]).reset_index(drop=True)
    ceiling = store(f"ceiling of {of_codes}", len(first), lambda out: _moved_means(Y, codes, out))
    means = store(f"means of {of_codes}", len(first), lambda out: _means(Y, codes, out))
    if noise_free is not None:
        # Replicates differ in noise alone, so one stands for all.
        noise_free = take_rows(noise_free, first)
    return Replicated(kept, means, noise_free, counts, ceiling)


def _means(Y: Floats, codes: Ints, out: Floats) -> None:
    """Fill the means over the rows of each key; what was not measured is left out."""
    for some in _sums(Y, codes):
        out[some.keys, some.columns] = _mean(some.sums, some.n)


def _others(Y: Floats, codes: Ints, out: Floats) -> None:
    """Fill the mean of the other rows of each row's key."""
    several = np.bincount(codes) > 1
    for some in _sums(Y, codes):
        known = np.isfinite(some.values)
        means = _mean(some.sums[some.key] - np.where(known, some.values, 0), some.n[some.key] - known)
        out[some.rows, some.columns] = np.where(several[some.keys][some.key, None], means, np.nan)


def _moved_means(Y: Floats, codes: Ints, out: Floats) -> None:
    """Fill the means of the keys, each moved towards its first measurement."""
    several = np.bincount(codes) > 1
    for some in _sums(Y, codes):
        means = _mean(some.sums, some.n)
        # Written backwards, so that the first row of a key is what stays.
        one = np.full(means.shape, np.nan)
        for row in range(len(some.values))[::-1]:
            known = np.isfinite(some.values[row])
            one[some.key[row], known] = some.values[row, known]
        moved = means + (one - means) / np.sqrt(np.maximum(some.n - 1, 1))
        moved = np.where(some.n > 1, moved, means)
        out[some.keys, some.columns] = np.where(several[some.keys, None], moved, np.nan)


@dataclass(frozen=True)
class _Sums:
    """Some keys and targets.

    Attributes:
        keys: Neighbouring keys.
        columns: Neighbouring targets.
        rows: (m,) the rows of these keys.
        key: (m,) each row's key, counted from the first of ``keys``.
        values: (m, n_columns) what they measured.
        sums, n: (n_keys, n_columns) the sum and number of what was measured for each key.
    """

    keys: slice
    columns: slice
    rows: Ints
    key: Ints
    values: Doubles
    sums: Doubles
    n: Doubles


def _sums(Y: Floats, codes: Ints) -> Iterator[_Sums]:
    """Yield keys whose rows make up a block of the targets; one with more rows than that comes some targets a time."""
    order = np.argsort(codes, kind="stable")
    ends = np.cumsum(np.bincount(codes))
    most = next(blocks(len(Y), Y.shape[1])).stop
    first = 0
    while first < len(ends):
        start = ends[first - 1] if first else 0
        past = max(first + 1, int(np.searchsorted(ends, start + most, side="right")))
        rows = order[start : ends[past - 1]]
        key = codes[rows] - first
        member = csr_array((np.ones(len(rows)), (key, np.arange(len(rows)))))
        for columns in blocks(Y.shape[1], len(rows)):
            values = np.asarray(Y[rows, columns], dtype=np.float64)
            known = np.isfinite(values)
            sums, n = member @ np.where(known, values, 0), member @ known.astype(np.float64)
            yield _Sums(slice(first, past), columns, rows, key, values, sums, n)
        first = past


def _mean(sums: Doubles, n: Doubles) -> Doubles:
    return np.where(n > 0, sums / np.maximum(n, 1), np.nan)
