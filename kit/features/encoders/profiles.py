"""Mean profiles of categories over their other rows: weighted, centred, by source, each without the row's own target.

Nowhere is a row's own value added to a sum and taken off again, which in floating point would leave its rounding
behind: sums over the others are sums of the others, and where a row must not count it is multiplied by zero.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import ClassVar, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats, Ints, blocks, require_columns
from kit.errors import InputError
from kit.features.encoders.groups import Groups, row_labels
from kit.features.encoders.targets import TargetBuilder, sums_of_others
from kit.gaps import has_gaps, split_gaps
from kit.values import as_numbers


class ProfileBuilder(TargetBuilder):
    """A builder whose features are the mean profile of the same category over its other rows.

    Attributes:
        by: The column of what is profiled.
        center: The column whose categories' means are taken off, or None.
        shrinkage: The weight that the prior counts as.
        per: The column whose categories make a block of features each, or None.
        weights: The column of what a row counts as, or None.
        categories_: The sorted categories of ``by``, (n_categories,) str.
        sources_: The sorted categories of ``per``, (n_sources,) str; one empty name without ``per``.
        table_: (n_categories + 1, n_features) float32 features of new rows; the last is an unseen category's.
    """

    allow_nan_targets: ClassVar[bool] = True

    by: str
    center: str | None
    shrinkage: float
    per: str | None
    weights: str | None

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Compute every category's profile over all training rows."""
        self.check_parameters()
        self._fit(rows, self._values(self._targets(rows, Y)))
        return self

    def fit_transform(self, rows: pd.DataFrame, Y: Floats | None = None) -> Floats:
        """Fit and return the training rows' (n_rows, n_features) profiles, each without the row itself."""
        self.check_parameters()
        values = self._values(self._targets(rows, Y))
        means = self._fit(rows, values)
        width, n_masks = values.shape[1], 0 if self.per is None else len(means)
        out = np.empty((len(rows), len(means) * width + n_masks), dtype=np.float32)
        for columns in blocks(width, len(rows)):
            block = values[:, columns].astype(np.float64)
            for place, source in enumerate(means):
                first = place * width
                out[:, first + columns.start : first + columns.stop] = source.of_others(block, self.shrinkage)
        if self.per is not None:
            out[:, len(means) * width :] = np.hstack([source.totals_of_others > 0 for source in means])
        return self._handed_on(out, values, n_masks)

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_features) profiles; only the column ``by`` is read."""
        check_is_fitted(self)
        profiles: Floats = self.table_[self._codes(rows, self.by, self.categories_)]
        return profiles

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``sm_name__profile__17``.

        With ``per`` such as ``sm_name__profile__NK cells__17``, and ``sm_name__measured__NK cells``.
        """
        check_is_fitted(self)
        columns = self._column_names()
        if self.per is None:
            return np.asarray([f"{self.by}__profile__{column}" for column in columns], dtype=str)
        names = [f"{self.by}__profile__{source}__{column}" for source in self.sources_ for column in columns]
        return np.asarray(names + [f"{self.by}__measured__{source}" for source in self.sources_], dtype=str)

    @abstractmethod
    def _values(self, targets: Floats) -> Floats:
        """Return the (n_rows, n_columns) numbers that profiles are made of; called once a fit."""

    @abstractmethod
    def _column_names(self) -> list[str]:
        """Return the names of those columns."""

    def _fit(self, rows: pd.DataFrame, values: Floats) -> list[GroupMeans]:
        """Set the table; return the means of every source."""
        self.categories_, groups = self._learn_groups(rows, self.by)
        centres = None if self.center is None else self._learn_groups(rows, self.center)[1]
        weights = row_weights(rows, self.weights, self.kind)
        self.sources_, inside = np.asarray([""]), np.ones((1, len(rows)), dtype=bool)
        if self.per is not None:
            labels = row_labels(rows, self.per, self.kind)
            self.sources_ = np.unique(labels)
            inside = self.sources_[:, None] == labels
        means = [GroupMeans(groups, centres, weights, of_source) for of_source in inside]
        width = values.shape[1]
        n_masks = 0 if self.per is None else len(means)
        self.table_ = np.zeros((len(self.categories_) + 1, len(means) * width + n_masks), dtype=np.float32)
        for columns in blocks(width, len(rows)):
            block = values[:, columns].astype(np.float64)
            for place, source in enumerate(means):
                first = place * width
                self.table_[:, first + columns.start : first + columns.stop] = source.of_all(block, self.shrinkage)
        for place in range(n_masks):
            self.table_[:-1, len(means) * width + place] = means[place].totals[:, 0] > 0
        self.table_ = self._handed_on(self.table_, values, n_masks)
        return means

    def _handed_on(self, features: Floats, values: Floats, n_masks: int) -> Floats:
        """Return features, whose last n_masks columns are masks, projected where that was put off for gaps."""
        if not has_gaps(values):
            return features
        wide = features.shape[1] - n_masks
        return np.hstack([self._late(features[:, :wide], values), features[:, wide:]])


