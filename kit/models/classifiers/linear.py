"""Classifiers whose scores are linear in the features."""

import numpy as np

from kit.arrays import Doubles, Floats
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
        scores = X.astype(np.float64) @ self.coef_.T + self.intercept_
        scores -= scores.max(axis=1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=1, keepdims=True)
        return scores
