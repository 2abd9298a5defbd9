"""Folds that keep the rows of a group together: plates, donors, experiments, compounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from annotated_types import Ge
from sklearn.model_selection import GroupKFold, LeaveOneGroupOut

from kit.arrays import Floats, Ints
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
        n_splits: The number of folds; with ``unseen="each"`` of every column, so that two columns make its square.
        shuffle: Draw the groups of a fold at random, equally many a fold; otherwise the folds are made as equal in
            rows as they can be, without chance.
        random_state: Seed of the draw; None draws anew every time.
        unseen: What of a validated row no training row has, where there are several columns: the "combination" of
            their values; or "each" of them, a new cell line and a new compound. Rows that have one of them alone are
            then in neither part of the fold.
    """

    column: str | list[str]
    n_splits: Annotated[int, Ge(2)] = 5
    shuffle: bool = True
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None
    unseen: Literal["combination", "each"] = "combination"

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        """Return folds that hold out every row once.

        Args:
            rows: (n_rows, …) with the columns of groups.
            Y: Not used.

        Raises:
            InputError: A column is absent or has gaps, there are fewer groups than folds, or no training rows.
        """
        self.check_parameters()
        if self.unseen == "combination" or isinstance(self.column, str):
            return numbered_folds(self._divide(rows, self.column))
        parts = np.empty((len(self.column), len(rows)), dtype=np.intp)
        for place, column in enumerate(self.column):
            for part, (_, held) in enumerate(self._divide(rows, column)):
                parts[place, held] = part
        divisions = []
        for chosen in np.unique(parts, axis=1).T:
            same = parts == chosen[:, None]
            train, held = np.flatnonzero(~same.any(axis=0)), np.flatnonzero(same.all(axis=0))
            if not len(train):
                raise InputError(
                    f"{self.kind}: unseen: each leaves a fold of {len(held)} rows without training rows: every other "
                    f"row shares a value of one of {', '.join(self.column)} with them; choose fewer columns or another "
                    "n_splits"
                )
            divisions.append((train, held))
        return numbered_folds(divisions)

    def _divide(self, rows: pd.DataFrame, column: str | list[str]) -> Iterator[tuple[Ints, Ints]]:
        """Yield training and validation rows of the folds by one column, or by combinations of several."""
        codes, names = group_codes(rows, column, self.kind)
        require_rows(len(names), self.n_splits, f"groups in {column!r}", self.kind)
        seed = self.random_state if self.shuffle else None
        divide = GroupKFold(self.n_splits, shuffle=self.shuffle, random_state=seed)
        yield from divide.split(np.empty(len(rows)), groups=codes)


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
