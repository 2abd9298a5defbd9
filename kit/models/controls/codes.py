"""Means over the levels of a category whose codes stand in a column of the features."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from kit.arrays import Doubles, Floats, Ints, tiles
from kit.errors import InputError
from kit.gaps import has_gaps
from kit.large import room


def read_codes(X: Floats, column: int, user: str) -> Ints:
    """Return one column of category codes as integers; -1 stands for a category that was not seen.

    Raises:
        InputError: X has no such column, or it does not hold codes.
    """
    if column >= X.shape[1]:
        raise InputError(f"{user}: X has {X.shape[1]} columns, column {column} (counted from 0) is not among them")
    codes = X[:, column]
    wrong = (codes != np.floor(codes)) | (codes < -1)
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(
            f"{user}: column {column} of X must hold category codes (whole numbers, -1 for unseen), got {codes[row]} "
            f"in row {row}; give this model the features of the builder 'category_codes' alone"
        )
    return codes.astype(np.intp)


def level_index(codes: Ints, levels: Ints) -> Ints:
    """Return each code's position in the sorted ``levels``, and ``len(levels)`` for codes not among them."""
    if len(levels) == 0:
        return np.zeros(len(codes), dtype=np.intp)
    position = np.minimum(np.searchsorted(levels, codes), len(levels) - 1)
    return np.where(levels[position] == codes, position, len(levels))


def weighted_levels(codes: Ints, weights: Doubles) -> Ints:
    """Return the sorted codes that have some weight, -1 (unseen) left out."""
    return np.unique(codes[(weights > 0) & (codes >= 0)])


def level_sums(Y: Floats, index: Ints, weights: Doubles, n_levels: int) -> Doubles:
    """Return the weighted sum of each level's rows, (n_levels, n_outputs) float64, a part of the matrix at a time.

    Args:
        Y: (n_rows, n_outputs) targets, NaN where one was not measured: it adds nothing.
        index: (n_rows,) each row's level, 0 ≤ index < n_levels.
        weights: (n_rows,) weights.
        n_levels: The number of levels.
    """
    n_rows, n_outputs = Y.shape
    sums, gaps = room((n_levels, n_outputs), np.float64), has_gaps(Y)
    sums[:] = 0
    for rows, columns in tiles(n_rows, n_outputs):
        block = Y[rows, columns].astype(np.float64)
        if gaps:
            np.nan_to_num(block, copy=False)
        # Of many levels, a few rows have few.
        levels, place = np.unique(index[rows], return_inverse=True)
        places = (place, np.arange(len(block)))
        sums[levels, columns] += csr_matrix((weights[rows], places), shape=(len(levels), len(block))) @ block
    return sums


def level_means(Y: Floats, codes: Ints, weights: Doubles) -> tuple[Ints, Doubles]:
    """Return the levels and the weighted means of their rows, with the mean of all rows as the last.

    Where targets have gaps (NaN), a mean is that of what was measured: a level that did not measure a target has the
    mean of all rows, and a target that no row measured has 0.

    Returns:
        (n_levels,) sorted codes that have some weight, and (n_levels + 1, n_outputs) float64 means.
    """
    levels = weighted_levels(codes, weights)
    index = level_index(codes, levels)
    means = level_sums(Y, index, weights, len(levels) + 1)
    if has_gaps(Y):
        totals = level_sums((~np.isnan(Y)).astype(np.float32), index, weights, len(levels) + 1)
        overall = _divided(means.sum(axis=0), totals.sum(axis=0), np.zeros(Y.shape[1]))
        return levels, np.vstack([_divided(means[:-1], totals[:-1], overall), overall])
    counts = np.bincount(index, weights=weights, minlength=len(levels) + 1)
    overall = means.sum(axis=0) / weights.sum()
    means[:-1] /= counts[:-1, None]
    means[-1] = overall
    return levels, means


def _divided(sums: Doubles, totals: Doubles, otherwise: Doubles) -> Doubles:
    """Return sums / totals, and ``otherwise`` where there is nothing in a total."""
    return np.divide(sums, totals, out=np.broadcast_to(otherwise, sums.shape).copy(), where=totals > 0)
