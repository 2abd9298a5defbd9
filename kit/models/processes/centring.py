"""Means that are taken off targets before they are modelled, and put back on predictions."""

from __future__ import annotations

from typing import Literal

import numpy as np

from kit.arrays import Doubles, Floats, Ints, blocks
from kit.models.controls.codes import level_means

Centring = Literal["none", "target", "context"]


def centres_of(Y: Floats, center: Centring, contexts: Ints, n_contexts: int, weights: Doubles) -> Floats:
    """Return the (n_contexts + 1, n_targets) float32 means; the last is an unseen context's, the mean of all rows.

    Args:
        Y: (n_rows, n_targets) targets.
        center: "none" for zeros, "target" for each target's mean in every context, "context" for the context's own.
        contexts: (n_rows,) contexts, 0 ≤ context < n_contexts, each with at least one row.
        n_contexts: The number of contexts.
        weights: (n_rows,) weights above 0.
    """
    if center == "none":
        return np.zeros((n_contexts + 1, Y.shape[1]), dtype=np.float32)
    means = level_means(Y, contexts, weights)[1].astype(np.float32)
    return means if center == "context" else np.repeat(means[-1:], n_contexts + 1, axis=0)


def row_means(Y: Floats) -> Doubles:
    """Return the (n_rows,) means over targets; 0 where there is one target, which would be all of it."""
    return Y.mean(axis=1, dtype=np.float64) if Y.shape[1] > 1 else np.zeros(len(Y))


def mean_products(Y: Floats) -> Doubles:
    """Return the (n_rows, n_rows) mean over targets of the products of rows, in float64."""
    products = np.zeros((len(Y), len(Y)))
    for columns in blocks(*Y.shape[::-1]):
        part = Y[:, columns].astype(np.float64)
        products += part @ part.T
    means: Doubles = products / Y.shape[1]
    return means
