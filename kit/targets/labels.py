"""The targets of a retrieval: labels, which models are taught by, and vectors, which they predict."""

from __future__ import annotations

from typing import ClassVar, Self

from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats, as_matrix
from kit.plugins import RETRIEVAL
from kit.targets.base import TARGETS, Groups, TargetTransform


@TARGETS.register("labels")
class LabelsTarget(TargetTransform):
    """Gives models the matrix of labels as it is, and takes whatever vectors they predict as they are.

    Attributes:
        n_targets_: The number of labels.
    """

    problems: ClassVar[frozenset[str]] = frozenset({RETRIEVAL})
    is_identity: ClassVar[bool] = True

    @property
    def linear(self) -> bool:
        """False: predictions are no coordinates of the labels."""
        return False

    def fit(self, Y: Floats, groups: Groups = None) -> Self:
        """Remember the number of labels of (n_rows, n_labels) Y."""
        self.check_parameters()
        self.n_targets_ = as_matrix(Y, "Y").shape[1]
        return self

    def transform(self, Y: Floats, groups: Groups = None) -> Floats:
        """Return Y, checked."""
        check_is_fitted(self, "n_targets_")
        return as_matrix(Y, "Y", n_columns=self.n_targets_)

    def inverse_transform(self, Z: Floats, groups: Groups = None) -> Floats:
        """Return (n, n_dims) vectors, checked."""
        check_is_fitted(self, "n_targets_")
        return as_matrix(Z, "Z")

    def project(self, Y: Floats) -> Floats:
        """Return Y, checked."""
        return self.transform(Y)

    def expected_components(self, n_rows: int, n_targets: int) -> int:
        """Return the number of labels."""
        return n_targets
