"""Controls that ignore the features: zeros, and the mean of the training targets."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Floats, as_matrix
from kit.large import room, row_blocks
from kit.models.base import MODELS, Model, check_fit_arrays
from kit.models.controls.codes import level_means
from kit.plugins import check_is_fitted


@MODELS.register("zeros")
class Zeros(Model):
    """Control: predicts zero for every target ("no effect").

    Attributes:
        n_features_in_: The number of features, which are not read.
        n_outputs_: The number of targets.
    """

    is_constant: ClassVar[bool] = True
    allow_nan_targets: ClassVar[bool] = True

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Remember the shapes of X and Y."""
        self.check_parameters()
        X, Y, _ = check_fit_arrays(X, Y, sample_weight, allow_nan=True)
        self.n_features_in_, self.n_outputs_ = X.shape[1], Y.shape[1]
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Return (n_rows, n_outputs) zeros."""
        check_is_fitted(self, "n_outputs_")
        n_rows = as_matrix(X, "X", n_columns=self.n_features_in_).shape[0]
        return _repeated(np.zeros(self.n_outputs_, dtype=np.float32), n_rows)

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds."""
        return 1e-9 * n_rows * n_outputs


@MODELS.register("mean_outcome")
class MeanOutcome(Model):
    """Control: predicts each target's mean over the training rows.

    Attributes:
        n_features_in_: The number of features, which are not read.
        mean_: (n_outputs,) float32 weighted means.
    """

    is_constant: ClassVar[bool] = True
    allow_nan_targets: ClassVar[bool] = True

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Compute the (weighted) mean of Y."""
        self.check_parameters()
        X, Y, weights = check_fit_arrays(X, Y, sample_weight, allow_nan=True)
        weights = np.ones(len(Y)) if weights is None else weights
        self.n_features_in_ = X.shape[1]
        self.mean_: Floats = level_means(Y, np.zeros(len(Y), dtype=np.intp), weights)[1][-1].astype(np.float32)
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Return the mean for every row, (n_rows, n_outputs)."""
        check_is_fitted(self, "mean_")
        n_rows = as_matrix(X, "X", n_columns=self.n_features_in_).shape[0]
        return _repeated(self.mean_, n_rows)

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds."""
        return 4e-9 * n_rows * n_outputs


def _repeated(row: Floats, n_rows: int) -> Floats:
    """Return (n_rows, n_outputs) of which every row is the same."""
    repeated: Floats = room((n_rows, len(row)))
    for rows in row_blocks(repeated):
        repeated[rows] = row
    return repeated
