"""Linear regression with a quadratic penalty, for many targets and a whole path of penalties at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, Ints, as_matrix, blocks
from kit.gaps import has_gaps, target_parts
from kit.large import room
from kit.models.base import MODELS, Loss, Model, check_fit_arrays
from kit.models.penalties import Penalties, best, path_length, penalty_path
from kit.plugins import check_is_fitted

_EPS = float(np.finfo(np.float64).eps)


@MODELS.register("ridge")
@dataclass(eq=False, repr=False)
class Ridge(Model):
    """Ridge regression; a list of penalties is a path from which the best is chosen.

    Minimises Σ w‖y − x'B − b‖² + penalty·‖B‖², the intercept b unpenalised. One eigen-decomposition of X'X or XX',
    whichever is smaller, in float64, serves every target and every penalty.

    Targets may have gaps (NaN in Y): each is fitted on the rows that measured it, with one decomposition for all that
    lack the same rows. A target that no row measured is predicted as 0.

    Args:
        penalty: The penalty (scikit-learn's ``alpha``), greater than 0, in units of squared features times rows; or a
            list, from which `choose` takes the best on held-out rows. `fit` with a list takes the one with the least
            squared leave-one-out error of the training rows, which is exact and costs no further fit (as
            scikit-learn's ``RidgeCV``); of equals, the greatest. "auto" is that choice from quarter decades around the
            mean nonzero eigenvalue of X'X (1e-4 to 1e3 times it), in a recipe too: no inner folds, no further fits.
        fit_intercept: Whether there is an intercept.

    Attributes:
        coef_: (n_outputs, n_features) float64: collinear features have large coefficients that cancel.
        intercept_: (n_outputs,) float64.
        penalty_: The penalty of this fit.
        n_features_in_: The number of features.
    """

    allow_nan_targets: ClassVar[bool] = True
    path_parameter: ClassVar[str | None] = "penalty"
    restraints: ClassVar[tuple[str, ...]] = ("penalty",)

    penalty: Penalties = 1.0
    fit_intercept: bool = True

    @property
    def chooses(self) -> bool:
        """Whether ``penalty`` is a list."""
        return isinstance(self.penalty, list)

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit on (n_rows, n_features) features and (n_rows, n_outputs) targets, weights (n_rows,) if given.

        Raises:
            InputError: The arrays do not match.
            ParameterError: A penalty is not greater than 0.
        """
        self.check_parameters()
        X, Y, weights = check_fit_arrays(X, Y, sample_weight, allow_nan=True)
        paths = _Paths(X, Y, weights, self.fit_intercept)
        penalties = penalty_path(self.penalty, paths.of_all.eigenvalues)
        self.penalty_ = penalties[0]
        if len(penalties) > 1:
            errors = sum(path.leave_one_out(part, penalties) for path, part, _ in paths)
            self.penalty_ = best(penalties, np.asarray(errors), "penalty")

        self.coef_: Doubles = np.zeros((Y.shape[1], X.shape[1]))
        self.intercept_: Doubles = np.zeros(Y.shape[1])
        for path, part, targets in paths:
            shrink = 1 / (path.eigenvalues + self.penalty_)
            for columns in blocks(part.shape[1], path.width):
                mean, products = path.reduce(part[:, columns])
                at = targets[columns]
                self.coef_[at] = (products.T * shrink) @ path.basis.T
                self.intercept_[at] = mean - self.coef_[at] @ path.X_mean
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Return (n_rows, n_outputs) float32, computed in float64 in blocks of targets."""
        check_is_fitted(self, "coef_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_)
        predictions: Floats = room((X.shape[0], len(self.coef_)))
        for rows in blocks(*X.shape):
            wide = X[rows].astype(np.float64)
            for columns in blocks(len(self.coef_), len(wide)):
                predictions[rows, columns] = wide @ self.coef_[columns].T + self.intercept_[columns]
        return predictions

    def choose(self, X: ArrayLike, Y: ArrayLike, X_val: ArrayLike, loss: Loss, **fit_params: Any) -> float:
        """Return the penalty of the path whose prediction for ``X_val`` has the least loss; of equals, the greatest.

        Raises:
            InputError: The arrays do not match, or no penalty has a finite loss.
        """
        self.check_parameters()
        X, Y, weights = check_fit_arrays(X, Y, fit_params.get("sample_weight"), allow_nan=True)
        X_val = as_matrix(X_val, "X_val", n_columns=X.shape[1])
        paths = _Paths(X, Y, weights, self.fit_intercept)
        penalties = penalty_path(self.penalty, paths.of_all.eigenvalues)
        predicted: list[Floats] = [room((len(X_val), Y.shape[1])) for _ in penalties]
        for values in predicted:
            values[:] = 0
        for path, part, targets in paths:
            mean, products = path.reduce(part)
            for rows in blocks(*X_val.shape):
                scores = (X_val[rows] - path.X_mean) @ path.basis
                for penalty, values in zip(penalties, predicted, strict=True):
                    shrunk = products / (path.eigenvalues + penalty)[:, None]
                    values[rows, targets] = (scores @ shrunk + mean).astype(np.float32)
        losses = [float(loss(values)) for values in predicted]
        return best(penalties, np.asarray(losses), "penalty")

    def report(self) -> dict[str, Any]:
        """Return the penalty of the fit."""
        check_is_fitted(self, "coef_")
        return {"penalty": self.penalty_}

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds: Gram matrix, eigen-decomposition, products with Y."""
        small = min(n_rows, n_features)
        fits = path_length(self.penalty)
        return 1e-10 * (n_rows * n_features * small + 20 * small**3 + fits * n_rows * small * n_outputs)


class _Paths:
    """The decompositions for targets that lack the same rows, with the rows that these have of them, one at a time.

    Args:
        X: (n_rows, n_features) features.
        Y: (n_rows, n_outputs) targets, NaN in gaps.
        weights: (n_rows,) weights, if any.
        intercept: Whether there is one.

    Attributes:
        of_all: The decomposition of all rows.
    """

    def __init__(self, X: Floats, Y: Floats, weights: Doubles | None, intercept: bool) -> None:
        self._X, self._Y, self._weights, self._intercept = X, Y, weights, intercept
        self.of_all = _Path.of(X, weights, intercept)

    def __iter__(self) -> Iterator[tuple[_Path, Floats, Ints]]:
        """Yield a decomposition, the (n_measured, n_alike) targets that it serves, and their places."""
        if not has_gaps(self._Y):
            yield self.of_all, self._Y, np.arange(self._Y.shape[1])
            return
        # A row of weight 0 is as if it were not there.
        counted = self._Y if self._weights is None else np.where(self._weights[:, None] > 0, self._Y, np.nan)
        for rows, targets in target_parts(counted):
            weights = None if self._weights is None else self._weights[rows]
            path = _Path.of(self._X[rows], weights, self._intercept)
            yield path, self._Y[np.ix_(rows, targets)], targets


@dataclass(frozen=True)
class _Path:
    """The decomposition from which the solutions for all penalties are computed.

    With X the centred rows times the roots of their weights and X = U S B' its thin singular value decomposition, the
    coefficients for a penalty a are B (S² + a)⁻¹ (US)'Y.

    The rows of a tall X are taken some at a time: only sums over them are kept.

    Attributes:
        X: (n_rows, n_features) the features.
        X_mean: (n_features,) their weighted mean, zeros without an intercept.
        weights: (n_rows,) weights.
        intercept: Whether there is one.
        eigenvalues: (r,) S², the nonzero ones.
        basis: (n_features, r) B.
        scores: (n_rows, r) US of a wide X; None of a tall one, where they are (X − mean) B times the weights' roots.
    """

    X: Floats
    X_mean: Doubles
    weights: Doubles
    intercept: bool
    eigenvalues: Doubles
    basis: Doubles
    scores: Doubles | None

    @classmethod
    def of(cls, X: Floats, weights: Doubles | None, intercept: bool) -> _Path:
        """Decompose (n_rows, n_features) features."""
        weights = np.ones(len(X)) if weights is None else weights
        mean = _weighted_mean(X, weights) if intercept else np.zeros(X.shape[1])
        wide = X.shape[1] > X.shape[0]
        if wide:
            rows = _centred(X, mean, weights)
            gram = rows @ rows.T
        else:
            gram = np.zeros((X.shape[1], X.shape[1]))
            for some in blocks(*X.shape):
                rows = _centred(X[some], mean, weights[some])
                gram += rows.T @ rows
        values, vectors = np.linalg.eigh(gram)
        # Directions below rounding carry no information; kept, they would divide noise by a small penalty.
        kept = values > values.max(initial=0.0) * max(X.shape) * _EPS
        values, vectors = values[kept], vectors[:, kept]
        if wide:
            scores, basis = vectors * np.sqrt(values), rows.T @ (vectors / np.sqrt(values))
            return cls(X, mean, weights, intercept, values, basis, scores)
        return cls(X, mean, weights, intercept, values, vectors, None)

    @property
    def width(self) -> int:
        """How many numbers stand for a target in `reduce`, at most: as many as there are rows or features."""
        return len(self.X) if self.scores is not None else self.X.shape[1]

    def reduce(self, Y: Floats) -> tuple[Doubles, Doubles]:
        """Return the weighted mean of Y (zeros without an intercept) and (US)'Y, of Y centred and weighted."""
        mean = _weighted_mean(Y, self.weights) if self.intercept else np.zeros(Y.shape[1])
        if self.scores is not None:
            return mean, self.scores.T @ _centred(Y, mean, self.weights)
        products = np.zeros((self.X.shape[1], Y.shape[1]))
        for some in blocks(len(Y), max(self.X.shape[1], Y.shape[1])):
            rows = _centred(self.X[some], self.X_mean, self.weights[some])
            products += rows.T @ _centred(Y[some], mean, self.weights[some])
        return mean, self.basis.T @ products

    def leave_one_out(self, Y: Floats, penalties: list[float]) -> Doubles:
        """Return, for each penalty, the weighted sum of squared errors of predicting each row without itself.

        Exact by the diagonal h of the hat matrix: the error without the row is the residual over 1 − h. Both are
        rounding where the penalty is under about 1e-12 of the greatest eigenvalue. One row alone has no error.
        """
        shrink = 1 / (self.eigenvalues[:, None] + np.asarray(penalties))
        errors = np.zeros(len(penalties))
        for columns in blocks(Y.shape[1], self.width):
            mean, products = self.reduce(Y[:, columns])
            for some in blocks(len(Y), max(self.X.shape[1], columns.stop - columns.start)):
                scores = self._scores(some)
                hat = scores**2 @ shrink
                if self.intercept:
                    hat += (self.weights[some] / self.weights.sum())[:, None]
                inverse = 1 / np.maximum(1 - hat, _EPS)
                rows = _centred(Y[some, columns], mean, self.weights[some])
                for i in range(len(penalties)):
                    left_out = (rows - scores @ (products * shrink[:, i, None])) * inverse[:, i, None]
                    errors[i] += np.einsum("ij,ij->", left_out, left_out)
        return errors

    def _scores(self, some: slice) -> Doubles:
        """Return the scores US of some rows."""
        if self.scores is not None:
            return self.scores[some]
        return np.asarray(_centred(self.X[some], self.X_mean, self.weights[some]) @ self.basis)


def _weighted_mean(values: Floats, weights: Doubles) -> Doubles:
    """Return the (n_columns,) weighted mean of rows."""
    total = np.zeros(values.shape[1])
    for rows in blocks(*values.shape):
        total += weights[rows] @ values[rows].astype(np.float64)
    return np.asarray(total / weights.sum())


def _centred(values: Floats, mean: Doubles, weights: Doubles) -> Doubles:
    """Return rows less their mean, times the roots of their weights, float64."""
    rows = values.astype(np.float64)
    rows -= mean
    rows *= np.sqrt(weights)[:, None]
    return rows
