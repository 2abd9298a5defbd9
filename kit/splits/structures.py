"""Folds that keep structures together: what is alike in its chemistry is trained on or validated, never both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from annotated_types import Ge
from sklearn.model_selection import GroupKFold

from kit.arrays import Floats, require_columns
from kit.chemistry import canonical_smiles, parent_smiles, scaffold_smiles
from kit.plugins import ColumnOf, Supplied
from kit.splits.base import SPLITTERS, Fold, Splitter
from kit.splits.labels import numbered_folds, require_rows
from kit.values import canonical_texts

_FORMS = {"structure": canonical_smiles, "parent": parent_smiles, "scaffold": scaffold_smiles}


@SPLITTERS.register("structure_kfold")
@dataclass(eq=False, repr=False)
class StructureKFold(Splitter):
    """Several structures a fold, drawn at random: rows of one structure are never on both sides, whatever its names.

    Rows without a structure, or with one that RDKit cannot parse, are one group.

    Args:
        column: The column of SMILES.
        by: What rows must share to stay together: the "structure" (spelt in any way), the "parent" (without salts and
            charges), or the Murcko "scaffold" of the parent (a structure without rings has none and stands for
            itself).
        n_splits: The number of folds.
        random_state: Seed of the draw; None draws anew every time.
    """

    column: Annotated[str, ColumnOf("anything")] = "SMILES"
    by: Literal["structure", "parent", "scaffold"] = "structure"
    n_splits: Annotated[int, Ge(2)] = 5
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        """Return ``n_splits`` folds, which hold out every row once.

        Args:
            rows: (n_rows, …) with the column of SMILES.
            Y: Not used.

        Raises:
            InputError: The column is absent, or there are fewer groups than folds.
            MissingDependencyError: RDKit is not installed.
        """
        self.check_parameters()
        require_columns(rows, [self.column], self.kind)
        texts = [text or "" for text in canonical_texts(rows[self.column])]
        distinct = sorted(set(texts) - {""})
        form = dict(zip(distinct, _FORMS[self.by](distinct), strict=True)) | {"": ""}
        names, codes = np.unique([form[text] for text in texts], return_inverse=True)
        require_rows(len(names), self.n_splits, f"groups by {self.by} in {self.column!r}", self.kind)
        divide = GroupKFold(self.n_splits, shuffle=True, random_state=self.random_state)
        return numbered_folds(divide.split(np.empty(len(rows)), groups=codes))
