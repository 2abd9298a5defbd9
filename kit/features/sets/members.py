"""The members of sets as zeros and ones, or as codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats
from kit.features.base import FEATURES, FeatureBuilder
from kit.features.encoders.groups import category_codes, row_labels
from kit.plugins import ColumnOf
from kit.sets import Entries


class _Members(FeatureBuilder):
    """A builder that knows the members of the training rows' sets.

    Attributes:
        members_: The sorted members, (n_members,) str.
    """

    column: str

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Learn the members; Y is not read."""
        self.check_parameters()
        sets = row_labels(rows, self.column, self.kind)
        entries = Entries.of(sets.tolist())
        self.members_ = np.unique(entries.member)
        self.width_ = int(np.bincount(entries.row, minlength=1).max(initial=1))
        return self

    def _entries(self, rows: pd.DataFrame) -> tuple[Entries, np.ndarray]:
        """Return the rows' members and their codes, −1 for one that no training row has."""
        check_is_fitted(self)
        entries = Entries.of(row_labels(rows, self.column, self.kind).tolist())
        if not len(self.members_):
            return entries, np.full(len(entries.row), -1)
        return entries, category_codes(entries.member, self.members_)


@FEATURES.register("multi_hot")
@dataclass(eq=False, repr=False)
class MultiHot(_Members):
    """One feature for every member, 1 where the row's set has it, else 0; their order in the set does not matter.

    A linear model of it adds the effects of the members up. Its ``tanimoto`` kernel is the share of members that two
    sets have in common, its ``linear`` kernel their number: with them a process or a kernel model knows that (a, b) is
    like (a, c). Members that `fit` has not seen give zeros.

    Args:
        column: The column of sets (``columns.sets``).

    Attributes:
        members_: The sorted members, (n_members,) str.
        width_: The most members that a training row has.
    """

    column: Annotated[str, ColumnOf("label")]

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_members) zeros and ones."""
        entries, codes = self._entries(rows)
        out = np.zeros((len(rows), len(self.members_)), dtype=np.float32)
        known = codes >= 0
        out[entries.row[known], codes[known]] = 1
        return out

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``guides has KLF1``."""
        check_is_fitted(self)
        return np.asarray([f"{self.column} has {member}" for member in self.members_], dtype=str)


@FEATURES.register("member_codes")
@dataclass(eq=False, repr=False)
class MemberCodes(_Members):
    """The codes of a set's members, one column for each place and one numbering for all places.

    For models that read integers as categories and treat several columns alike (`additive`). A set of fewer members
    than the columns has −1 in the last ones, as has a member that `fit` has not seen; of a new set with more members
    than any training row has, all known members are kept in front, and those that find no place are left out.

    Args:
        column: The column of sets (``columns.sets``).

    Attributes:
        members_: The sorted members, (n_members,) str.
        width_: The number of columns: the most members that a training row has.
    """

    column: Annotated[str, ColumnOf("label")]

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, width_) codes."""
        entries, codes = self._entries(rows)
        out = np.full((len(rows), self.width_), -1.0, dtype=np.float32)
        known = codes >= 0
        row, codes = entries.row[known], codes[known]
        # The place of each member among its row's known ones.
        place = np.arange(len(row)) - np.searchsorted(row, row)
        fits = place < self.width_
        out[row[fits], place[fits]] = codes[fits]
        return out

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``guides 1``."""
        check_is_fitted(self)
        return np.asarray([f"{self.column} {place + 1}" for place in range(self.width_)], dtype=str)
