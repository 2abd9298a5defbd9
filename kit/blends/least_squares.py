"""Weights that minimise the blend's own error."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from annotated_types import Ge
from scipy.optimize import nnls

from kit.arrays import Doubles
from kit.blends.base import BLENDS
from kit.blends.learnt import LearntBlend
from kit.blends.row_gram import RowGram
from kit.blends.simplex import least_on_simplex, square_root
from kit.metrics.rowwise import MRRMSE

_ROUNDS, _GAIN = 500, 1e-10


@BLENDS.register("nnls")
class NonNegative(LearntBlend):
    """Finds the weights of at least 0 with the least squared error: stacked regression.

    Sources: Breiman, Stacked Regressions, Machine Learning 24 (1996), who found that the weights must not be negative;
    van der Laan, Polley and Hubbard, Super Learner (2007), where they have the sum 1. Squares let the rows with the
    greatest errors decide; `mrrmse_weights` minimises MRRMSE itself. The recipe's metric plays no part in the fit.

    Args:
        sum_to_one: Whether the weights have the sum 1. Without it they also shrink or stretch the blend.
        ridge: Pulls the weights towards equal ones, relative to the members' mean squared error (with
            ``sum_to_one``) or mean square: 0 does not pull, at 1 weights are nearly equal. For few rows, or members
            that are nearly the same.
    """

    def __init__(self, sum_to_one: bool = True, ridge: Annotated[float, Ge(0)] = 0.0) -> None:
        self.sum_to_one = sum_to_one
        self.ridge = ridge

    @property
    def objective(self) -> str:
        """The squared error, whatever the recipe's metric is."""
        return "squared error"

    def _learn(self, gram: RowGram, row_weights: Doubles) -> Doubles:
        if self.sum_to_one:
            return least_on_simplex(_pulled(_summed(gram.errors, row_weights), self.ridge))
        # From errors to predictions: p = (p − y) + y. The targets stay in the last place.
        size = len(gram.names)
        back = np.eye(size + 1)
        back[-1, :] = 1
        square = back.T @ _summed(gram.products, row_weights) @ back
        root = square_root(square)
        pull = self.ridge * float(np.trace(square[:-1, :-1])) / size
        system = np.vstack([root[:, :-1], np.sqrt(pull) * np.eye(size)])
        weights, _ = nnls(system, np.append(root[:, -1], np.full(size, np.sqrt(pull) / size)))
        return np.asarray(weights, dtype=np.float64)


@BLENDS.register("mrrmse_weights")
class LeastMRRMSE(LearntBlend):
    """Finds the weights of at least 0 with the sum 1 that minimise MRRMSE itself, the mean of the rows' RMSEs.

    It minimises MRRMSE whatever the recipe's metric is; `by_score` and `greedy` go by the recipe's metric.

    The sum of the rows' errors √(w'Ew) is convex in w; since √q ≤ q/(2r) + r/2 for any r > 0, with equality at r = √q,
    it falls with every step that minimises the weighted squares Σ q/r at the present r (majorise and minimise: Hunter
    and Lange, A Tutorial on MM Algorithms, The American Statistician 58 (2004)). A row counts by its error here, by
    its squared error in ``nnls``.

    Args:
        ridge: Pulls the weights towards equal ones, relative to the members' mean error: 0 does not pull.
    """

    def __init__(self, ridge: Annotated[float, Ge(0)] = 0.0) -> None:
        self.ridge = ridge

    @property
    def objective(self) -> str:
        """MRRMSE, whatever the recipe's metric is."""
        return MRRMSE.kind

    def _learn(self, gram: RowGram, row_weights: Doubles) -> Doubles:
        size = len(gram.names)
        weights = np.full(size, 1 / size)
        # A row that is met exactly would count without bound.
        least = 1e-9 * float(row_weights @ gram.member_errors().mean(axis=1)) or 1.0
        before, pull = np.inf, None
        for _ in range(_ROUNDS):
            errors = np.maximum(gram.row_errors(weights), least)
            shares = row_weights / errors
            if gram.measured is not None:
                shares *= gram.n_targets / gram.measured
            square = _summed(gram.errors, shares) / gram.n_targets
            pull = self.ridge * float(np.trace(square)) / size if pull is None else pull
            now = float(row_weights @ errors + pull * (weights @ weights))
            if before - now <= _GAIN * before and np.isfinite(before):
                break
            before = now
            # Half of it, because √q ≤ q/(2r) + r/2.
            weights = least_on_simplex(square / 2 + pull * np.eye(size))
        return weights


def _summed(products: Doubles, row_weights: Doubles) -> Doubles:
    """Return the weighted sum of the rows' inner products."""
    return np.tensordot(row_weights, products, axes=1)


def _pulled(square: Doubles, ridge: float) -> Doubles:
    """Return w'Aw with a ridge: where the sum of w is 1, ‖w − 1/n‖² and ‖w‖² differ by a constant."""
    return square + ridge * float(np.trace(square)) / len(square) * np.eye(len(square))
