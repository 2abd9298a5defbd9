"""Means, standard deviations and quantiles of wide targets by group, in blocks of columns.

The targets are read once for all statistics. Sums go through a sparse indicator in float64, deviations are taken from
the mean before they are squared. Quantiles come from one sort a group: a sorting network that works on whole rows of
the block for small groups (K. E. Batcher, "Sorting networks and their applications", AFIPS 1968), for larger ones
NumPy's vectorised sort along the last axis of the transposed block.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Literal

import numpy as np

from kit.arrays import Doubles, Floats, Ints, blocks
from kit.features.encoders.groups import Groups
from kit.gaps import has_gaps, split_gaps

Statistic = Literal["mean", "std", "first"]
"""What has a name; quantiles are named by their probabilities."""

_LARGEST_NETWORK = 16
_BLOCK_ELEMENTS = 2**19  # 4 MiB of float64


def group_statistics(Y: Floats, groups: Groups, wanted: Sequence[Statistic | float]) -> Floats:
    """Return statistics of each group's rows, for every column.

    Args:
        Y: (n_rows, n_columns) float32.
        groups: Groups of its rows, none of them empty; rows in no group are not read.
        wanted: Each "mean", "std" (of the sample, n − 1; 0 for a group of one row), "first" (the group's first row) or
            a probability in [0, 1]: the quantile, linear between the two nearest order statistics.

    Returns:
        (len(wanted), n_groups, n_columns) float32. Where Y has gaps (NaN), those of what was measured, and NaN for a
        group that measured nothing of a column.
    """
    if has_gaps(Y):
        return _measured_statistics(Y, groups, wanted)
    counts = groups.counts
    members = Groups(np.arange(len(groups.order)), groups.starts)
    probabilities = [(place, float(name)) for place, name in enumerate(wanted) if not isinstance(name, str)]
    out = np.empty((len(wanted), len(counts), Y.shape[1]), dtype=np.float32)
    for columns in blocks(Y.shape[1], len(groups.order), _BLOCK_ELEMENTS):
        block = Y[groups.order, columns]
        if "mean" in wanted or "std" in wanted:
            values = block.astype(np.float64)
            means = members.sums(values) / counts[:, None]
        name: Statistic | float
        for place, name in enumerate(wanted):
            if name == "mean":
                out[place, :, columns] = means
            elif name == "std":
                out[place, :, columns] = _deviations(values, members, means)
            elif name == "first":
                out[place, :, columns] = block[groups.starts[:-1]]
        if probabilities:
            _write_quantiles(block, members, probabilities, out[:, :, columns])
    return out


def _measured_statistics(Y: Floats, groups: Groups, wanted: Sequence[Statistic | float]) -> Floats:
    """Return the same for values with gaps, group after group."""
    out = np.full((len(wanted), len(groups.counts), Y.shape[1]), np.nan, dtype=np.float32)
    probabilities = [(place, float(name)) for place, name in enumerate(wanted) if not isinstance(name, str)]
    for group, (first, last) in enumerate(pairwise(groups.starts)):
        rows = Y[groups.order[first:last]].astype(np.float64)
        there = np.flatnonzero((~np.isnan(rows)).any(axis=0))
        if not len(there):
            continue
        rows = rows[:, there]
        values, measured = split_gaps(rows)
        counts = measured.sum(axis=0)
        means = values.sum(axis=0) / counts
        for place, name in enumerate(wanted):
            if name == "mean":
                out[place, group, there] = means
            elif name == "std":
                squares = np.square(measured * (values - means)).sum(axis=0)
                out[place, group, there] = np.sqrt(squares / np.maximum(counts - 1, 1))
            elif name == "first":
                out[place, group, there] = values[measured.argmax(axis=0), np.arange(len(there))]
        if probabilities:
            found = np.nanquantile(rows, [probability for _, probability in probabilities], axis=0)
            for (place, _), quantile in zip(probabilities, found, strict=True):
                out[place, group, there] = quantile
    return out


def _deviations(values: Doubles, members: Groups, means: Doubles) -> Doubles:
    counts = members.counts
    residuals = values - np.repeat(means, counts, axis=0)
    np.square(residuals, out=residuals)
    return np.sqrt(members.sums(residuals) / np.maximum(counts - 1, 1)[:, None])


def _write_quantiles(block: Floats, members: Groups, wanted: Sequence[tuple[int, float]], out: Floats) -> None:
    """Fill ``out[place]`` with each (place, probability) of ``wanted``."""
    counts = members.counts
    for size in np.unique(counts[counts <= _LARGEST_NETWORK]):
        same = np.flatnonzero(counts == size)
        ranked = _sorted_by_network(block, members.starts[same], int(size))
        for place, probability in wanted:
            below, above, weight = _between(probability, int(size))
            out[place, same] = _interpolate(ranked[below], ranked[above], weight)
    for group in np.flatnonzero(counts > _LARGEST_NETWORK):
        first, last = members.starts[group : group + 2]
        # Contiguous along the sorted axis: NumPy then sorts in registers (AVX2, AVX-512) where the machine has them.
        values = np.sort(np.ascontiguousarray(block[first:last].T), axis=1)
        for place, probability in wanted:
            below, above, weight = _between(probability, int(last - first))
            out[place, group] = _interpolate(values[:, below], values[:, above], weight)


def _between(probability: float, size: int) -> tuple[int, int, np.float32]:
    """Return the ranks on both sides of a quantile of ``size`` values, and how far it lies from the lower one."""
    position = probability * (size - 1)
    below = int(position)
    return below, min(below + 1, size - 1), np.float32(position - below)


def _interpolate(below: Floats, above: Floats, weight: np.float32) -> Floats:
    return below if weight == 0 else below + weight * (above - below)


def _sorted_by_network(block: Floats, starts: Ints, size: int) -> list[Floats]:
    """Return the values of several groups of one size by rank: ``size`` arrays of (n_groups, n_columns)."""
    ranked = [block[starts + position] for position in range(size)]
    for low, high in _comparators(size):
        smaller = np.minimum(ranked[low], ranked[high])
        np.maximum(ranked[low], ranked[high], out=ranked[high])
        ranked[low] = smaller
    return ranked


@cache
def _comparators(size: int) -> tuple[tuple[int, int], ...]:
    """Return Batcher's odd-even merge sort for ``size`` values, as pairs of places to put in order."""
    pairs = []
    run = 1
    while run < size:
        reach = run
        while reach >= 1:
            for start in range(reach % run, size - reach, 2 * reach):
                for low in range(start, min(start + reach, size - reach)):
                    if low // (2 * run) == (low + reach) // (2 * run):
                        pairs.append((low, low + reach))
            reach //= 2
        run *= 2
    return tuple(pairs)
