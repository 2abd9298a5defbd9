"""Means that are taken off targets before they are modelled, and put back on predictions."""

from __future__ import annotations

from typing import Literal

import numpy as np

from kit.arrays import Doubles, Floats, Ints, blocks
from kit.models.controls.codes import level_means

Centring = Literal["none", "target", "context"]


def centres_of(
    Y: Floats,
    center: Centring,
    contexts: Ints,
    n_contexts: int,
    weights: Doubles,
    missing: np.ndarray | None = None,
) -> Floats:
    """Return the (n_contexts + 1, n_targets) float32 means; the last is an unseen context's, the mean of all rows.

    Args:
        Y: (n_rows, n_targets) targets.
        center: "none" for zeros, "target" for each target's mean in every context, "context" for the context's own.
        contexts: (n_rows,) contexts, 0 ≤ context < n_contexts, each with at least one row.
        n_contexts: The number of contexts.
        weights: (n_rows,) weights above 0.
        missing: (n_rows, n_targets) which values are missing, and left out; None for none. A context that lacks a
            target has the mean of all rows, a target that no row has the mean of all targets.
    """
    if center == "none":
        return np.zeros((n_contexts + 1, Y.shape[1]), dtype=np.float32)
    means = level_means(Y if missing is None else np.where(missing, np.float32(0), Y), contexts, weights)[1]
    if missing is not None:
        shares = level_means((~missing).astype(np.float32), contexts, weights)[1]
        means = np.divide(means, shares, out=np.full_like(means, np.nan), where=shares > 0)
        means[-1] = np.where(np.isnan(means[-1]), np.nanmean(means[-1]), means[-1])
        means = np.where(np.isnan(means), means[-1], means)
    centres: Floats = means.astype(np.float32)
    return centres if center == "context" else np.repeat(centres[-1:], n_contexts + 1, axis=0)


def row_means(Y: Floats) -> Doubles:
    """Return the (n_rows,) means over targets, NaN left out; 0 where there is one target, which would be all of it."""
    means: Doubles = np.nanmean(Y, axis=1, dtype=np.float64) if Y.shape[1] > 1 else np.zeros(len(Y))
    return means


def mean_products(Y: Floats, missing: np.ndarray | None = None) -> Doubles:
    """Return the (n_rows, n_rows) mean over targets of the products of rows, in float64.

    Args:
        Y: (n_rows, n_targets) targets, 0 where one is missing.
        missing: Which are missing; the mean is over the targets that both rows have, 0 where there are none.
    """
    products = np.zeros((len(Y), len(Y)))
    for columns in blocks(*Y.shape[::-1]):
        part = Y[:, columns].astype(np.float64)
        products += part @ part.T
    measured = None if missing is None else (~missing).astype(np.float32)
    counts = Y.shape[1] if measured is None else np.maximum(measured @ measured.T, 1)
    means: Doubles = products / counts
    return means
