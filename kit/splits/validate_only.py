"""Folds that validate rows of a kind alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import MinLen

from kit.arrays import Floats
from kit.errors import InputError
from kit.plugins import PluginOf
from kit.splits.base import SPLITTERS, Fold, Splitter
from kit.splits.labels import labels


@SPLITTERS.register("validate_only")
@dataclass(eq=False, repr=False)
class ValidateOnly(Splitter):
    """Validates rows of one kind alone, by another splitter; all others are trained on in every fold.

    For rows whose targets are known wherever they are, such as the controls of experiments to be predicted.

    Args:
        scheme: The splitter that divides the rows to validate; it sees no other rows.
        column: The column that says of what kind a row is.
        values: Its values for rows to validate.
    """

    scheme: Annotated[Splitter, PluginOf("splitter")]
    column: str
    values: Annotated[list[str], MinLen(1)]

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        """Return the other splitter's folds, with all rows of other kinds among the training rows of each.

        Args:
            rows: (n_rows, …) with the column, and what the other splitter needs.
            Y: (n_rows, n_targets) targets, where the other splitter needs them.

        Raises:
            InputError: The column is absent or has gaps, no row has one of the values, or the rows that have do not
                allow the other splitter's folds.
        """
        self.check_parameters()
        kinds = labels(rows, self.column, self.kind)
        of_kind = np.isin(kinds, self.values)
        if not of_kind.any():
            found = ", ".join(map(repr, np.unique(kinds)[:5].tolist()))
            raise InputError(f"{self.kind}: no row has {self.column!r} among {self.values}; the rows have {found}")
        mine, others = np.flatnonzero(of_kind), np.flatnonzero(~of_kind)
        divided = self.scheme.folds(rows.iloc[mine].reset_index(drop=True), None if Y is None else Y[mine])
        return [
            replace(fold, train=np.sort(np.concatenate([mine[fold.train], others])), validation=mine[fold.validation])
            for fold in divided
        ]
