"""Folds of rows at random."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
from annotated_types import Ge
from sklearn.model_selection import KFold

from kit.arrays import Floats, require_columns
from kit.plugins import Supplied
from kit.splits.base import SPLITTERS, Fold, Splitter
from kit.splits.labels import numbered_folds, require_rows


@SPLITTERS.register("kfold")
@dataclass(eq=False, repr=False)
class KFoldSplitter(Splitter):
    """Validates random rows (scikit-learn's shuffled KFold); a compound or cell type may be on both sides of a fold.

    Where the hidden rows are new combinations or new groups this looks better than it is.

    Args:
        n_splits: The number of folds.
        random_state: Seed of the shuffling; None draws anew every time.
    """

    n_splits: Annotated[int, Ge(2)] = 5
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        """Return ``n_splits`` folds, which hold out every row once.

        Args:
            rows: (n_rows, …) any columns.
            Y: Not used.

        Raises:
            InputError: There are fewer rows than folds.
        """
        self.check_parameters()
        require_columns(rows, [], self.kind)
        require_rows(len(rows), self.n_splits, "rows", self.kind)
        divide = KFold(self.n_splits, shuffle=True, random_state=self.random_state)
        return numbered_folds(divide.split(np.empty(len(rows))))
