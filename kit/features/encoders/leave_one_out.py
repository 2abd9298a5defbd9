"""Leave-one-out encoding: means of the targets by category, without the row itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

import numpy as np
import pandas as pd
from annotated_types import Ge, MinLen

from kit.arrays import Doubles, Floats, blocks
from kit.features.base import FEATURES, Projector
from kit.features.encoders.groups import Groups
from kit.features.encoders.targets import CategoryMeans, sums_of_others
from kit.gaps import has_gaps, split_gaps
from kit.plugins import ColumnOf, Supplied


@FEATURES.register("leave_one_out")
@dataclass(eq=False, repr=False)
class LeaveOneOut(CategoryMeans):
    """Mean target of the category's other rows, times noise for training rows; the plain mean for new rows.

    A training row of a category with sum S over n rows gets (S − y) / (n − 1), times 1 + sigma · N(0, 1) drawn for
    every row and feature (category_encoders' `LeaveOneOutEncoder` draws one number a row and column, which called
    target by target with one seed repeats for every target). New rows get S / n. A category that is unseen or has one
    training row gets the prior, the mean over all training rows; the one training row itself the mean over the others.
    The fourth place of Open Problems 2023 used it on SVD components with sigma 0.21 and 0.27.

    Why the noise: S is the same for the whole category, so y = S − (n − 1) · feature, exactly. The row's own target
    has no part in its feature and can be read from it all the same, by whoever knows the category:

        feature:  0.5  1.0  1.5      (a category of three rows with S = 3)
        target:   2.0  1.0  0.0      = 3 − 2 · feature

    Two numbers a category give a linear model a perfect training score on pure noise, and a tree splits on differences
    of a hundredth; on new rows the feature is S / n and tells nothing. ``sigma=0`` is for models too stiff to use it.
    The noise is relative: where a category's mean is near 0 there is next to none. `target_encoding` has no such line
    to find.

    Targets may have gaps (NaN): n and S are then those of what was measured, target by target.

    Args:
        by: The groupings: each a column, or a list of columns whose values together make the category.
        sigma: Standard deviation of the multiplicative noise on training rows, relative; 0 for none.
        projector: The recipe's fitted target transform.
        random_state: Seed of the noise.

    Attributes:
        categories_: For each grouping, the sorted categories, (n_categories,) str.
        tables_: For each grouping, (n_categories + 1, n_components) float32 means; the last is the prior.
    """

    statistic: ClassVar[str] = "loo"
    allow_nan_targets: ClassVar[bool] = True

    by: Annotated[list[str | list[str]], MinLen(1), ColumnOf("label")]
    sigma: Annotated[float, Ge(0)] = 0.2
    projector: Annotated[Projector | None, Supplied("the recipe's target transform")] = None
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Compute every category's mean over the training rows."""
        self.check_parameters()
        self._fit(rows, self._early(self._targets(rows, Y)))
        return self

    def fit_transform(self, rows: pd.DataFrame, Y: Floats | None = None) -> Floats:
        """Fit and return the training rows' (n_rows, n_groupings · n_components) noisy means of the others."""
        self.check_parameters()
        values = self._early(self._targets(rows, Y))
        width = values.shape[1]
        out = np.empty((len(rows), len(self.by) * width), dtype=np.float32)
        for place, groups in enumerate(self._fit(rows, values)):
            for columns in blocks(width, len(rows)):
                block = values[:, columns].astype(np.float64)
                out[:, place * width + columns.start : place * width + columns.stop] = _means_of_others(block, groups)
        out = self._late(out, values)
        if self.sigma > 0:
            noise = np.random.default_rng(self.random_state)
            for row in out:
                row *= 1 + np.float32(self.sigma) * noise.standard_normal(len(row), dtype=np.float32)
        return out

    def _fit(self, rows: pd.DataFrame, values: Floats) -> list[Groups]:
        """Set the tables and return the rows by category, for each grouping."""
        learned = [self._learn_groups(rows, by) for by in self.by]
        self.categories_ = [categories for categories, _ in learned]
        self.tables_ = [np.empty((len(known) + 1, values.shape[1]), dtype=np.float32) for known in self.categories_]
        for columns in blocks(values.shape[1], len(rows)):
            block = values[:, columns].astype(np.float64)
            measured = None
            if has_gaps(values):
                block, measured = split_gaps(block)
            prior = block.mean(axis=0) if measured is None else block.sum(axis=0) / np.maximum(measured.sum(axis=0), 1)
            for table, (_, groups) in zip(self.tables_, learned, strict=True):
                counts = groups.counts[:, None] if measured is None else groups.sums(measured)
                means = groups.sums(block) / np.maximum(counts, 1)
                table[:-1, columns] = np.where(counts > 1, means, prior)
                table[-1, columns] = prior
        self.tables_ = [self._late(table, values) for table in self.tables_]
        return [groups for _, groups in learned]


def _means_of_others(block: Doubles, groups: Groups) -> Doubles:
    """Return the mean of each row's group without the row; of all other rows where the group has none."""
    if has_gaps(block):
        return _measured_means_of_others(block, groups)
    n_others = np.empty(len(block), dtype=np.intp)
    n_others[groups.order] = np.repeat(groups.counts - 1, groups.counts)
    means = sums_of_others(block, groups) / np.maximum(n_others, 1)[:, None]
    alone = n_others == 0
    if alone.any():
        everyone = sums_of_others(block, Groups.everyone(len(block)))
        means[alone] = everyone[alone] / max(1, len(block) - 1)
    return means


def _measured_means_of_others(block: Doubles, groups: Groups) -> Doubles:
    """Return the same by what was measured: of all other rows where none of the group's others did; 0 if no row did."""
    values, measured = split_gaps(block)
    means = np.zeros_like(values)
    for among in (Groups.everyone(len(block)), groups):
        counts = sums_of_others(measured, among)
        np.divide(sums_of_others(values, among), counts, out=means, where=counts > 0)
    return means
