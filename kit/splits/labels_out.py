"""Folds whose labels no training row has: how well rows of labels that nobody has seen are found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
import pandas as pd
from annotated_types import Ge
from sklearn.model_selection import GroupKFold

from kit.arrays import Floats, require_columns
from kit.errors import InputError
from kit.plugins import RETRIEVAL, Supplied
from kit.splits.base import SPLITTERS, Fold, Splitter
from kit.splits.labels import numbered_folds, require_rows


@SPLITTERS.register("labels_out")
@dataclass(eq=False, repr=False)
class LabelsOut(Splitter):
    """Validates all rows of some labels, and trains on those of the others (scikit-learn's GroupKFold by label).

    Args:
        n_splits: The number of folds.
        shuffle: Draw the labels of a fold at random; otherwise the folds are made as equal in rows as they can be.
        random_state: Seed of the draw; None draws anew every time.
    """

    problems: ClassVar[frozenset[str]] = frozenset({RETRIEVAL})

    n_splits: Annotated[int, Ge(2)] = 5
    shuffle: bool = True
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        """Return folds that hold out every row once.

        Args:
            rows: (n_rows, …) any columns.
            Y: (n_rows, n_labels) 1 in the column of a row's label.

        Raises:
            InputError: There is no Y, or there are fewer labels than folds.
        """
        self.check_parameters()
        require_columns(rows, [], self.kind)
        if Y is None or len(Y) != len(rows):
            raise InputError(f"{self.kind}: the labels are needed; pass Y, a matrix with a column a label")
        codes = np.asarray(Y).argmax(axis=1)
        require_rows(len(np.unique(codes)), self.n_splits, "labels", self.kind)
        seed = self.random_state if self.shuffle else None
        divide = GroupKFold(self.n_splits, shuffle=self.shuffle, random_state=seed)
        return numbered_folds(divide.split(np.empty(len(rows)), groups=codes))
