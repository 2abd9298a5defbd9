"""The root mean square of rows, and what new rows' will be: log-additive in the levels of their columns."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.sparse import csr_matrix, hstack

from kit.arrays import Doubles
from kit.models.processes.row_keys import RowKeys

SHRINKAGE = 0.3
"""Pseudo-rows of a level that deviate by nothing: rows of one level differ little in scale (on simulated data)."""

_SMALLEST = 1e-3
"""The least root mean square that a row counts as, relative to the mean of all rows."""

MEAN = ""
"""The name under which the mean log scale stands among the columns' effects."""


def root_mean_squares(mean_squares: Doubles) -> Doubles:
    """Return the (n_rows,) scales of rows from their mean squares; a row of zeros has a small one."""
    scales: Doubles = np.sqrt(mean_squares)
    mean = scales.mean()
    return np.maximum(scales, _SMALLEST * mean) if mean > 0 else np.ones_like(scales)


def fit_effects(scales: Doubles, rows: RowKeys, n_levels: Mapping[str, int], weights: Doubles) -> dict[str, Doubles]:
    """Return the effect of each level on the log of a row's scale, shrunk, by column; an unseen level has 0.

    Args:
        scales: (n_rows,) scales of the training rows.
        rows: The training rows.
        n_levels: The number of levels of every column of categories.
        weights: (n_rows,) weights of the rows.
    """
    mean = np.average(np.log(scales), weights=weights)
    every, ones = np.arange(len(scales)), np.ones(len(scales))
    members = [
        csr_matrix((ones, (every, rows.index[column])), shape=(len(scales), size)) for column, size in n_levels.items()
    ]
    design = hstack([csr_matrix(ones[:, None]), *members], format="csr")
    penalty = np.full(design.shape[1], SHRINKAGE)
    penalty[0] = 0.0
    gram = (design.T.multiply(weights) @ design).toarray() + np.diag(penalty)
    effects = np.linalg.solve(gram, design.T @ (weights * (np.log(scales) - mean)))
    by_column = {MEAN: np.array([mean + effects[0]])}
    ends = np.cumsum([1, *n_levels.values()])
    for column, first, past in zip(n_levels, ends, ends[1:], strict=False):
        by_column[column] = np.append(effects[first:past], 0.0)
    return by_column


def predict_scales(effects: Mapping[str, Doubles], rows: RowKeys) -> Doubles:
    """Return the (n_rows,) scales that rows are expected to have."""
    logs = np.full(len(rows), effects[MEAN][0])
    for column, values in effects.items():
        if column != MEAN:
            logs += values[rows.index[column]]
    scales: Doubles = np.exp(logs)
    return scales
