"""Control: the mean of a row's category."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import ArrayLike

from kit.arrays import Floats, Ints, as_matrix
from kit.large import take_rows
from kit.models.base import MODELS, Model, check_fit_arrays
from kit.models.controls.codes import level_index, level_means, read_codes
from kit.plugins import check_is_fitted


@MODELS.register("group_mean")
class GroupMean(Model):
    """Control: predicts each target's mean over the training rows of the same category.

    Over the cell types' column it is the control "mean per cell type", over the compounds' "mean per compound". The
    features are category codes (the builder ``category_codes``), -1 for unseen; a category without training rows (or
    whose rows have no weight) falls back to the mean of all training rows.

    Args:
        column: Which column of X holds the category's codes, counted from 0.

    Attributes:
        n_features_in_: The number of features.
        levels_: (n_levels,) sorted codes of the training rows.
        means_: (n_levels + 1, n_outputs) float32 weighted means; the last is that of all rows.
    """

    allow_nan_targets: ClassVar[bool] = True

    def __init__(self, column: Annotated[int, Ge(0)] = 0) -> None:
        self.column = column

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Compute the (weighted) mean of Y in each category.

        Raises:
            InputError: The arrays do not match, or X has no codes in that column.
        """
        self.check_parameters()
        X, Y, weights = check_fit_arrays(X, Y, sample_weight, allow_nan=True)
        codes = read_codes(X, self.column, type(self).__name__)
        levels, means = level_means(Y, codes, np.ones(len(Y)) if weights is None else weights)
        self.n_features_in_ = X.shape[1]
        self.levels_: Ints = levels
        self.means_: Floats = means.astype(np.float32)
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Return the mean of each row's category, (n_rows, n_outputs)."""
        check_is_fitted(self, "means_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_)
        return take_rows(self.means_, level_index(read_codes(X, self.column, type(self).__name__), self.levels_))

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds."""
        return 5e-9 * n_rows * n_outputs
