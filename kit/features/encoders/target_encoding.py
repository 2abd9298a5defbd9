"""Target encoding: cross-fitted means of the targets by category, shrunk towards the overall mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
import pandas as pd
from annotated_types import Ge, MinLen
from sklearn.model_selection import KFold

from kit.arrays import Doubles, Floats, blocks
from kit.errors import InputError
from kit.features.base import FEATURES, Projector
from kit.features.encoders.groups import Groups
from kit.features.encoders.targets import CategoryMeans
from kit.gaps import has_gaps, split_gaps
from kit.plugins import ColumnOf, Supplied


@FEATURES.register("target_encoding")
@dataclass(eq=False, repr=False)
class TargetEncoding(CategoryMeans):
    """Mean target by category, for training rows from the rows of the other folds alone.

    scikit-learn's `TargetEncoder` for any number of targets at once. The training rows are cut into random folds; a row
    gets the mean of its category over the rows outside its fold, shrunk: (sum + smooth · overall mean) / (n + smooth).
    All rows of a fold and category get the same value, which no row of the fold has a part in: unlike leave-one-out,
    the feature does not tell a row's target to who knows the category's sum. New rows get the shrunk mean over all
    training rows; an unseen category gets the overall mean. Targets may have gaps (NaN): sums and n are then those of
    what was measured, target by target.

    Args:
        by: The groupings: each a column, or a list of columns whose values together make the category.
        n_splits: Folds.
        smooth: Rows that the overall mean counts as. "auto" sets it for every category and target from the variance
            within the category and overall, by empirical Bayes (D. Micci-Barreca, "A preprocessing scheme for
            high-cardinality categorical attributes", SIGKDD Explorations 3, 2001); it does not commute with a
            projector and is then taken at full width for every category.
        projector: The recipe's fitted target transform.
        random_state: Seed of the folds.

    Attributes:
        categories_: For each grouping, the sorted categories, (n_categories,) str.
        tables_: For each grouping, (n_categories + 1, n_components) float32 means; the last is the overall one.
    """

    statistic: ClassVar[str] = "encoding"
    allow_nan_targets: ClassVar[bool] = True

    by: Annotated[list[str | list[str]], MinLen(1), ColumnOf("label")]
    n_splits: Annotated[int, Ge(2)] = 5
    smooth: Annotated[float, Ge(0)] | Literal["auto"] = "auto"
    projector: Annotated[Projector | None, Supplied("the recipe's target transform")] = None
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Compute every category's shrunk mean over all training rows."""
        self.check_parameters()
        self._fit(rows, self._space(self._targets(rows, Y)))
        return self

    def fit_transform(self, rows: pd.DataFrame, Y: Floats | None = None) -> Floats:
        """Fit and return the training rows' (n_rows, n_groupings · n_components) cross-fitted means.

        Raises:
            InputError: There are fewer rows than folds.
        """
        self.check_parameters()
        values = self._space(self._targets(rows, Y))
        if len(values) < self.n_splits:
            raise InputError(f"target_encoding: {len(values)} rows cannot make n_splits={self.n_splits} folds")
        self._fit(rows, values)
        width = self.tables_[0].shape[1]
        out = np.empty((len(rows), len(self.by) * width), dtype=np.float32)
        codes = [self._codes(rows, by, known) for by, known in zip(self.by, self.categories_, strict=True)]
        folds = KFold(self.n_splits, shuffle=True, random_state=self.random_state)
        for others, fold in folds.split(values):
            for place, (code, known) in enumerate(zip(codes, self.categories_, strict=True)):
                # Groups of the other folds' rows by their row number in the whole, so that no rows are copied.
                within = Groups.of(code[others], len(known))
                table = self._table(values, Groups(others[within.order], within.starts))
                out[fold, place * width : (place + 1) * width] = table[code[fold]]
        return out

    def _space(self, targets: Floats) -> Floats:
        """Return the targets where means are taken: projected, unless the shrinkage differs by target or some lack."""
        return targets if self.smooth == "auto" else self._early(targets)

    def _fit(self, rows: pd.DataFrame, values: Floats) -> None:
        learned = [self._learn_groups(rows, by) for by in self.by]
        self.categories_ = [categories for categories, _ in learned]
        self.tables_ = [self._table(values, groups) for _, groups in learned]

    def _table(self, values: Floats, groups: Groups) -> Floats:
        """Return the (n_groups + 1, n_components) shrunk means of the groups' members, and the mean of them all."""
        counts = groups.counts[:, None]
        out = np.empty((len(counts) + 1, values.shape[1]), dtype=np.float32)
        members = Groups(np.arange(len(groups.order)), groups.starts)
        for columns in blocks(values.shape[1], len(values)):
            block = values[groups.order, columns].astype(np.float64)
            if has_gaps(block):
                out[:, columns] = self._measured_table(block, members)
                continue
            overall = block.mean(axis=0)
            sums = members.sums(block)
            means = np.divide(sums, counts, out=np.tile(overall, (len(counts), 1)), where=counts > 0)
            weight = self._weight(block, members, means)
            out[:-1, columns] = weight * means + (1 - weight) * overall
            out[-1, columns] = overall
        return self._project(out) if self.smooth == "auto" else self._late(out, values)

    def _measured_table(self, block: Doubles, members: Groups) -> Doubles:
        """Return some columns of the table for targets with gaps: as the others, by what was measured of each."""
        values, measured = split_gaps(block)
        totals = np.maximum(measured.sum(axis=0), 1)
        overall = values.sum(axis=0) / totals
        counts = members.sums(measured)
        means = np.divide(members.sums(values), counts, out=np.tile(overall, (len(counts), 1)), where=counts > 0)
        own, prior = counts, np.full(counts.shape, 0.0 if self.smooth == "auto" else float(self.smooth))
        if self.smooth == "auto":
            squares = np.square(measured * (values - np.repeat(means, members.counts, axis=0)))
            own = counts * np.square(measured * (values - overall)).sum(axis=0) / totals
            prior = members.sums(squares) / np.maximum(counts, 1)
        weight = np.divide(own, own + prior, out=np.zeros_like(prior), where=own + prior > 0)
        return np.vstack([weight * means + (1 - weight) * overall, overall])

    def _weight(self, block: Doubles, members: Groups, means: Doubles) -> Doubles:
        """Return how much of each category's own mean counts, (n_groups, 1) or (n_groups, n_columns) in [0, 1]."""
        counts = members.counts[:, None]
        if self.smooth != "auto":
            total = counts + float(self.smooth)
            constant: Doubles = np.divide(counts, total, out=np.zeros(total.shape), where=total > 0)
            return constant
        within = members.sums(np.square(block - np.repeat(means, members.counts, axis=0))) / np.maximum(counts, 1)
        between = counts * block.var(axis=0)
        weight: Doubles = np.divide(between, between + within, out=np.zeros_like(within), where=between + within > 0)
        return weight
