"""Folds of sets (gene pairs, drug combinations) by how many of their members were never seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge, MinLen
from sklearn.model_selection import KFold

from kit.arrays import Floats
from kit.errors import InputError
from kit.plugins import ColumnOf, Supplied
from kit.sets import Entries
from kit.splits.base import SPLITTERS, Fold, Splitter
from kit.splits.labels import labels, masked_fold, require_rows


@SPLITTERS.register("unseen_members")
@dataclass(eq=False, repr=False)
class UnseenMembers(Splitter):
    """Hides some members of sets, and validates rows by how many of theirs are hidden.

    The members are divided into ``n_splits`` groups. A fold of k unseen members hides one group, trains on the rows
    that have none of it, and validates those that have exactly k of it. With k = 0 nothing is hidden but whole sets: a
    fold validates some sets of two members or more, each of which is in a training row of other sets, and trains on
    the rows of all other sets. Published comparisons of predicted gene pairs divide test pairs so: 0, 1 or 2 of 2
    unseen (Roohani, Huang and Leskovec, GEARS, Nature Biotechnology 2024).

    Args:
        column: The column of sets (``columns.sets``).
        unseen: The numbers k for which there are folds.
        n_splits: The number of groups of members, or of sets for k = 0. One that validates no row is left out.
        random_state: Seed of the draw of groups; None draws anew every time.
    """

    column: Annotated[str, ColumnOf("label")]
    unseen: Annotated[list[Annotated[int, Ge(0)]], MinLen(1)]
    n_splits: Annotated[int, Ge(2)] = 3
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        """Return the folds, named "1 unseen, part 2" and weighted by their validation rows.

        Args:
            rows: (n_rows, …) with the column of sets.
            Y: Not used.

        Raises:
            InputError: The column is absent or has gaps, there are too few members, or no row has as many unseen ones.
        """
        self.check_parameters()
        sets = labels(rows, self.column, self.kind)
        entries = Entries.of(sets.tolist())
        members, codes = np.unique(entries.member, return_inverse=True)
        require_rows(len(members), self.n_splits, f"members in {self.column!r}", self.kind)
        member = np.zeros((len(rows), len(members)), dtype=bool)
        member[entries.row, codes] = True
        found = []
        for number in self.unseen:
            parts = self._new_sets(sets, member) if number == 0 else self._new_members(member, number)
            folds = [masked_fold(f"{number} unseen, part {part + 1}", *masks) for part, masks in enumerate(parts)]
            kept = [fold for fold in folds if fold is not None]
            if not kept:
                most = int(member.sum(axis=1).max())
                raise InputError(
                    f"{self.kind}: no row can be validated with {number} unseen members; the largest set in "
                    f"{self.column!r} has {most}, and some rows must be left that have none of the hidden ones"
                )
            found += kept
        return found

    def _new_members(self, member: np.ndarray, number: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield masks of training and validation rows."""
        for _, hidden in self._divide(member.shape[1]):
            unseen = member[:, hidden].sum(axis=1)
            yield unseen == 0, unseen == number

    def _new_sets(self, sets: np.ndarray, member: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        combined = np.unique(sets[member.sum(axis=1) > 1])
        require_rows(len(combined), self.n_splits, f"sets of two members or more in {self.column!r}", self.kind)
        for _, hidden in self._divide(len(combined)):
            held = np.isin(sets, combined[hidden])
            seen = member[~held].any(axis=0)
            yield ~held, held & (member <= seen).all(axis=1)

    def _divide(self, n: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        yield from KFold(self.n_splits, shuffle=True, random_state=self.random_state).split(np.empty(n))
