"""Rows with a planted truth for the models over a kernel."""

from __future__ import annotations

import numpy as np

LAYOUT = {"cell": (0, 4), "compound": (4, 40)}
"""Where the blocks of `cell_and_compound` stand."""


def nonlinear(n_rows: int, noise: float = 0.05, seed: int = 0, n_outputs: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return three features and outputs that are sines of them, of which a linear model sees almost nothing."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(-2, 2, size=(n_rows, 3))
    truth = np.column_stack([np.cos((1 + 0.3 * j) * X[:, 0]) * np.cos(X[:, 1]) + 2 * j for j in range(n_outputs)])
    return X.astype(np.float32), (truth + noise * rng.normal(size=truth.shape)).astype(np.float32)


def random(n_rows: int, n_features: int = 8, n_outputs: int = 5, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return features and outputs that share nothing but a linear part."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, n_features)) + 0.5
    Y = X @ rng.normal(size=(n_features, n_outputs)) / np.sqrt(n_features) + rng.normal(size=(n_rows, n_outputs)) + 3
    return X.astype(np.float32), Y.astype(np.float32)


def noise(n_rows: int, n_outputs: int = 60, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return features and outputs that have nothing to do with each other; the outputs' mean is 1."""
    rng = np.random.default_rng(seed)
    features, outputs = rng.normal(size=(n_rows, 6)), rng.normal(size=(n_rows, n_outputs)) + 1
    return features.astype(np.float32), outputs.astype(np.float32)


def cell_and_compound(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return all pairs of 4 cell types (one-hot) with 40 fingerprints of 36 bits, in random order, and 5 outputs.

    The compounds are of 5 scaffolds, and the answer to a scaffold is another one in every cell type: means of cell
    types and of compounds are zero, so that a sum of a function of each sees nothing.
    """
    rng = np.random.default_rng(seed)
    scaffold = np.repeat(np.arange(5), 8)
    typical = rng.random((5, 36)) < 0.4
    bits = np.where(rng.random((40, 36)) < 0.08, ~typical[scaffold], typical[scaffold])
    effect = rng.normal(size=(4, 5, 5))
    effect -= effect.mean(axis=0)
    effect -= effect.mean(axis=1, keepdims=True)
    cell, compound = (part.ravel() for part in np.meshgrid(np.arange(4), np.arange(40), indexing="ij"))
    X = np.hstack([np.eye(4)[cell], bits[compound]])
    Y = effect[cell, scaffold[compound]] + 0.05 * rng.normal(size=(160, 5))
    order = rng.permutation(160)
    return X[order].astype(np.float32), Y[order].astype(np.float32)


def explained(predictions: np.ndarray, Y: np.ndarray) -> float:
    """Return the share of the variance of Y that predictions explain, over all outputs."""
    return float(1 - ((predictions - Y) ** 2).sum() / ((Y - Y.mean(axis=0)) ** 2).sum())
