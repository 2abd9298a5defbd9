"""Clipping of predictions to the measured range."""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
from annotated_types import Ge
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats, as_matrix
from kit.errors import InputError
from kit.postprocess.base import POSTPROCESSORS, Postprocessor


@POSTPROCESSORS.register("clip")
class Clip(Postprocessor):
    """Clips each target to its range over the original training rows (as the third place did).

    Args:
        margin: How far beyond the range a prediction may go at each end, as a fraction of the range.

    Attributes:
        lower_: (n_targets,) float32 least values.
        upper_: (n_targets,) float32 greatest values.
    """

    allow_nan_targets = True

    def __init__(self, margin: Annotated[float, Ge(0)] = 0.0) -> None:
        self.margin = margin

    def fit(self, Y: Floats) -> Self:
        """Learn the range of each column of (n_rows, n_targets) targets; one that no row measured has no limits.

        Raises:
            InputError: Y is no finite matrix with at least one row.
        """
        self.check_parameters()
        Y = as_matrix(Y, "Y", allow_nan=True)
        if Y.shape[0] == 0:
            raise InputError("Y: expected at least one row to take the ranges from, got 0")
        lower, upper = (f.reduce(Y, axis=0).astype(np.float64) for f in (np.fmin, np.fmax))  # of what was measured
        reach = self.margin * (upper - lower)
        unknown = np.isnan(lower)
        lower[unknown], upper[unknown], reach[unknown] = -np.inf, np.inf, 0.0
        self.lower_: Floats = (lower - reach).astype(np.float32)
        self.upper_: Floats = (upper + reach).astype(np.float32)
        return self

    def transform(self, predictions: Floats) -> Floats:
        """Return the (n, n_targets) predictions clipped, as a new array.

        Raises:
            InputError: They are not finite or have another number of targets.
        """
        check_is_fitted(self, "lower_")
        predictions = as_matrix(predictions, "predictions", n_columns=len(self.lower_))
        return np.clip(predictions, self.lower_, self.upper_)
