"""Writing rows and their values as one wide table."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from pyarrow import csv, parquet

from kit.arrays import Floats
from kit.data.tables.wide import wide_table
from kit.errors import InputError
from kit.files import new_file


def write_rows(rows: pd.DataFrame, values: Floats, names: tuple[str, ...], path: Path) -> None:
    """Write a .parquet or .csv file that a competition can name as its training table.

    Raises:
        InputError: The name ends otherwise, or the file is there.
        RunError: The file cannot be written.
    """
    if path.suffix not in (".parquet", ".csv"):
        raise InputError(f"{path}: the table's name must end in .parquet or .csv")
    if path.exists():
        raise InputError(f"{path} is there already; remove it, or choose another name with --out")
    table = wide_table(rows, values, names)
    with new_file(path) as temporary:
        if path.suffix == ".csv":
            csv.write_csv(table, temporary)
        else:
            parquet.write_table(table, temporary)
