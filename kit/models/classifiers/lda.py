"""Linear discriminant analysis of many classes at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Le

from kit.arrays import Doubles, Floats, blocks
from kit.models.base import MODELS
from kit.models.classifiers.linear import LinearClassifier

_EPS = float(np.finfo(np.float64).eps)


@MODELS.register("lda")
@dataclass(eq=False, repr=False)
class LDA(LinearClassifier):
    """Linear discriminant analysis: classes are normal distributions of one covariance around means of their own.

    The covariance is pooled over all classes, so that a class of few rows has one too; means and covariance are
    products of matrices, which takes seconds for a thousand classes. Directions in which no class varies say nothing.
    It is scikit-learn's ``LinearDiscriminantAnalysis`` with ``solver="lsqr"``, but for shrinkage "auto", which there is
    estimated from each class alone.

    Args:
        shrinkage: How far the covariance is drawn to one without correlations: "none"; a share from 0 to 1 of the way
            to the mean variance in every direction; or "auto", the share that Ledoit and Wolf (2004) estimate, on
            features of one variance within classes.

    Attributes:
        coef_: (n_seen, n_features) float64.
        intercept_: (n_seen,) float64.
        shrinkage_: The share of this fit.
    """

    shrinkage: Literal["none", "auto"] | Annotated[float, Ge(0), Le(1)] = "none"

    def _learn(self, X: Floats, shares: Floats) -> None:
        weights = shares.sum(axis=1, dtype=np.float64)
        total = weights.sum()
        centre = weights @ X / total
        rows = X - centre
        counts = shares.sum(axis=0, dtype=np.float64)
        means = np.zeros((len(counts), X.shape[1]))
        for part in blocks(len(rows), len(counts)):
            means += shares[part].T @ rows[part]
        means /= counts[:, None]
        within = ((rows.T * weights) @ rows - (means.T * counts) @ means) / total
        scale = np.ones(X.shape[1])
        if self.shrinkage == "auto":
            deviations = np.sqrt(np.maximum(np.diag(within), 0))
            # What is left of a feature that is constant in every class is rounding.
            varies = deviations > 1e-6 * np.sqrt(weights @ rows**2 / total)
            scale = np.where(varies, deviations, 1.0)
        standard = within / np.outer(scale, scale)
        self.shrinkage_ = 0.0
        if self.shrinkage == "auto":
            self.shrinkage_ = _ledoit_wolf(standard, _fourth_moment(rows / scale, means / scale, shares), total)
        elif self.shrinkage != "none":
            self.shrinkage_ = float(self.shrinkage)
        standard *= 1 - self.shrinkage_
        standard.flat[:: len(standard) + 1] += self.shrinkage_ * np.trace(within / np.outer(scale, scale)) / len(within)
        values, vectors = np.linalg.eigh(standard)
        kept = values > values.max(initial=0.0) * max(X.shape) * _EPS
        basis = vectors[:, kept] / np.sqrt(values[kept]) / scale[:, None]
        self.coef_ = means @ basis @ basis.T
        constant = -0.5 * np.einsum("ij,ij->i", means, self.coef_) + np.log(counts / total)
        self.intercept_ = constant - self.coef_ @ centre

    def report(self) -> dict[str, Any]:
        """Return the shrinkage of the fit."""
        return {"shrinkage": self.shrinkage_} if hasattr(self, "shrinkage_") else {}

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds: products of features with features and classes."""
        return 2e-10 * n_features * (n_rows * (n_features + 2 * n_outputs) + n_features**2)


def _fourth_moment(rows: Doubles, means: Doubles, shares: Floats) -> float:
    """Return the mean over rows of the fourth power of their distance from the mean of their class."""
    lengths = np.einsum("ij,ij->i", means, means)
    total = 0.0
    for part in blocks(len(rows), len(means)):
        squares = np.einsum("ij,ij->i", rows[part], rows[part])[:, None] - 2 * rows[part] @ means.T + lengths
        total += float(np.einsum("ij,ij,ij->", shares[part], squares, squares))
    return total / float(shares.sum(dtype=np.float64))


def _ledoit_wolf(covariance: Doubles, fourth_moment: float, n_rows: float) -> float:
    """Return the share of the way to the mean variance in every direction that has the least expected squared error.

    Args:
        covariance: (n_features, n_features) of the rows.
        fourth_moment: The mean over rows of the fourth power of their distance from the mean.
        n_rows: How many they are.
    """
    squares = float((covariance**2).sum())
    spread = squares - np.trace(covariance) ** 2 / len(covariance)
    error = (fourth_moment - squares) / n_rows
    return 0.0 if spread <= 0 else float(np.clip(error / spread, 0, 1))
