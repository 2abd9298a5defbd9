"""Shared by builders that read targets: checks, projection, column blocks, sums without a row's own value."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats, as_matrix
from kit.errors import InputError
from kit.features.base import FeatureBuilder, Projector
from kit.features.encoders.groups import Grouping, Groups, category_codes, grouping_name, row_labels
from kit.gaps import has_gaps, measured_rows

_NARROW = 256
"""Columns below which a sum of two rows costs more in Python than in sums, so that many rows are added at once."""


class ProjectingBuilder(FeatureBuilder):
    """A builder whose features are as wide as the targets, or as their coordinates.

    Attributes:
        projector: The recipe's fitted target transform, or None: features are then as wide as the targets.
    """

    projector: Projector | None

    def __sklearn_clone__(self) -> Self:
        """Clone the parameters, but share the projector: it is handed in fitted, and a clone of it would not be."""
        copy: Self = super().__sklearn_clone__()
        copy.projector = self.projector
        return copy


class TargetBuilder(ProjectingBuilder):
    """A builder whose features are statistics of the training rows' targets, by category."""

    uses_targets: ClassVar[bool] = True

    def _targets(self, rows: pd.DataFrame, Y: Floats | None) -> Floats:
        """Return the training targets as a float32 matrix with a row for every row; NaN only where that is allowed."""
        if Y is None:
            raise InputError(f"{self.kind}: fit reads the targets; give Y, (n_rows, n_targets)")
        targets = as_matrix(Y, f"{self.kind}: Y", n_rows=len(rows), allow_nan=self.allow_nan_targets)
        if not len(targets):
            raise InputError(f"{self.kind}: no training rows; give at least one")
        if targets.size and not measured_rows(targets).any():
            raise InputError(f"{self.kind}: no target was measured in any row (all are NaN); give some finite values")
        return targets

    def _project(self, Y: Floats) -> Floats:
        """Return the (n_rows, n_components) coordinates of Y, or Y itself without a projector."""
        return Y if self.projector is None else as_matrix(self.projector.project(Y), f"{self.kind}: projected targets")

    def _early(self, targets: Floats) -> Floats:
        """Return the numbers that means are taken of: coordinates, or the targets themselves where these have gaps."""
        return targets if has_gaps(targets) else self._project(targets)

    def _late(self, features: Floats, values: Floats) -> Floats:
        """Return features as they are handed on: those of values with gaps are whole, and are projected only now.

        Args:
            features: (n_rows, n_parts · n_columns) features, each part as wide as the values.
            values: (n_rows, n_columns) what `_early` returned.
        """
        if getattr(self, "projector", None) is None or not has_gaps(values):
            return features
        return np.hstack([self._project(part) for part in np.split(features, features.shape[1] // values.shape[1], 1)])

    def _learn_groups(self, rows: pd.DataFrame, by: Grouping) -> tuple[np.ndarray, Groups]:
        """Return the sorted categories of the training rows and the rows by category."""
        categories, codes = np.unique(row_labels(rows, by, self.kind), return_inverse=True)
        return categories, Groups.of(codes, len(categories))

    def _codes(self, rows: pd.DataFrame, by: Grouping, categories: np.ndarray) -> np.ndarray:
        """Return each row's category, −1 when unseen: as an index, −1 means a table's last row, the prior."""
        return category_codes(row_labels(rows, by, self.kind), categories)


class CategoryMeans(TargetBuilder):
    """A builder whose features of new rows are means by category, one table a grouping.

    Attributes:
        statistic: What the means are called in the names of features.
        by: The groupings.
        categories_: For each grouping, the sorted categories, (n_categories,) str.
        tables_: For each grouping, (n_categories + 1, n_components) float32 means; the last is an unseen category's.
    """

    statistic: ClassVar[str]

    by: list[str | list[str]]
    categories_: list[np.ndarray]
    tables_: list[Floats]

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_groupings · n_components) means of each row's categories."""
        check_is_fitted(self)
        fitted = zip(self.by, self.categories_, self.tables_, strict=True)
        return np.concatenate([table[self._codes(rows, by, known)] for by, known, table in fitted], axis=1)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``cell_type__encoding__17``."""
        check_is_fitted(self)
        fitted = zip(self.by, self.tables_, strict=True)
        return np.asarray([name for by, t in fitted for name in numbered(by, self.statistic, t.shape[1])], dtype=str)


def numbered(by: Grouping, statistic: str, n_components: int) -> list[str]:
    """Return feature names such as ``cell_type__mean__17``."""
    return [f"{grouping_name(by)}__{statistic}__{component}" for component in range(n_components)]


def sums_of_others(values: Doubles, groups: Groups) -> Doubles:
    """Return, for every row, the sum over the other rows of its group; 0 where there are none.

    The sum of the rows before plus the sum of the rows after. Not the group's total minus the row: the row's own value
    would come in and go out again, and in floating point leave its rounding behind. So a row's result does not change
    by a bit whatever its own values are.

    Args:
        values: (n_rows, n_columns) float64.
        groups: Every row in exactly one group.

    Returns:
        (n_rows, n_columns) float64.
    """
    narrow = values.shape[1] < _NARROW
    if narrow and len(groups.counts) > groups.counts.max(initial=0):
        return _sums_place_by_place(values, groups)
    others = np.zeros_like(values)
    for first, last in pairwise(groups.starts):
        members = groups.order[first:last]
        for direction in (members, members[::-1]):
            if narrow:
                others[direction[1:]] += np.cumsum(values[direction[:-1]], axis=0)
                continue
            running = np.zeros(values.shape[1])
            for previous, row in pairwise(direction):
                running += values[previous]
                others[row] += running
    return others


def _sums_place_by_place(values: Doubles, groups: Groups) -> Doubles:
    """Do the same for many small groups: first all groups' second rows, then their third, and so on."""
    others = np.zeros_like(values)
    for step in (1, -1):
        ends = groups.starts[:-1] if step == 1 else groups.starts[1:] - 1
        running = np.zeros((len(ends), values.shape[1]))
        for place in range(1, int(groups.counts.max())):
            alive = np.flatnonzero(groups.counts > place)
            running[alive] += values[groups.order[ends[alive] + step * (place - 1)]]
            others[groups.order[ends[alive] + step * place]] += running[alive]
    return others
