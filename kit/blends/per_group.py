"""A separate blend for every group of rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Self, TypeGuard

import numpy as np
from annotated_types import Ge
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats, as_matrix
from kit.blends.base import BLENDS, Blend
from kit.blends.by_metric import MetricBlend
from kit.blends.by_variance import VarianceBlend
from kit.blends.checks import checked, row_labels, row_weights
from kit.blends.learnt import LearntBlend
from kit.blends.row_gram import RowGram
from kit.errors import InputError, ParameterError
from kit.plugins import PluginOf


@BLENDS.register("per_group")
class PerGroupBlend(Blend):
    """Fits a separate blend for every group of rows (cell type), and one on all rows for unseen groups.

    Rows of groups that were not in the fit, or had fewer than ``min_rows`` rows there, are blended by the one that was
    fitted on all rows. Where whole groups are held out, as in folds by cell type, the held-out rows fall to it too.

    Args:
        blend: The blend, copied for each group.
        min_rows: Rows of a weight above 0 that a group needs for a blend of its own.

    Attributes:
        groups_: (n_groups,) the labels of the groups that have a blend of their own, sorted.
        blends_: Their blends.
        overall_: The blend fitted on all rows.
    """

    learns: ClassVar[bool] = True

    def __init__(self, blend: Annotated[Blend, PluginOf("blend")], min_rows: Annotated[int, Ge(1)] = 20) -> None:
        self.blend = blend
        self.min_rows = min_rows

    def check_parameters(self) -> None:
        """Check the parameters.

        Raises:
            ParameterError: One is out of range, or the blend inside goes by rows already.
        """
        super().check_parameters()
        if isinstance(self.blend, VarianceBlend):
            raise ParameterError(f"blend: {self.blend.kind} weighs every row on its own already; use it without groups")

    def fit(
        self,
        predictions: Mapping[str, Floats],
        Y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        folds: ArrayLike | None = None,
    ) -> Self:
        """Fit the groups' blends and the one on all rows, on out-of-fold predictions (n_rows, n_targets).

        Args:
            predictions: As in `Blend.fit`.
            Y: As in `Blend.fit`.
            sample_weight: As in `Blend.fit`.
            groups: As in `Blend.fit`.
            folds: (n_rows,) labels of the rows that were validated together, for blends that learn by any metric.

        Raises:
            InputError: There are no groups, nothing to blend, or the shapes disagree.
            ParameterError: A parameter is out of range.
        """
        self.check_parameters()
        if fits_on_gram(self):
            return self.fit_gram(RowGram.of(predictions, Y), sample_weight, groups)
        matrices = checked(predictions)
        n_rows, n_targets = next(iter(matrices.values())).shape
        if Y is None:
            raise InputError("Y: a blend per group takes the targets of its out-of-fold predictions; pass Y")
        truth = as_matrix(Y, "Y", n_rows, n_targets, allow_nan=True)
        weights = None if sample_weight is None else np.asarray(sample_weight)

        def fit_on(rows: np.ndarray, labels: np.ndarray) -> Blend:
            return fit_on_folds(
                clone(self.blend),
                {name: matrix[rows] for name, matrix in matrices.items()},
                truth[rows],
                None if weights is None else weights[rows],
                labels[rows],
                None if folds is None else np.asarray(folds)[rows],
            )

        return self._fit(fit_on, n_rows, sample_weight, groups)

    def fit_gram(self, gram: RowGram, sample_weight: ArrayLike | None = None, groups: ArrayLike | None = None) -> Self:
        """Fit blends with learnt weights from what `RowGram` holds of the predictions.

        Raises:
            InputError: The inner blend does not learn weights, and as `fit`.
        """
        self.check_parameters()
        inner = self.blend
        if not fits_on_gram(inner):
            raise InputError(f"per_group of {inner.kind!r} cannot be fitted on inner products; call fit")
        weights = None if sample_weight is None else np.asarray(sample_weight)

        def fit_on(rows: np.ndarray, labels: np.ndarray) -> Blend:
            fitted: Blend = clone(inner).fit_gram(
                gram.select_rows(rows), None if weights is None else weights[rows], labels[rows]
            )
            return fitted

        return self._fit(fit_on, len(gram), sample_weight, groups)

    def combine(self, predictions: Mapping[str, Floats], groups: ArrayLike | None = None) -> Floats:
        """Return the (n_rows, n_targets) float32 blend, each row by its group's.

        Raises:
            InputError: There are no groups, nothing to blend, or the shapes disagree.
        """
        check_is_fitted(self, "overall_")
        matrices = checked(predictions)
        shape = next(iter(matrices.values())).shape
        labels = _labels(groups, shape[0])
        blend = np.empty(shape, dtype=np.float32)
        place = {name: number for number, name in enumerate(self.groups_.tolist())}
        owner = np.array([place.get(label, -1) for label in labels.tolist()], dtype=np.intp)
        for number, one in [(-1, self.overall_), *enumerate(self.blends_)]:
            rows = np.flatnonzero(owner == number)
            if len(rows):
                blend[rows] = one.combine({name: matrix[rows] for name, matrix in matrices.items()}, labels[rows])
        return blend

    @property
    def objective(self) -> str | None:
        """That of the blend of each group."""
        return self.blend.objective

    def report(self) -> dict[str, Any]:
        """Return the reports of the blend on all rows and of the groups' blends."""
        check_is_fitted(self, "overall_")
        own = {name: blend.report() for name, blend in zip(self.groups_.tolist(), self.blends_, strict=True)}
        return {"overall": self.overall_.report(), "groups": own}

    def _fit(
        self,
        fit_on: Callable[[np.ndarray, np.ndarray], Blend],
        n_rows: int,
        sample_weight: ArrayLike | None,
        groups: ArrayLike | None,
    ) -> Self:
        labels = _labels(groups, n_rows)
        counted = row_weights(sample_weight, n_rows) > 0
        self.overall_: Blend = fit_on(np.arange(n_rows), labels)
        names, counts = np.unique(labels[counted], return_counts=True)
        self.groups_: np.ndarray = names[counts >= self.min_rows].astype(str)
        self.blends_: list[Blend] = [fit_on(np.flatnonzero(labels == name), labels) for name in self.groups_]
        return self


def fit_on_folds(
    blend: Blend,
    predictions: Mapping[str, Floats],
    Y: Floats,
    sample_weight: ArrayLike | None,
    groups: ArrayLike | None,
    folds: ArrayLike | None,
    variances: Mapping[str, Doubles] | None = None,
) -> Blend:
    """Return a blend fitted on out-of-fold predictions.

    One that learns by any metric is told the rows' folds, a `VarianceBlend` what members expect of their errors.
    """
    if isinstance(blend, VarianceBlend):
        return blend.fit(predictions, Y, sample_weight, groups, variances)
    if isinstance(blend, (MetricBlend, PerGroupBlend)):
        return blend.fit(predictions, Y, sample_weight, groups, folds)
    return blend.fit(predictions, Y, sample_weight, groups)


def fits_on_gram(blend: Blend) -> TypeGuard[LearntBlend | PerGroupBlend]:
    """Whether a blend can be fitted by ``fit_gram``, without wide arrays."""
    if isinstance(blend, PerGroupBlend):
        return fits_on_gram(blend.blend)
    return isinstance(blend, LearntBlend) and blend.on_gram


def _labels(groups: ArrayLike | None, n_rows: int) -> np.ndarray:
    if groups is None:
        raise InputError("groups: a blend per group needs the group of every row; pass groups")
    return row_labels(groups, n_rows)
