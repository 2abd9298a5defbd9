"""Folds that hide all rows of a cell type except its anchor compounds, as the competition hides its test rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.errors import InputError
from kit.plugins import Supplied
from kit.splits.base import SPLITTERS, Fold, Splitter
from kit.splits.labels import labels, masked_fold, tested_labels


@SPLITTERS.register("held_out_cell_type")
@dataclass(eq=False, repr=False)
class HeldOutCellType(Splitter):
    """Hides one well-measured cell type per fold: rows of its test compounds are validated, its anchors stay.

    The test rows are compounds in cell types of which only a few other compounds, the anchors, were measured. The fold
    of cell type c imitates them: its validation rows are the rows of c whose compound is among the test rows'
    compounds; its training rows are all others, that is the rest of c (its anchors) and every row of the other cell
    types. Third place of the competition validated so. A cell type whose fold would have no training or no validation
    rows is skipped, so that the same splitter divides the training rows of an outer fold.

    Args:
        cell_type: The column of cell types.
        compound: The column of compounds.
        cells: The cell types to hold out, in the order of the folds. By default every cell type of the rows that is
            not among the test rows' cell types, sorted.
        anchors: "keep" leaves the held-out cell type's other rows in training; "drop" removes them, so that the cell
            type is never seen.
        other_cell_types: "keep" leaves the validation rows' compounds in training where they stand in other cell
            types; "drop" removes those rows, so that neither a validation row nor its compound is ever seen: harder
            than the test rows, whose compounds are all measured elsewhere.
        test_rows: The keys of the rows to be predicted, with both columns.
    """

    cell_type: str = "cell_type"
    compound: str = "sm_name"
    cells: list[str] | None = None
    anchors: Literal["keep", "drop"] = "keep"
    other_cell_types: Literal["keep", "drop"] = "keep"
    test_rows: Annotated[pd.DataFrame | None, Supplied("the competition's test table")] = None

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        """Return a fold for every cell type, named after it and weighted by its number of validation rows.

        Args:
            rows: (n_rows, …) keys; the columns of cell types and compounds.
            Y: Not used.

        Raises:
            InputError: A column is absent or has gaps, ``test_rows`` was not passed, or no cell type makes a fold or
                one is named twice.
        """
        self.check_parameters()
        cell_types = labels(rows, self.cell_type, self.kind)
        compounds = labels(rows, self.compound, self.kind)
        test_compounds = tested_labels(self.test_rows, self.compound, self.kind)
        test_cell_types = tested_labels(self.test_rows, self.cell_type, self.kind)
        to_predict = np.isin(compounds, test_compounds)
        cells = sorted(set(cell_types.tolist()) - set(test_cell_types.tolist())) if self.cells is None else self.cells
        if len(set(cells)) < len(cells):
            raise InputError(f"{self.kind}: {cells=} names a cell type twice; name every one once")
        found = []
        for cell in cells:
            inside = cell_types == cell
            validation = inside & to_predict
            train = ~inside if self.anchors == "drop" else ~validation
            if self.other_cell_types == "drop":
                train &= ~np.isin(compounds, compounds[validation])
            found.append(masked_fold(cell, train, validation))
        folds = [fold for fold in found if fold is not None]
        if not folds:
            raise InputError(
                f"{self.kind}: none of the cell types {cells} has both validation rows (a compound of the test rows) "
                f"and training rows left; the rows have the cell types {sorted(set(cell_types.tolist()))} and "
                f"{int(to_predict.sum())} of {len(rows)} have a compound of the test rows"
            )
        return folds
