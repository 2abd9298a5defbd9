"""Predictions with a planted truth: which members are good, which are noise, which are the same."""

from __future__ import annotations

import numpy as np

from kit.arrays import Floats

Planted = tuple[dict[str, Floats], Floats]


def planted(errors: dict[str, float], n_rows: int = 40, n_targets: int = 50, seed: int = 0) -> Planted:
    """Return members whose errors are independent, of the given size, and targets of size 1."""
    rng = np.random.default_rng(seed)
    Y = rng.normal(size=(n_rows, n_targets))
    members = {name: (Y + size * rng.normal(size=Y.shape)).astype(np.float32) for name, size in errors.items()}
    return members, Y.astype(np.float32)


def with_noise(seed: int = 0) -> Planted:
    """Return two good members and one that knows nothing of the targets."""
    members, Y = planted({"good": 0.5, "fair": 0.7}, seed=seed)
    noise = np.random.default_rng(seed + 100).normal(size=Y.shape)
    return members | {"noise": 2 * noise.astype(np.float32)}, Y


def mrrmse(Y: Floats, P: Floats, row_weights: np.ndarray | None = None) -> float:
    rows = np.sqrt(np.mean((Y.astype(np.float64) - P) ** 2, axis=1))
    return float(np.average(rows, weights=row_weights))


def mixed(members: dict[str, Floats], weights: dict[str, float]) -> np.ndarray:
    return np.sum([weights[name] * members[name].astype(np.float64) for name in members], axis=0)
