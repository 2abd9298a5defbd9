"""Calibration: a model's predictions scaled by one out-of-fold factor per group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix
from kit.errors import InputError
from kit.full_width import FullWidth
from kit.gaps import has_gaps
from kit.models.base import MODELS, Model
from kit.models.wrappers.base import Wrapper, group_keys, match_rows
from kit.plugins import PluginOf, Supplied, check_is_fitted


@MODELS.register("calibrated")
@dataclass(eq=False, repr=False)
class Calibrated(Wrapper):
    """Scales a model's predictions by one factor per group (cell type), learnt out-of-fold on the training rows.

    The number is the least-squares one, Σ⟨y, ŷ⟩ / Σ⟨ŷ, ŷ⟩ over the group's out-of-fold predictions, drawn towards that
    of all rows, and never below 0: predictions that overshoot are shrunk, timid ones stretched, those that point the
    wrong way dropped. In the coordinates of an orthonormal basis it is the same number as at full width. Groups that
    training has not seen get the number of all rows.

    Args:
        model: The model.
        by: The feature block whose values name a row's group.
        n_splits: Folds for the out-of-fold predictions, over shuffled rows.
        shrinkage: Rows of the overall number that a group's own is mixed with.
        random_state: Seed of the folds.
        blocks: Where the feature blocks lie; without it, all features together name the group.

    Attributes:
        model_: The model, fitted on all rows.
        keys_: (n_groups, width) float32, the block's values of the groups.
        scales_: (n_groups + 1,) float64, the groups' numbers and, last, that of all rows.
    """

    model: Annotated[Model, PluginOf("model")]
    by: str
    n_splits: Annotated[int, Ge(2)] = 5
    shrinkage: Annotated[float, Ge(0)] = 10.0
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None
    blocks: Annotated[dict[str, tuple[int, int]] | None, Supplied("the recipe's feature blocks")] = None

    def _fit(self, X: Floats, Y: Floats, weights: np.ndarray | None, full_width: FullWidth | None) -> None:
        """Fit the model on folds for the scales, then on all rows."""
        from sklearn.model_selection import KFold

        if len(X) < self.n_splits:
            raise InputError(f"n_splits={self.n_splits}, n_samples={len(X)}: there are fewer rows than folds")
        out_of_fold = np.empty_like(Y)
        for train, held_out in KFold(self.n_splits, shuffle=True, random_state=self.random_state).split(X):
            out_of_fold[held_out] = self._fit_inner(X, Y, train, weights, full_width).predict(X[held_out])
        self.model_ = self._fit_inner(X, Y, np.arange(len(X)), weights, full_width)
        keys, index = np.unique(group_keys(X, self.by, self.blocks), axis=0, return_inverse=True)
        self.keys_: Floats = keys
        self.scales_ = self._scales(Y, out_of_fold, index.ravel(), np.ones(len(X)) if weights is None else weights)

    def predict(self, X: ArrayLike) -> Floats:
        """Return (n_rows, n_outputs) float32."""
        check_is_fitted(self, "model_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_, allow_nan=self.allow_nan_features)
        # No match is −1, which is the last number, that of all rows.
        scale = self.scales_[match_rows(group_keys(X, self.by, self.blocks), self.keys_)]
        return (self.model_.predict(X) * scale[:, None]).astype(np.float32)

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return the CPU seconds of all fits."""
        return (self.n_splits + 1) * self.model.estimate_seconds(n_rows, n_features, n_outputs)

    def _scales(self, Y: Floats, predictions: Floats, index: np.ndarray, weights: np.ndarray) -> Doubles:
        if has_gaps(Y):
            # What was not measured says nothing of the scale.
            Y, predictions = np.nan_to_num(Y), np.where(np.isnan(Y), np.float32(0), predictions)
        agreement = weights * np.einsum("ij,ij->i", Y, predictions, dtype=np.float64)
        power = weights * np.einsum("ij,ij->i", predictions, predictions, dtype=np.float64)
        if not power.sum() > 0:  # a model that predicts nothing has nothing to scale
            return np.ones(index.max() + 2)
        overall = agreement.sum() / power.sum()
        extra = self.shrinkage * power.mean()
        own = (np.bincount(index, agreement) + overall * extra) / (np.bincount(index, power) + extra)
        scales: Doubles = np.maximum(np.append(own, overall), 0.0)
        return scales
