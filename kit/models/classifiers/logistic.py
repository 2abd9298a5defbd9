"""Logistic regression of many classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge, Gt

from kit.arrays import Doubles, Floats, blocks
from kit.models.base import MODELS
from kit.models.classifiers.linear import LinearClassifier

# Single-thread CPU seconds for one row x feature x class in one iteration, and for a row x class, AMD EPYC.
_SECONDS_PER_PRODUCT, _SECONDS_PER_SCORE = 6e-11, 5e-9


@MODELS.register("logistic")
@dataclass(eq=False, repr=False)
class Logistic(LinearClassifier):
    """Logistic regression: the softmax of linear scores, with a quadratic penalty on their coefficients.

    Minimises Σ w·(cross-entropy) + ‖coef‖² / (2C), the intercepts unpenalised, by L-BFGS: scikit-learn's
    ``LogisticRegression`` with the same names of parameters, and rows may be of several classes by shares. Two classes
    have coefficients each, as more have; scikit-learn has one set of them there, and its C is then twice this one.

    Features of very different sizes take many iterations: bring them to one scale first (block ``scaled``).

    Args:
        C: The inverse of the penalty, greater than 0: the smaller, the closer the coefficients are to 0.
        fit_intercept: Whether there are intercepts.
        max_iter: Most iterations.
        tol: Ends where no entry of the gradient of the mean loss is greater.

    Attributes:
        coef_: (n_seen, n_features) float64.
        intercept_: (n_seen,) float64.
        n_iter_: The number of iterations.
        converged_: Whether they ended by ``tol``, or where nothing was left to gain.
    """

    restraints: ClassVar[tuple[str, ...]] = ("C",)

    C: Annotated[float, Gt(0)] = 1.0
    fit_intercept: bool = True
    max_iter: Annotated[int, Ge(1)] = 100
    tol: Annotated[float, Gt(0)] = 1e-4

    def _learn(self, X: Floats, shares: Floats) -> None:
        from scipy.optimize import minimize

        rows = np.ones((len(X), X.shape[1] + self.fit_intercept), dtype=np.float32)
        rows[:, : X.shape[1]] = X
        weights = shares.sum(axis=1, keepdims=True)
        penalty = np.full(rows.shape[1], 1 / (self.C * weights.sum(dtype=np.float64)))
        penalty[X.shape[1] :] = 0
        found = minimize(
            _mean_loss,
            np.zeros(shares.shape[1] * rows.shape[1]),
            args=(rows, shares, weights, penalty),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": self.max_iter, "gtol": self.tol, "ftol": 64 * np.finfo(float).eps, "maxls": 50},
        )
        coefficients = found.x.reshape(shares.shape[1], -1)
        self.coef_ = coefficients[:, : X.shape[1]].copy()
        self.intercept_ = coefficients[:, -1].copy() if self.fit_intercept else np.zeros(len(coefficients))
        self.n_iter_, self.converged_ = int(found.nit), bool(found.success)

    def report(self) -> dict[str, Any]:
        """Return how many iterations there were, and whether they were enough."""
        return {name: getattr(self, f"{name}_") for name in ("n_iter", "converged") if hasattr(self, f"{name}_")}

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds: products with the features, and exponentials of scores."""
        entry = _SECONDS_PER_PRODUCT * n_features + _SECONDS_PER_SCORE
        return entry * n_rows * n_outputs * self.max_iter


def _mean_loss(flat: Doubles, rows: Floats, shares: Floats, weights: Floats, penalty: Doubles) -> tuple[float, Doubles]:
    """Return the mean cross-entropy with the penalty, and its gradient: float32 in a block of rows, summed in float64.

    Args:
        flat: (n_classes · n_columns,) coefficients.
        rows: (n_rows, n_columns) features and a 1.
        shares: (n_rows, n_classes) how much of each row counts in each class.
        weights: (n_rows, 1) their sums.
        penalty: (n_columns,) half the penalty on a squared coefficient of each column.
    """
    coefficients = flat.reshape(shares.shape[1], -1)
    total = weights.sum(dtype=np.float64)
    loss = 0.5 * float((coefficients**2 @ penalty).sum())
    gradient = coefficients * penalty
    narrow = coefficients.astype(np.float32)
    for part in blocks(len(rows), shares.shape[1]):
        scores = rows[part] @ narrow.T
        scores -= scores.max(axis=1, keepdims=True)
        loss -= float(np.einsum("ij,ij->i", shares[part], scores).sum(dtype=np.float64)) / total
        np.exp(scores, out=scores)
        sums = scores.sum(axis=1, keepdims=True)
        loss += float((weights[part] * np.log(sums)).sum(dtype=np.float64)) / total
        scores *= weights[part] / sums
        scores -= shares[part]
        gradient += (scores.T @ rows[part]) / total
    return loss, gradient.ravel()
