"""Targets drawn from a covariance of the kind that `coregionalized_gp` learns, so that the best prediction is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from kit.arrays import Doubles, Floats
from kit.models.processes import CoregionalizedGP

BLOCKS = {"context": (0, 1), "item": (1, 2)}


def terms(rank: int = 2, radial: bool = False) -> list[dict[str, Any]]:
    """Return the default terms with another rank, with or without the radial one."""
    linear: list[dict[str, Any]] = [
        {"context": "free"},
        {"context": "free", "item": "identity"},
        {"context": "free", "item": {"low_rank": rank}},
    ]
    return [*linear, {"context": "free", "item": {"rbf": "low_rank"}}] if radial else linear


def process(rank: int = 2, radial: bool = False, **params: Any) -> CoregionalizedGP:
    """Return the model with those terms and a seed."""
    return CoregionalizedGP(terms(rank, radial), random_state=0, blocks=BLOCKS, **params)


@dataclass(frozen=True)
class Planted:
    """Rows of every pair of context and item, with their targets.

    Attributes:
        X: (n_rows, 2) codes of context and item.
        Y: (n_rows, n_targets) signal plus noise.
        signal: (n_rows, n_rows) covariance of the signal.
        noise: Variance of the noise.
        hidden: (n_rows,) which rows are to be predicted: most items of the last context, where few are known.
    """

    X: Floats
    Y: Floats
    signal: Doubles
    noise: float
    hidden: np.ndarray

    def fitted(self, model: CoregionalizedGP) -> CoregionalizedGP:
        """Fit a model on the known rows."""
        return model.fit(self.X[~self.hidden], self.Y[~self.hidden])

    def best(self) -> Doubles:
        """Return the conditional mean of the hidden rows under the covariance that was planted."""
        known = ~self.hidden
        sigma = self.signal[np.ix_(known, known)] + self.noise * np.eye(known.sum())
        return self.signal[np.ix_(self.hidden, known)] @ np.linalg.solve(sigma, self.Y[known].astype(np.float64))

    def error(self, predictions: np.ndarray) -> float:
        """Return the root mean squared error of predictions of the hidden rows."""
        return float(np.sqrt(np.square(predictions - self.Y[self.hidden]).mean()))


def planted(
    n_contexts: int = 4,
    n_items: int = 24,
    n_targets: int = 1000,
    between: np.ndarray | None = None,
    noise: float = 0.3,
    seed: int = 0,
) -> Planted:
    """Draw targets.

    Args:
        n_contexts: The number of contexts; of the last one, a quarter of the items is known.
        n_items: The number of items, which have two latent numbers each.
        n_targets: The number of targets.
        between: (n_contexts, n_contexts) correlation of contexts in all three terms; 0.5 between any two by default.
        noise: Variance of the noise; the signal's is about 0.8.
        seed: Of the draws.
    """
    rng = np.random.default_rng(seed)
    context, item = np.divmod(np.arange(n_contexts * n_items), n_items)
    between = 0.5 + 0.5 * np.eye(n_contexts) if between is None else between
    vectors = rng.normal(size=(n_items, 2)) / np.sqrt(2)
    alike = 0.15 + 0.1 * np.eye(n_items) + 0.5 * vectors @ vectors.T
    signal = between[np.ix_(context, context)] * alike[np.ix_(item, item)]
    root = np.linalg.cholesky(signal + 1e-9 * np.eye(len(signal)))
    values = root @ rng.normal(size=(len(signal), n_targets)) + np.sqrt(noise) * rng.normal(
        size=(len(signal), n_targets)
    )
    hidden = (context == n_contexts - 1) & (item % 4 > 0)
    X = np.column_stack([context, item]).astype(np.float32)
    return Planted(X, values.astype(np.float32), signal, noise, hidden)
