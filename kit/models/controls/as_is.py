"""The features themselves as a prediction: what a retrieval gets without any model."""

from __future__ import annotations

from typing import ClassVar, Self

from numpy.typing import ArrayLike

from kit.arrays import Floats, as_matrix
from kit.models.base import MODELS, Model, check_fit_arrays
from kit.plugins import RETRIEVAL, check_is_fitted


@MODELS.register("as_is")
class AsIs(Model):
    """Control: each row's vector is its features, and nothing is learnt.

    Attributes:
        n_features_in_: The number of features.
    """

    problems: ClassVar[frozenset[str]] = frozenset({RETRIEVAL})

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Remember the number of features of (n_rows, n_features) X."""
        self.check_parameters()
        X, _, _ = check_fit_arrays(X, Y, sample_weight)
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Return X, (n_rows, n_features) float32."""
        check_is_fitted(self, "n_features_in_")
        return as_matrix(X, "X", n_columns=self.n_features_in_).copy()

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds."""
        return 1e-9 * n_rows * n_features
