"""Mean response to the members of a set in other rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
import pandas as pd
from annotated_types import Ge
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats
from kit.features.base import FEATURES, Projector
from kit.features.encoders.groups import Groups, category_codes, row_labels
from kit.features.encoders.targets import TargetBuilder, numbered, sums_of_others
from kit.plugins import ColumnOf, Supplied
from kit.sets import Entries


@FEATURES.register("member_profile")
@dataclass(eq=False, repr=False)
class MemberProfile(TargetBuilder):
    """Mean over the members of a row's set of each member's mean profile in the other rows that have it.

    What `target_profile` is for a compound this is for a combination: (a, b) is described by what happens where a
    is, alone or with others, and where b is. For a training row the means are over the other rows, so its own targets
    are in none of them. A member without other rows counts as the prior: the mean over all (other) rows.

    Args:
        column: The column of sets (``columns.sets``).
        shrinkage: Rows that the prior counts as in each member's mean.
        projector: The recipe's fitted target transform.

    Attributes:
        members_: The sorted members of the training rows, (n_members,) str.
        table_: (n_members + 1, n_components) float32 profiles of members; the last is an unseen member's, the prior.
    """

    column: Annotated[str, ColumnOf("label")]
    shrinkage: Annotated[float, Ge(0)] = 0.0
    projector: Annotated[Projector | None, Supplied("the recipe's target transform")] = None

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Compute every member's profile over all training rows."""
        self._fit(rows, self._values(rows, Y))
        return self

    def fit_transform(self, rows: pd.DataFrame, Y: Floats | None = None) -> Floats:
        """Fit and return the training rows' (n_rows, n_components) profiles, each without the row itself."""
        values = self._values(rows, Y)
        entries, groups = self._fit(rows, values)
        everyone = Groups.everyone(len(rows))
        prior = sums_of_others(values, everyone) / max(len(rows) - 1, 1)
        others = sums_of_others(values[entries.row], groups)
        codes = category_codes(entries.member, self.members_) if len(entries.row) else np.zeros(0, dtype=np.intp)
        counts = (groups.counts[codes] - 1)[:, None]
        return self._mean_of_members(_shrunk(others, counts, prior[entries.row], self.shrinkage), entries, prior)

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_components) profiles."""
        check_is_fitted(self)
        entries = Entries.of(row_labels(rows, self.column, self.kind).tolist())
        codes = np.full(len(entries.row), -1)
        if len(self.members_):
            codes = category_codes(entries.member, self.members_)
        prior = np.broadcast_to(self.table_[-1], (len(rows), self.table_.shape[1]))
        return self._mean_of_members(self.table_[codes].astype(np.float64), entries, prior)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``guides__member_profile__17``."""
        check_is_fitted(self)
        return np.asarray(numbered(self.column, "member_profile", self.table_.shape[1]), dtype=str)

    def _values(self, rows: pd.DataFrame, Y: Floats | None) -> Doubles:
        self.check_parameters()
        return self._project(self._targets(rows, Y)).astype(np.float64)

    def _fit(self, rows: pd.DataFrame, values: Doubles) -> tuple[Entries, Groups]:
        """Set the table; return the training rows' members and the entries of each."""
        entries = Entries.of(row_labels(rows, self.column, self.kind).tolist())
        self.members_, codes = np.unique(entries.member, return_inverse=True)
        groups = Groups.of(codes.astype(np.intp), len(self.members_))
        prior = values.mean(axis=0, keepdims=True)
        of_members = _shrunk(groups.sums(values[entries.row]), groups.counts[:, None], prior, self.shrinkage)
        self.table_: Floats = np.vstack([of_members, prior]).astype(np.float32)
        return entries, groups

    def _mean_of_members(self, profiles: Doubles, entries: Entries, prior: Doubles | Floats) -> Floats:
        """Return the mean of each row's (n_entries, n_components) profiles; the prior for a set without members."""
        counts = np.bincount(entries.row, minlength=len(prior))
        sums = np.zeros(prior.shape)
        np.add.at(sums, entries.row, profiles)
        return np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], prior).astype(np.float32)


def _shrunk(sums: Doubles, counts: np.ndarray, prior: Doubles, shrinkage: float) -> Doubles:
    """Return (sums + shrinkage · prior) / (counts + shrinkage); the prior where nothing counts."""
    total = counts + shrinkage
    shrunk: Doubles = np.where(total > 0, (sums + shrinkage * prior) / np.where(total > 0, total, 1), prior)
    return shrunk
