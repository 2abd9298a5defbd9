"""Rows without targets from a table of one's own: more pairs of cell type and compound to predict."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

from kit.data.checks import missing_values
from kit.data.columns import plain_columns
from kit.data.competition import Competition
from kit.data.compounds import Rows, as_texts, complete_compounds
from kit.data.files import open_rows
from kit.data.mistakes import Mistakes
from kit.data.tables.set_table import with_sets
from kit.errors import DataError, did_you_mean
from kit.values import tidy_types


def read_pairs(path: Path, competition: Competition) -> pd.DataFrame:
    """Read rows without targets.

    Args:
        path: A table with the key columns; metadata columns are read where they are there, and filled by compound
            where all tables together say one thing only.
        competition: The tables.

    Returns:
        The rows' keys (strings) and metadata, numbered from 0; a pair that stands there twice is kept once.

    Raises:
        DataError: The file is missing or damaged, has no key column, no rows, a key without a value, or another
            structure for a compound than the competition's tables.
    """
    if not os.path.isfile(Path(path)):
        raise DataError(f"pseudo_labels.rows: no such file {path}; it is `test`, or a table with the key columns")
    columns = competition.config.columns
    table = with_sets(open_rows(Path(path), competition.config), columns.sets)
    parts = (columns.group, columns.compound)
    needed = list(dict.fromkeys([*columns.keys, *(name for name in parts if name is not None)]))
    for name in needed:
        if name not in table.columns:
            hint = did_you_mean(name, table.columns)
            raise DataError(f"{path}: no column {name!r}{hint}; every row needs {', '.join(needed)}")
    metadata = [name for name in competition.rows.columns if name not in columns.keys]
    present = set(table.columns)
    given = [name for name in metadata if name in present]
    rows = table.frame([*columns.keys, *given], plain_columns(columns, given))
    if not len(rows):
        raise DataError(f"{path}: no rows")
    mistakes = Mistakes(DataError)
    mistakes.add(*missing_values(table, rows, needed))
    mistakes.raise_if_any(str(path))
    rows = rows.drop_duplicates(columns.keys) if columns.keys else rows
    tables = ((competition.rows, competition.config.data.train), (competition.test, "the test table"))
    compared = columns.compound is not None or columns.smiles is not None
    known = [Rows(as_texts(frame), f"{file} row {{}}".format) for frame, file in tables] if compared else []
    completed = complete_compounds([*known, Rows(rows, table.row)], columns.compound, columns.smiles, metadata)
    mistakes.add(*completed.mistakes)
    mistakes.raise_if_any(str(path))
    rows = completed.frames[-1].reset_index(drop=True)
    for name in metadata:
        if name in rows and not pd.api.types.is_numeric_dtype(rows[name]):
            rows[name] = tidy_types(list(rows[name]))
    return rows
