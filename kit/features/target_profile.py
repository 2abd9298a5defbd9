"""What the same compound did in its other rows."""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
import pandas as pd
from annotated_types import Ge
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats, Ints, blocks
from kit.features._groups import Groups
from kit.features._targets import TargetBuilder, numbered, sums_of_others
from kit.features.base import FEATURES, Projector
from kit.plugins import Supplied


@FEATURES.register("target_profile")
class TargetProfile(TargetBuilder):
    """Mean profile of the same compound over its other rows, as it is or less each cell type's mean.

    For a new row the mean over all of the compound's training rows; for a training row over all but itself. With
    ``center`` the mean of each row's cell type is taken off first, so that a compound measured in few cell types is
    not mistaken for them: what remains is the compound's own effect. A training row's features are computed without
    its target in every place: where another row of the compound shares its cell type, that cell type's mean leaves
    the row out as well. Giving a row any other target leaves its features as they are, to the bit.

    A compound without other rows gets the prior: the mean over all (other) training rows, or zero when centred.

    As with `leave_one_out`, a model that knows which compound a row is of can work out its target from the profile, a
    sum without it. Features of many components give it room to; do not put the compound's one-hot columns beside it in
    front of a model that can memorise.

    Args:
        by: The column of what is profiled.
        center: The column whose categories' means are taken off, such as "cell_type"; None for raw profiles.
        shrinkage: Rows that the prior counts as.
        projector: The recipe's fitted target transform.

    Attributes:
        categories_: The sorted categories of ``by``, (n_categories,) str.
        table_: (n_categories + 1, n_components) float32 profiles; the last is the prior.
    """

    def __init__(
        self,
        by: str = "sm_name",
        center: str | None = None,
        shrinkage: Annotated[float, Ge(0)] = 0.0,
        projector: Annotated[Projector | None, Supplied("the recipe's target transform")] = None,
    ) -> None:
        self.by = by
        self.center = center
        self.shrinkage = shrinkage
        self.projector = projector

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Compute every category's profile over all training rows."""
        self.check_parameters()
        self._fit(rows, self._project(self._targets(rows, Y)))
        return self

    def fit_transform(self, rows: pd.DataFrame, Y: Floats | None = None) -> Floats:
        """Fit and return the training rows' (n_rows, n_components) profiles, each without the row itself."""
        self.check_parameters()
        values = self._project(self._targets(rows, Y))
        groups, centres = self._fit(rows, values)
        n_others = np.empty((len(rows), 1))
        n_others[groups.order, 0] = np.repeat(groups.counts - 1, groups.counts)
        everyone = Groups.everyone(len(rows))
        needs_prior = centres is None and (self.shrinkage > 0 or bool((n_others == 0).any()))
        out = np.empty(values.shape, dtype=np.float32)
        for columns in blocks(values.shape[1], len(rows)):
            block = values[:, columns].astype(np.float64)
            sums = sums_of_others(block, groups)
            if centres is not None:
                sums -= _centres_of_others(block, groups, centres)
            prior = sums_of_others(block, everyone) / max(1, len(rows) - 1) if needs_prior else np.zeros((1, 1))
            out[:, columns] = self._shrunk(sums, n_others, prior)
        return out

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_components) profiles; only the column ``by`` is read."""
        check_is_fitted(self)
        return self.table_[self._codes(rows, self.by, self.categories_)]

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``sm_name__profile__17``."""
        check_is_fitted(self)
        return np.asarray(numbered(self.by, "profile", self.table_.shape[1]), dtype=str)

    def _fit(self, rows: pd.DataFrame, values: Floats) -> tuple[Groups, Groups | None]:
        """Set the table; return the rows by category and, if there is a ``center``, by its categories."""
        self.categories_, groups = self._learn_groups(rows, self.by)
        centres = None if self.center is None else self._learn_groups(rows, self.center)[1]
        self.table_ = np.empty((len(self.categories_) + 1, values.shape[1]), dtype=np.float32)
        for columns in blocks(values.shape[1], len(rows)):
            block = values[:, columns].astype(np.float64)
            if centres is None:
                prior = block.mean(axis=0)
            else:
                means = centres.sums(block) / centres.counts[:, None]
                block -= means[_codes_of(centres)]
                prior = np.zeros(block.shape[1])
            self.table_[:-1, columns] = self._shrunk(groups.sums(block), groups.counts[:, None], prior)
            self.table_[-1, columns] = prior
        return groups, centres

    def _shrunk(self, sums: Doubles, counts: Doubles | Ints, prior: Doubles) -> Doubles:
        """Return (sums + shrinkage · prior) / (counts + shrinkage); the prior where that divides by 0."""
        total = counts + self.shrinkage
        return np.where(total > 0, (sums + self.shrinkage * prior) / np.where(total > 0, total, 1), prior)


def _codes_of(groups: Groups) -> Ints:
    """Return each row's group, (n_rows,)."""
    codes = np.empty(len(groups.order), dtype=np.intp)
    codes[groups.order] = np.repeat(np.arange(len(groups.counts)), groups.counts)
    return codes


def _centres_of_others(block: Doubles, groups: Groups, centres: Groups) -> Doubles:
    """Return, for every row i, the sum over the other rows j of its group of j's centre mean, computed without i.

    The mean of j's centre category contains i only where both share it. So: the means of all other categories times
    how many of the group's rows each has, and for the row's own category the mean of the others in it.
    """
    group, centre = _codes_of(groups), _codes_of(centres)
    per_group = np.zeros((len(groups.counts), len(centres.counts)))
    np.add.at(per_group, (group, centre), 1)
    n_rows = np.arange(len(block))
    weights = per_group[group]
    shared = weights[n_rows, centre] - 1
    weights[n_rows, centre] = 0
    total = weights @ (centres.sums(block) / centres.counts[:, None])
    sharing = np.flatnonzero(shared)
    if len(sharing):
        n_others = centres.counts[centre[sharing], None] - 1
        total[sharing] += shared[sharing, None] * sums_of_others(block, centres)[sharing] / n_others
    return np.asarray(total)
