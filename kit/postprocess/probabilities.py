"""Probabilities of classes, whatever scores the models gave."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats, as_matrix
from kit.classes import shares_of
from kit.plugins import CLASSIFICATION
from kit.postprocess.base import POSTPROCESSORS, Postprocessor


@POSTPROCESSORS.register("probabilities")
class Probabilities(Postprocessor):
    """Sets scores below 0 to 0 and divides each row by its sum; a row without any score above 0 gets equal ones.

    The order of a row's classes stays, but for those set to 0. A model that was fitted to 0 and 1 for every class, as
    ridge regression is, predicts such scores; a classifier's probabilities stay as they are.

    Attributes:
        n_classes_: The number of classes.
    """

    problems: ClassVar[frozenset[str]] = frozenset({CLASSIFICATION})

    def fit(self, Y: Floats) -> Self:
        """Remember the number of classes of (n_rows, n_classes) Y."""
        self.check_parameters()
        self.n_classes_ = as_matrix(Y, "Y").shape[1]
        return self

    def transform(self, predictions: Floats) -> Floats:
        """Return (n, n_classes) probabilities, as a new array.

        Raises:
            InputError: The predictions are not finite or have another number of classes.
        """
        check_is_fitted(self, "n_classes_")
        scores = as_matrix(predictions, "predictions", n_columns=self.n_classes_).astype(np.float64)
        return shares_of(scores).astype(np.float32)
