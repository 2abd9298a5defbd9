"""Rows without targets from a table of one's own: more pairs of cell type and compound to predict."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from kit.data.competition import Competition
from kit.data.tables.table import open_table
from kit.errors import DataError, did_you_mean


def read_pairs(path: Path, competition: Competition) -> pd.DataFrame:
    """Read rows without targets.

    Args:
        path: A .parquet, .csv, .csv.gz or .feather file with the key columns; metadata columns are read where they
            are there, and filled by compound where the competition's tables say one thing only.
        competition: The tables.

    Returns:
        The rows' keys (strings) and metadata, numbered from 0; a pair that stands there twice is kept once.

    Raises:
        DataError: The file is missing or damaged, has no key column, no rows, or a key without a value.
    """
    if not Path(path).is_file():
        raise DataError(f"pseudo_labels.rows: no such file {path}; it is `test`, or a table with the key columns")
    columns = competition.config.columns
    table = open_table(Path(path))
    for name in columns.keys:
        if name not in table.columns:
            hint = did_you_mean(name, table.columns)
            raise DataError(f"{path}: no column {name!r}{hint}; every row needs {', '.join(columns.keys)}")
    known = pd.concat([competition.rows, competition.test], ignore_index=True)
    metadata = [name for name in competition.rows.columns if name not in columns.keys]
    own = [name for name in metadata if name in table.columns]
    text = [*columns.keys, *(name for name in own if name == columns.smiles)]
    rows = table.frame(text, [name for name in own if name not in text])
    if rows.empty:
        raise DataError(f"{path}: no rows")
    for name in columns.keys:
        empty = rows[name].isna() | (rows[name].astype(str) == "")
        if empty.any():
            raise DataError(f"{path}: row {int(empty.to_numpy().argmax()) + 1} has no {name!r}")
    rows = rows.drop_duplicates(columns.keys, ignore_index=True)
    if columns.compound is not None:
        for name in [name for name in metadata if name not in own]:
            of_compound = known[[columns.compound, name]].dropna().drop_duplicates()
            if not of_compound[columns.compound].duplicated().any():
                rows[name] = rows[columns.compound].map(dict(of_compound.itertuples(index=False, name=None)))
    return rows
