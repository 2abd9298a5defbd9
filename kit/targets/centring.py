"""Centring of targets before the SVD: none, by their mean, or by the mean of each group."""

from __future__ import annotations

import numpy as np

from kit.arrays import Doubles, Floats, Ints, tiles
from kit.errors import InputError
from kit.targets.base import Groups


def group_labels(groups: Groups, n_rows: int) -> np.ndarray:
    """Return the groups as (n_rows,) strings.

    Raises:
        InputError: There are none, or not one a row.
    """
    if groups is None:
        raise InputError("groups: center='group' needs one label a row (the cell types), got None")
    labels = np.asarray(groups).astype(str)
    if labels.shape != (n_rows,):
        raise InputError(f"groups: expected one label a row, shape ({n_rows},), got shape {labels.shape}")
    return labels


def centre_index(labels: np.ndarray, known: np.ndarray) -> Ints:
    """Return each label's position in the sorted array ``known``, and ``len(known)`` for labels not in it."""
    position = np.minimum(np.searchsorted(known, labels), len(known) - 1)
    return np.where(known[position] == labels, position, len(known))


def group_centres(Y: Floats, index: Ints, n_groups: int) -> Floats:
    """Return the mean of each group's rows and, last, of all rows: (n_groups + 1, n_targets) float32.

    Sums are accumulated in float64, a part of the matrix at a time.

    Args:
        Y: (n_rows, n_targets) targets.
        index: (n_rows,) each row's group, 0 ≤ index < n_groups; every group has a row.
        n_groups: The number of groups.
    """
    weights = np.zeros((n_groups + 1, Y.shape[0]))
    weights[index, np.arange(Y.shape[0])] = 1.0
    weights[-1] = 1.0
    weights /= weights.sum(axis=1, keepdims=True)
    centres = np.zeros((n_groups + 1, Y.shape[1]))
    for rows, columns in tiles(*Y.shape):
        centres[:, columns] += weights[:, rows] @ Y[rows, columns].astype(np.float64)
    return centres.astype(np.float32)


def centred(Y: Floats, columns: slice, centres: Floats, index: Ints | None) -> Doubles:
    """Return a float64 copy of some columns of Y, less the rows' centres where ``index`` names them."""
    block = Y[:, columns].astype(np.float64)
    if index is not None:
        block -= centres[index, columns]
    return block
