"""Folds that hide some anchor compounds in the cell types of the test rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from annotated_types import Ge
from sklearn.model_selection import KFold

from kit.arrays import Floats
from kit.errors import InputError
from kit.plugins import Supplied
from kit.splits.base import SPLITTERS, Fold, Splitter
from kit.splits.labels import Labels, labels, masked_fold, require_rows, tested_labels


@SPLITTERS.register("held_out_compounds")
@dataclass(eq=False, repr=False)
class HeldOutCompounds(Splitter):
    """Hides one group of anchor compounds per fold, in the test rows' cell types only, where few were measured.

    The anchors are the compounds that the given rows have in one of the test rows' cell types. They are divided into
    groups; the validation rows of a fold are the rows of the test cell types whose compound is in its group, and the
    training rows are all others, so that the compounds stay known from other cell types, as those of the test rows
    are. Fourth place of the competition validated so. A group without validation rows is skipped, so that the same
    splitter divides the training rows of an outer fold.

    Args:
        n_splits: The number of groups, which differ in size by one compound at most; not used with ``compounds``.
        cell_type: The column of cell types.
        compound: The column of compounds.
        compounds: The groups, where they are not to be drawn; a compound in none of them is always trained on.
        other_cell_types: "keep" leaves the validation rows' compounds in training where they stand in other cell
            types; "drop" removes those rows, so that the compounds are never seen.
        random_state: Seed of the draw of groups; None draws anew every time.
        test_rows: The keys of the rows to be predicted, with the column of cell types.
    """

    n_splits: Annotated[int, Ge(2)] = 3
    cell_type: str = "cell_type"
    compound: str = "sm_name"
    compounds: list[list[str]] | None = None
    other_cell_types: Literal["keep", "drop"] = "keep"
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None
    test_rows: Annotated[pd.DataFrame | None, Supplied("the competition's test table")] = None

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        """Return a fold for every group, named "compounds 1", … and weighted by its number of validation rows.

        Args:
            rows: (n_rows, …) keys; the columns of cell types and compounds.
            Y: Not used.

        Raises:
            InputError: A column is absent or has gaps, ``test_rows`` was not passed, there are fewer anchors than
                groups, a compound is given twice, or no group makes a fold.
        """
        self.check_parameters()
        cell_types = labels(rows, self.cell_type, self.kind)
        compounds = labels(rows, self.compound, self.kind)
        tested = np.isin(cell_types, tested_labels(self.test_rows, self.cell_type, self.kind))
        groups = self._groups(compounds[tested])
        found = []
        for number, group in enumerate(groups, start=1):
            validation = tested & np.isin(compounds, group)
            train = ~validation
            if self.other_cell_types == "drop":
                train &= ~np.isin(compounds, compounds[validation])
            found.append(masked_fold(f"compounds {number}", train, validation))
        folds = [fold for fold in found if fold is not None]
        if not folds:
            raise InputError(
                f"{self.kind}: no group of compounds has both validation rows in the test rows' cell types and "
                f"training rows left; the rows have {int(tested.sum())} rows of those cell types, with the compounds "
                f"{sorted(set(compounds[tested].tolist()))}"
            )
        return folds

    def _groups(self, anchors: Labels) -> list[list[str]]:
        """Return the groups of compounds, drawn from the anchors where none are given."""
        if self.compounds is not None:
            flat = [compound for group in self.compounds for compound in group]
            twice = next((compound for compound in flat if flat.count(compound) > 1), None)
            if twice is not None:
                raise InputError(
                    f"{self.kind}: the compound {twice!r} is given twice; put every one in one group, once"
                )
            return self.compounds
        unique = np.unique(anchors)
        require_rows(len(unique), self.n_splits, "compounds measured in the test rows' cell types", self.kind)
        divide = KFold(self.n_splits, shuffle=True, random_state=self.random_state)
        return [unique[held].tolist() for _, held in divide.split(unique)]
