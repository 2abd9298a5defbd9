"""Statistics of the training targets by category, the winners' way: every row of a category gets the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal, Self, cast

import numpy as np
import pandas as pd
from annotated_types import Ge, Le, MinLen
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats
from kit.features.base import FEATURES, Projector
from kit.features.encoders.groups import Groups, grouping_name
from kit.features.encoders.statistics import group_statistics
from kit.features.encoders.targets import TargetBuilder, numbered
from kit.gaps import has_gaps
from kit.plugins import ColumnOf, Supplied

Statistic = Literal["mean", "std", "median", "min", "max", "first", "count"]
_AS_PROBABILITY = {"min": 0.0, "median": 0.5, "max": 1.0}
_TABLES_AT_ONCE = 1024  # rows of full width that are held before they are projected: 75 MB at 18,211 targets


@FEATURES.register("target_statistics")
@dataclass(eq=False, repr=False)
class TargetStatistics(TargetBuilder):
    """Mean, standard deviation, quantiles … of the targets by category, the same for training and new rows.

    A training row's own target is part of what it gets: the statistic of a compound measured four times is one quarter
    the row's own answer, and a model that trusts it does worse on new rows than its training loss says. This is how
    the first, second and eighth places of Open Problems 2023 encoded categories (means and standard deviations by cell
    type and by compound, quartiles by cell type), computed there over all rows, validation rows included. Within a
    fold of the kit only the fold's training rows are seen; for features that are also free of the row's own target use
    `target_encoding`, `leave_one_out` or `target_profile`.

    A category that training has not seen gets the statistic over all training rows (a count of 0). Targets may have
    gaps (NaN): a statistic is then that of what was measured, target by target, and a count that of rows.

    With a projector each statistic is taken at full width for every category, then projected: exact for means; for
    standard deviations and quantiles it is the projection of the statistic, not the statistic of the projection.

    Args:
        by: The groupings: each a column, or a list of columns whose values together make the category.
        statistics: Which of mean, std (of the sample, n − 1; 0 for a category of one row), median, min, max, first (the
            category's first training row, so it depends on their order) and count (one column; the others have one a
            component).
        quantiles: Probabilities in [0, 1]; 0.25 becomes the feature ``q25``. Linear between order statistics.
        projector: The recipe's fitted target transform.

    Attributes:
        categories_: For each grouping, the sorted categories, (n_categories,) str.
        tables_: For each grouping, (n_statistics, n_categories + 1, n_components) float32; last, all rows.
        counts_: For each grouping, (n_categories + 1,) rows of the category, and 0.
        n_components_: Features a statistic.
    """

    allow_nan_targets: ClassVar[bool] = True

    by: Annotated[list[str | list[str]], MinLen(1), ColumnOf("label")]
    statistics: list[Statistic] = field(default_factory=lambda: ["mean", "std"])
    quantiles: list[Annotated[float, Ge(0), Le(1)]] = field(default_factory=list)
    projector: Annotated[Projector | None, Supplied("the recipe's target transform")] = None

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Compute every statistic of every category of the training rows."""
        self.check_parameters()
        targets = self._targets(rows, Y)
        overall = self._tables(targets, Groups.everyone(len(targets)))
        self.n_components_ = overall.shape[2]
        self.categories_, self.tables_, self.counts_ = [], [], []
        for by in self.by:
            categories, groups = self._learn_groups(rows, by)
            self.categories_.append(categories)
            self.tables_.append(np.concatenate([self._tables(targets, groups), overall], axis=1))
            self.counts_.append(np.append(groups.counts, 0))
        return self

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_features) statistics of each row's categories: by grouping, then statistic."""
        check_is_fitted(self)
        out = np.empty((len(rows), len(self.by) * self._width()), dtype=np.float32)
        offset = 0
        for by, categories, table, counts in zip(self.by, self.categories_, self.tables_, self.counts_, strict=True):
            codes = self._codes(rows, by, categories)
            wide = iter(table)
            for name in self._names():
                width = 1 if name == "count" else self.n_components_
                out[:, offset : offset + width] = counts[codes, None] if name == "count" else next(wide)[codes]
                offset += width
        return out

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``cell_type__mean__17``, ``cell_type+sm_name__q25__0`` and ``sm_name__count``."""
        check_is_fitted(self)
        names: list[str] = []
        for by in self.by:
            for name in self._names():
                names += [f"{grouping_name(by)}__count"] if name == "count" else numbered(by, name, self.n_components_)
        return np.asarray(names, dtype=str)

    def _names(self) -> list[str]:
        return [*self.statistics, *(f"q{100 * probability:g}" for probability in self.quantiles)]

    def _width(self) -> int:
        return sum(1 if name == "count" else self.n_components_ for name in self._names())

    def _tables(self, targets: Floats, groups: Groups) -> Floats:
        """Return the (n_statistics, n_groups, n_components) statistics, projected a few categories at a time."""
        wanted: list[Any] = [_AS_PROBABILITY.get(name, name) for name in self.statistics if name != "count"]
        wanted += self.quantiles
        if has_gaps(targets):
            # Where a category did not measure a target, the statistic of all rows that did.
            overall = np.nan_to_num(group_statistics(targets, Groups.everyone(len(targets)), wanted))
            tables = group_statistics(targets, groups, wanted)
            tables = np.where(np.isnan(tables), overall, tables)
            return np.stack([self._project(table) for table in tables]) if wanted else tables
        if self.projector is None or not wanted:
            return group_statistics(targets, groups, wanted)
        step = max(1, _TABLES_AT_ONCE // len(wanted))
        n_groups = len(groups.counts)
        parts = []
        for first in range(0, n_groups, step):
            full = group_statistics(targets, groups.part(first, min(first + step, n_groups)), wanted)
            parts.append(np.stack([self._project(table) for table in full]))
        return cast(Floats, np.concatenate(parts, axis=1))
