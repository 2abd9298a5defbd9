"""Folds that a column of the table says, as they were used by somebody else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.errors import InputError
from kit.splits.base import SPLITTERS, Fold, Splitter
from kit.splits.labels import group_codes, labels


@SPLITTERS.register("given")
@dataclass(eq=False, repr=False)
class GivenSplit(Splitter):
    """Validates the rows that a column marks, and trains on those that it marks as training rows.

    Args:
        column: The column that says of a row on which side it is; rows of neither side are in no part.
        validation: Its value for rows that are validated.
        train: Its value for rows that are trained on.
        fold: The column of several divisions, each of the rows of one value (draws, repeats); without it there is one.
    """

    column: str
    validation: str = "validation"
    train: str = "train"
    fold: str | None = None

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        """Return one fold, or one for every value of the column ``fold`` in sorted order, of the same weight each.

        Args:
            rows: (n_rows, …) with the columns.
            Y: Not used.

        Raises:
            InputError: A column is absent or has gaps, or a division has no rows on one side.
        """
        self.check_parameters()
        sides = labels(rows, self.column, self.kind)
        codes, names = np.zeros(len(rows), dtype=np.intp), [self.validation]
        if self.fold is not None:
            codes, names = group_codes(rows, self.fold, self.kind)
        found = []
        for code, name in enumerate(names):
            parts = [np.flatnonzero((codes == code) & (sides == side)) for side in (self.train, self.validation)]
            for side, part in zip((self.train, self.validation), parts, strict=True):
                if not len(part):
                    where = "" if self.fold is None else f" in {self.fold} {name!r}"
                    values = ", ".join(repr(str(value)) for value in np.unique(sides)[:5])
                    raise InputError(f"{self.kind}: no row of {self.column!r} is {side!r}{where}; it has {values}")
            found.append(Fold(name, parts[0], parts[1], 1.0))
        return found
