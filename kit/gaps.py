"""Gaps: targets that were not measured, NaN in a float32 matrix of targets, which no mean, fit or score counts."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from kit.arrays import Doubles, Floats, Ints, blocks


def has_gaps(Y: Floats | Doubles) -> bool:
    """Whether some value of a matrix was not measured."""
    return any(bool(np.isnan(Y[rows]).any()) for rows in blocks(len(Y), math.prod(Y.shape[1:])))


def measured_rows(Y: Floats) -> np.ndarray:
    """Return (n_rows,) which rows have a measured value at all."""
    return np.concatenate([np.zeros(0, bool), *((~np.isnan(Y[rows])).any(axis=1) for rows in blocks(*Y.shape))])


def measured_targets(Y: Floats) -> np.ndarray:
    """Return (n_targets,) which targets have a measured value in some row."""
    measured = np.zeros(Y.shape[1], dtype=bool)
    for rows in blocks(*Y.shape):
        measured |= (~np.isnan(Y[rows])).any(axis=0)
    return measured


def alike_columns(missing: np.ndarray) -> list[Ints]:
    """Group the columns of a mask that hold the same, so that work on their rows is done once for all of them.

    Args:
        missing: (n_rows, n_columns) bool.

    Returns:
        The positions of each group's columns, the groups that most columns are in first; every column is in one.
    """
    _, member, counts = np.unique(np.packbits(missing, axis=0).T, axis=0, return_inverse=True, return_counts=True)
    groups = np.split(np.argsort(member.ravel(), kind="stable"), np.cumsum(counts)[:-1])
    return [groups[at] for at in np.argsort(-counts, kind="stable")]


def measured_parts(Y: Floats) -> Iterator[tuple[Ints, Ints]]:
    """Yield rows that measured the same targets, and these targets; rows that measured none are in no part."""
    missing = np.isnan(Y)
    for rows in alike_columns(missing.T):
        columns = np.flatnonzero(~missing[rows[0]])
        if len(columns):
            yield rows, columns


def target_parts(Y: Floats) -> Iterator[tuple[Ints, Ints]]:
    """Yield the rows that measured a target, and the targets that the same rows measured.

    Without gaps, that is all rows and all targets; a target that no row measured is in no part.
    """
    if not has_gaps(Y):
        yield np.arange(Y.shape[0]), np.arange(Y.shape[1])
        return
    missing = np.isnan(Y)
    for targets in alike_columns(missing):
        rows = np.flatnonzero(~missing[:, targets[0]])
        if len(rows):
            yield rows, targets


def split_gaps(Y: Floats | Doubles) -> tuple[Doubles, Doubles]:
    """Return measured values with 0 in gaps, and 1 where a value was measured and 0 in gaps; both float64."""
    measured = ~np.isnan(Y)
    return np.where(measured, Y, 0.0).astype(np.float64), measured.astype(np.float64)
