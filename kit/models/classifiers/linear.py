"""Classifiers whose scores are linear in the features."""

import numpy as np

from kit.arrays import Doubles, Floats
from kit.classes import softmax
from kit.models.classifiers.base import Classifier


class LinearClassifier(Classifier):
    """Base of the linear classifiers: the softmax of a score for each class.

    Attributes:
        coef_: (n_seen, n_features) float64; absent where all rows are of one class.
        intercept_: (n_seen,) float64.
    """

    coef_: Doubles
    intercept_: Doubles

    def _probabilities(self, X: Floats) -> Doubles:
        return softmax(self._scaled(X) @ self.coef_.T + self.intercept_)

    def _scaled(self, X: Floats) -> Doubles:
        """Return the (n_rows, n_features) features of which scores are made."""
        return X.astype(np.float64)
