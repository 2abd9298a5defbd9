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
from kit.errors import InputError, ParameterError
from kit.plugins import Supplied
from kit.splits.base import SPLITTERS, Fold, Splitter
from kit.splits.labels import group_codes, numbered_folds, require_rows


@SPLITTERS.register("group_kfold")
@dataclass(eq=False, repr=False)
class GroupKFoldSplitter(Splitter):
    """Validates several whole groups per fold, drawn at random or balanced by size (scikit-learn's GroupKFold).

    With ``stratify``, every fold has its share of the groups of each stratum: of 16 experiments of one cell type, each
    of three folds validates five or six. scikit-learn's ``StratifiedGroupKFold`` balances rows, not groups, and
    promises no number of either.

    Args:
        column: The column, or the columns whose combinations, are the groups.
        n_splits: The number of folds; with ``unseen="each"`` of every column, so that two columns make its square.
        shuffle: Draw the groups of a fold at random, equally many a fold; otherwise the folds are made as equal in
            rows as they can be, without chance.
        random_state: Seed of the draw; None draws anew every time.
        unseen: What of a validated row no training row has, where there are several columns: the "combination" of
            their values; or "each" of them, a new cell line and a new compound. Rows that have one of them alone are
            then in neither part of the fold.
        stratify: The column of the strata, of which each group has one value (the cell type of an experiment).
    """

    column: str | list[str]
    n_splits: Annotated[int, Ge(2)] = 5
    shuffle: bool = True
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None
    unseen: Literal["combination", "each"] = "combination"
    stratify: str | None = None

    def check_parameters(self) -> None:
        """Check the parameters.

        Raises:
            ParameterError: One is wrong, or strata are asked for where no row's group is one.
        """
        super().check_parameters()
        if self.stratify is not None and self.unseen == "each":
            raise ParameterError(
                "stratify: with unseen: each a row has a group of every column, and no stratum; leave one of them out"
            )

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        """Return folds that hold out every row once.

        Args:
            rows: (n_rows, …) with the columns of groups.
            Y: Not used.

        Raises:
            InputError: A column is absent or has gaps, there are fewer groups than folds, or no training rows, or a
                group is in two strata.
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
        if self.stratify is not None:
            fold_of_group = self._deal_out(codes, names, self._strata(rows, codes, names))
            for fold in range(self.n_splits):
                held = fold_of_group[codes] == fold
                yield np.flatnonzero(~held), np.flatnonzero(held)
            return
        divide = GroupKFold(self.n_splits, shuffle=self.shuffle, random_state=seed)
        yield from divide.split(np.empty(len(rows)), groups=codes)

    def _strata(self, rows: pd.DataFrame, codes: Ints, names: list[str]) -> Ints:
        """Return the (n_groups,) stratum of each group, from 0."""
        strata, of_strata = group_codes(rows, str(self.stratify), self.kind)
        of_group = np.zeros(len(names), dtype=np.intp)
        of_group[codes] = strata
        odd = np.flatnonzero(of_group[codes] != strata)
        if len(odd):
            at = int(odd[0])
            both = f"{of_strata[strata[at]]} and {of_strata[of_group[codes[at]]]}"
            raise InputError(
                f"{self.kind}: {names[codes[at]]!r} ({self.column}) has rows of two values of {self.stratify!r} "
                f"({both}); a group is dealt out as a whole, so name a column that has one value within each"
            )
        return of_group

    def _deal_out(self, codes: Ints, names: list[str], strata: Ints) -> Ints:
        """Return the (n_groups,) fold of each group: in rounds, a stratum after the other.

        A full round of a stratum gives every fold one group; what is left of it goes to the folds that have least so
        far. So a stratum's groups differ by one at most between folds, and, where groups are drawn, so do all groups.
        """
        rng, sizes = np.random.default_rng(self.random_state), np.bincount(codes)
        fold_of_group = np.zeros(len(names), dtype=np.intp)
        loads = np.zeros(self.n_splits)
        for stratum in range(int(strata.max()) + 1):
            groups = np.flatnonzero(strata == stratum)
            order = rng.permutation(groups) if self.shuffle else groups[np.argsort(-sizes[groups], kind="stable")]
            for start in range(0, len(order), self.n_splits):
                dealt = order[start : start + self.n_splits]
                emptiest = np.argsort(loads, kind="stable")[: len(dealt)]
                fold_of_group[dealt] = emptiest
                loads[emptiest] += 1 if self.shuffle else sizes[dealt]
        return fold_of_group


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
