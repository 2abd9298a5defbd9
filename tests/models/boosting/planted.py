"""Rows with a planted answer, small enough for many fits."""

from __future__ import annotations

import numpy as np
from numpy.random import default_rng


def nonlinear(n_rows: int = 200, n_features: int = 8, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return X and four outputs that no linear model fits, of very different means and scales."""
    generator = default_rng(seed)
    X = generator.normal(size=(n_rows, n_features)).astype(np.float32)
    signal = [
        np.sign(X[:, 0] * X[:, 1]),
        np.abs(X[:, 2]),
        10 * (X[:, 3] > 0.3) + 100,
        np.where(X[:, 4] > 0, X[:, 0], 0),
    ]
    Y = np.stack(signal, axis=1) + 0.1 * generator.normal(size=(n_rows, 4))
    return X, Y.astype(np.float32)


def noise(n_rows: int = 160, n_outputs: int = 4, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return X and outputs that have nothing to do with it."""
    generator = default_rng(seed)
    X, Y = generator.normal(size=(n_rows, 6)), generator.normal(size=(n_rows, n_outputs))
    return X.astype(np.float32), Y.astype(np.float32)


def rmse(prediction: np.ndarray, truth: np.ndarray) -> float:
    """Return the root mean squared error over all entries."""
    return float(np.sqrt(np.mean((prediction.astype(np.float64) - truth) ** 2)))
