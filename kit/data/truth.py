"""Reading a table of values by id: predictions, or the truth they are scored against."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from kit.arrays import Floats
from kit.config.schema import DataConfig
from kit.data import checks
from kit.data.columns import missing_columns, missing_targets, twice
from kit.data.mistakes import Mistakes, some
from kit.data.spellings import spelling_warnings
from kit.data.tables.table import Table, open_table
from kit.errors import DataError, nearest


class Predictions(NamedTuple):
    """Values by id.

    Attributes:
        ids: The rows' ids, each once.
        values: float32 (len(ids), len(targets)).
        targets: The columns' names.
        warnings: What is odd about the table and no error.
    """

    ids: tuple[str, ...]
    values: Floats
    targets: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def open_predictions(path: Path, data: DataConfig | None = None) -> Table:
    """Open a table of predictions or true values: an .h5ad file as the competition's, where it is made like them."""
    if data is None:
        return open_table(path)
    return open_table(path, data.layer, data.target_names, strict=False)


def read_predictions(
    path: Path,
    targets: Sequence[str] | None = None,
    id_column: str = "id",
    ignore: Sequence[str] = (),
    finite: bool = True,
    data: DataConfig | None = None,
    allow_nan: bool = False,
) -> Predictions:
    """Read a table of predictions, or of true values.

    Args:
        path: A table in any format that `open_table` reads.
        targets: The columns wanted, in the order wanted; other columns of the table are passed over. Without it, all
            columns but the id and ``ignore``, in the table's order.
        id_column: The column of the rows' ids.
        ignore: Columns that are no targets (keys, metadata).
        finite: Whether missing and infinite values are an error.
        allow_nan: Whether values may be missing: a truth that was not measured in every place.
        data: The competition's tables: for an .h5ad file, where theirs have values and names of the targets.

    Raises:
        DataError: The table is missing or damaged, lacks a column, has an id twice, or holds something else than
            finite numbers.
    """
    path = Path(path)
    if not os.path.isfile(path):
        present = sorted(entry.name for entry in path.parent.iterdir()) if os.path.isdir(path.parent) else []
        found = nearest(path.name, present)
        raise DataError(f"{path} does not exist" + (f" (did you mean {found!r}?)" if found else "; check the path"))
    table = open_predictions(path, data)
    mistakes = Mistakes(DataError)
    mistakes.add(*twice(table), *missing_columns(table, [id_column], "the id of a row"))
    if targets is None:
        wanted = [name for name in table.candidates if name not in {id_column, *ignore}]
        if not wanted:
            mistakes.add(f"{path} has no columns besides {some([id_column, *ignore])}; there is nothing to score")
    else:
        wanted = list(targets)
        mistakes.add(*missing_targets(table, wanted))
    mistakes.raise_if_any(path.name)
    frame: pd.DataFrame = table.frame([id_column])
    mistakes.add(*checks.missing_values(table, frame, [id_column]))
    mistakes.add(*checks.repeated_rows(table, frame, [id_column], "every row needs an id of its own"))
    values, cells = table.matrix(wanted)
    mistakes.add(*checks.text_cells(table, cells, "name the targets, or the columns to leave out"))
    if finite:
        mistakes.add(*checks.non_finite(table, values, wanted, [cell.column for cell in cells], allow_nan))
    mistakes.raise_if_any(path.name)
    warnings = [*spelling_warnings([table], [id_column]), *table.warnings]
    return Predictions(tuple(frame[id_column]), values, tuple(wanted), tuple(warnings))