def row_weights(rows: pd.DataFrame, column: str | None, user: str) -> Doubles:
    """Return the weight of each row, (n_rows,) float64: a column's values, or 1 without one.

    Raises:
        InputError: The column is absent or not numeric, a weight is missing, infinite or negative, or all are 0.
    """
    if column is None:
        return np.ones(len(rows))
    require_columns(rows, [column], user)
    weights = as_numbers(rows[column])
    if weights is None:
        raise InputError(f"{user}: the weights in column {column!r} are {rows[column].dtype}, expected numbers")
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(wrong):
        raise InputError(
            f"{user}: the weight in column {column!r} is {weights[wrong[0]]} at row {wrong[0]}, expected a finite "
            "number from 0"
        )
    if not weights.any():
        raise InputError(f"{user}: all weights in column {column!r} are 0; no row would count")
    return weights


class GroupMeans:
    """Weighted means over groups' rows of one source, less weighted means of the rows' centre categories.

    Args:
        groups: Every row in one group.
        centres: Every row in one centre category; None for nothing taken off.
        weights: (n_rows,) what a row counts as, at least 0.
        inside: (n_rows,) which rows are of the source; the centres' means are taken over all rows.
    """

    def __init__(self, groups: Groups, centres: Groups | None, weights: Doubles, inside: np.ndarray) -> None:
        self.groups = groups
        self.centres = centres
        self.weights = weights[:, None]
        self.counted = np.where(inside, weights, 0.0)[:, None]

    @cached_property
    def totals(self) -> Doubles:
        """(n_groups, 1) weight of each group's rows."""
        return self.groups.sums(self.counted)

    @cached_property
    def totals_of_others(self) -> Doubles:
        """(n_rows, 1) weight of the other rows of each row's group."""
        return sums_of_others(self.counted, self.groups)

    def of_all(self, block: Doubles, shrinkage: float) -> Doubles:
        """Return the (n_groups + 1, n_columns) means over all rows of (n_rows, n_columns); the last is the prior."""
        if has_gaps(block):
            return self._of_all_measured(block, shrinkage)
        if self.centres is not None:
            block = block - self._centre_means(block)[_codes_of(self.centres)]
            prior = np.zeros((1, block.shape[1]))
        else:
            whole = _mean(self.weights.T @ block, self.weights.sum(), 0.0)
            prior = _mean(self.counted.T @ block, self.counted.sum(), whole)
        return np.vstack([_shrunk(self.groups.sums(self.counted * block), self.totals, prior, shrinkage), prior])

    def of_others(self, block: Doubles, shrinkage: float) -> Doubles:
        """Return, for every row, the (n_rows, n_columns) mean over the other rows of its group."""
        if has_gaps(block):
            return self._of_others_measured(block, shrinkage)
        sums = sums_of_others(self.counted * block, self.groups)
        prior: Doubles = np.zeros((1, 1))
        if self.centres is not None:
            sums -= self._centres_of_others(block, self.centres)
        elif shrinkage > 0 or (self.totals_of_others == 0).any():
            prior = self._prior_of_others(block)
        return _shrunk(sums, self.totals_of_others, prior, shrinkage)

    def _of_all_measured(self, block: Doubles, shrinkage: float) -> Doubles:
        """Return what `of_all` does, of a block with gaps: each row counts for the columns that it measured."""
        values, measured = split_gaps(block)
        weights, counted = self.weights * measured, self.counted * measured
        if self.centres is not None:
            means = _mean(self.centres.sums(weights * values), self.centres.sums(weights), 0.0)
            values = measured * (values - means[_codes_of(self.centres)])
            prior = np.zeros((1, block.shape[1]))
        else:
            whole = _mean((weights * values).sum(axis=0), weights.sum(axis=0), 0.0)
            prior = _mean((counted * values).sum(axis=0), counted.sum(axis=0), whole)[None]
        sums, totals = self.groups.sums(counted * values), self.groups.sums(counted)
        return np.vstack([_shrunk(sums, totals, prior, shrinkage), prior])

    def _of_others_measured(self, block: Doubles, shrinkage: float) -> Doubles:
        """Return what `of_others` does, of a block with gaps."""
        values, measured = split_gaps(block)
        weights, counted = self.weights * measured, self.counted * measured
        sums, totals = sums_of_others(counted * values, self.groups), sums_of_others(counted, self.groups)
        if self.centres is None:
            everyone = Groups.everyone(len(block))
            whole = _mean(sums_of_others(weights * values, everyone), sums_of_others(weights, everyone), 0.0)
            of_source = sums_of_others(counted * values, everyone)
            prior = _mean(of_source, sums_of_others(counted, everyone), whole)
            return _shrunk(sums, totals, prior, shrinkage)
        # The rows of one group and centre are a cell. Other cells have centre means of which the row is no part; in its
        # own cell, the mean is that of the others.
        n_centres = len(self.centres.counts)
        cells, cell = np.unique(_codes_of(self.groups) * n_centres + _codes_of(self.centres), return_inverse=True)
        of_cells = Groups.of(cell.ravel(), len(cells))
        means = _mean(self.centres.sums(weights * values), self.centres.sums(weights), 0.0)
        expected = of_cells.sums(counted) * means[cells % n_centres]
        elsewhere = sums_of_others(expected, Groups.of(cells // n_centres, len(self.groups.counts)))[cell.ravel()]
        of_centre = sums_of_others(weights * values, self.centres)
        others = _mean(of_centre, sums_of_others(weights, self.centres), 0.0)
        sums -= elsewhere + sums_of_others(counted, of_cells) * others
        return _shrunk(sums, totals, np.zeros((1, 1)), shrinkage)

    def _prior_of_others(self, block: Doubles) -> Doubles:
        """Return, for every row, the mean over the source's other rows; over all others where it has none."""
        everyone = Groups.everyone(len(block))
        whole: Doubles | float = 0.0
        total = sums_of_others(self.counted, everyone)
        if (total == 0).any():
            weighted = sums_of_others(self.weights * block, everyone)
            whole = _mean(weighted, sums_of_others(self.weights, everyone), 0.0)
        return _mean(sums_of_others(self.counted * block, everyone), total, whole)

    def _centres_of_others(self, block: Doubles, centres: Groups) -> Doubles:
        """Return, for every row i, the weighted sum over the other rows j of its group of j's centre mean without i.

        The mean of j's centre category contains i only where both share it. So: the means of all other categories
        times what the group's rows in each weigh, and for the row's own category the mean of the others in it.
        """
        group, centre = _codes_of(self.groups), _codes_of(centres)
        n_rows, n_centres = np.arange(len(block)), len(centres.counts)
        per_group = np.zeros((len(self.groups.counts), n_centres))
        np.add.at(per_group, (group, centre), self.counted[:, 0])
        elsewhere = per_group[group]
        elsewhere[n_rows, centre] = 0
        total = elsewhere @ self._centre_means(block)
        pairs = np.unique(group * n_centres + centre, return_inverse=True)[1]
        shared = sums_of_others(self.counted, Groups.of(pairs, int(pairs.max()) + 1))
        sharing = np.flatnonzero(shared)
        if len(sharing):
            others = sums_of_others(self.weights * block, centres)[sharing]
            total[sharing] += shared[sharing] * others / sums_of_others(self.weights, centres)[sharing]
        return np.asarray(total)

    def _centre_means(self, block: Doubles) -> Doubles:
        """Return the (n_centres, n_columns) weighted means of the centre categories, 0 for one that weighs nothing."""
        if self.centres is None:
            raise ValueError("no centres")
        return _mean(self.centres.sums(self.weights * block), self.centres.sums(self.weights), 0.0)


def _codes_of(groups: Groups) -> Ints:
    """Return each row's group, (n_rows,)."""
    codes = np.empty(len(groups.order), dtype=np.intp)
    codes[groups.order] = np.repeat(np.arange(len(groups.counts)), groups.counts)
    return codes


def _mean(sums: Doubles, total: Doubles | float, otherwise: Doubles | float) -> Doubles:
    """Return sums / total, and something else where the total is 0."""
    total = np.asarray(total)
    return np.where(total > 0, sums / np.where(total > 0, total, 1), otherwise)


def _shrunk(sums: Doubles, totals: Doubles, prior: Doubles, shrinkage: float) -> Doubles:
    """Return (sums + shrinkage · prior) / (totals + shrinkage); the prior where that divides by 0."""
    return _mean(sums + shrinkage * prior, totals + shrinkage, prior)
