"""Folds that keep the rows of a group together: plates, donors, experiments, compounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut

from kit.arrays import Floats
from kit.errors import InputError
from kit.plugins import Supplied
from kit.splits.base import SPLITTERS, Fold, Splitter
from kit.splits.labels import group_codes, numbered_folds, require_rows


@SPLITTERS.register("group_kfold")
@dataclass(eq=False, repr=False)
class GroupKFoldSplitter(Splitter):
    """Validates several whole groups per fold, drawn at random or balanced by size (scikit-learn's GroupKFold).

    Args:
        column: The column, or the columns whose combinations, are the groups.
        n_splits: The number of folds.
        shuffle: Draw the groups of a fold at random, equally many a fold; otherwise the folds are made as equal in
            rows as they can be, without chance.
        random_state: Seed of the draw; None draws anew every time.
    """

    column: str | list[str]
    n_splits: Annotated[int, Ge(2)] = 5
    shuffle: bool = True
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        """Return ``n_splits`` folds, which hold out every group once.

        Args:
            rows: (n_rows, …) with the columns of groups.
            Y: Not used.

        Raises:
            InputError: A column is absent or has gaps, or there are fewer groups than folds.
        """
        self.check_parameters()
        codes, names = group_codes(rows, self.column, self.kind)
        require_rows(len(names), self.n_splits, f"groups in {self.column!r}", self.kind)
        seed = self.random_state if self.shuffle else None
        divide = GroupKFold(self.n_splits, shuffle=self.shuffle, random_state=seed)
        return numbered_folds(divide.split(np.empty(len(rows)), groups=codes))


@SPLITTERS.register("leave_one_group_out")
@dataclass(eq=False, repr=False)
class LeaveOneGroupOutSplitter(Splitter):
    """Validates one group per fold, named after the group (scikit-learn's LeaveOneGroupOut).

    Args:
        column: The column, or the columns whose combinations, are the groups.
    """

    column: str | list[str]

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        """Return a fold for every group, in sorted order, weighted by its number of rows.

        Args:
            rows: (n_rows, …) with the columns of groups.
            Y: Not used.

        Raises:
            InputError: A column is absent or has gaps, or all rows are of one group.
        """
        self.check_parameters()
        codes, names = group_codes(rows, self.column, self.kind)
        if len(names) < 2:
            raise InputError(
                f"{self.kind}: the rows have {len(names)} group(s) in {self.column!r} ({', '.join(names)}); "
                "leaving one out needs at least two, choose another column"
            )
        divisions = LeaveOneGroupOut().split(np.empty(len(rows)), groups=codes)
        return [
            Fold(name, train.astype(np.intp), held.astype(np.intp), float(len(held)))
            for name, (train, held) in zip(names, divisions, strict=True)
        ]
