"""A separate fit of one model for every group of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge
from numpy.typing import ArrayLike

from kit.arrays import Floats, as_matrix
from kit.full_width import FullWidth
from kit.models.base import MODELS, Model
from kit.models.wrappers.base import Wrapper, group_keys, match_rows
from kit.plugins import PluginOf, Supplied, check_is_fitted


@MODELS.register("per_group")
@dataclass(eq=False, repr=False)
class PerGroup(Wrapper):
    """Fits one model per group of rows, such as a cell type, and one on all rows for unseen groups.

    Groups of fewer than ``min_rows`` rows, and groups that training has not seen, are predicted by the model that is
    fitted on all rows.

    Args:
        model: The model, copied for each group.
        by: The feature block whose values name a row's group, such as one-hot columns of the cell type.
        min_rows: Rows that a group needs for a model of its own.
        blocks: Where the feature blocks lie; without it, all features together name the group.

    Attributes:
        keys_: (n_groups, width) float32, the block's values of the groups that have a model.
        models_: Their models.
        overall_: The model on all rows.
    """

    model: Annotated[Model, PluginOf("model")]
    by: str
    min_rows: Annotated[int, Ge(1)] = 10
    blocks: Annotated[dict[str, tuple[int, int]] | None, Supplied("the recipe's feature blocks")] = None

    def _fit(self, X: Floats, Y: Floats, weights: np.ndarray | None, full_width: FullWidth | None) -> None:
        """Fit the groups' models and the one on all rows."""
        keys, index = np.unique(group_keys(X, self.by, self.blocks), axis=0, return_inverse=True)
        counts = np.bincount(index.ravel(), minlength=len(keys))
        kept = np.flatnonzero(counts >= self.min_rows)
        everything = np.arange(len(X))
        self.overall_ = self._fit_inner(X, Y, everything, weights, full_width)
        members = [everything[index.ravel() == group] for group in kept]
        self.models_ = [self._fit_inner(X, Y, rows, weights, full_width) for rows in members]
        self.keys_: Floats = keys[kept]
        self.n_outputs_ = Y.shape[1]

    def predict(self, X: ArrayLike) -> Floats:
        """Return (n_rows, n_outputs) float32, each row by its group's model."""
        check_is_fitted(self, "overall_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_, allow_nan=self.allow_nan_features)
        group = match_rows(group_keys(X, self.by, self.blocks), self.keys_)
        predictions = np.empty((len(X), self.n_outputs_), dtype=np.float32)
        for number, model in [(-1, self.overall_), *enumerate(self.models_)]:
            rows = group == number
            if rows.any():
                predictions[rows] = model.predict(X[rows])
        return predictions
