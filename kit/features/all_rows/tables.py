"""Rows without labels: reading them from a file, and putting them below the training rows."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from kit.arrays import require_columns
from kit.errors import DataError, InputError, MissingDependencyError

_FORMATS = ".csv, .csv.gz or .parquet"


def read_rows(path: Path, user: str) -> pd.DataFrame:
    """Read a table of keys and metadata.

    Args:
        path: The file.
        user: Who reads it, for messages.

    Raises:
        DataError: It is absent, of another format, damaged or empty.
    """
    if not os.path.isfile(path):
        raise DataError(
            f"{user}: no file {str(path)!r} (looked in {Path.cwd()}); unlabelled takes a {_FORMATS} with the "
            "columns of the training rows"
        )
    name = path.name.lower()
    if not name.endswith((".csv", ".csv.gz", ".parquet")):
        raise DataError(f"{user}: {path} is of an unknown format; expected {_FORMATS}")
    try:
        table = pd.read_parquet(path) if name.endswith(".parquet") else pd.read_csv(path)
    except ImportError as error:
        raise MissingDependencyError(f"{user}: reading {path} needs pyarrow ({error})") from None
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{user}: {path} cannot be read ({error}); write it again as {_FORMATS}") from None
    if not len(table):
        raise DataError(f"{user}: {path} holds no rows; leave unlabelled out, or give it some")
    return table


def rows_of(rows: pd.DataFrame, table: pd.DataFrame, columns: list[str], user: str) -> pd.DataFrame:
    """Return the rows of a table that agree with a training row in some columns.

    Args:
        rows: (n_rows, …) training rows.
        table: The table.
        columns: The columns.
        user: What the table is, for messages.

    Raises:
        InputError: One of the two lacks a column, or no row agrees.
    """
    require_columns(rows, columns, "within")
    require_columns(table, columns, user)
    known = set(_labels(rows, columns))
    chosen = np.array([label in known for label in _labels(table, columns)], dtype=bool)
    if not chosen.any():
        raise InputError(f"{user}: no row has the {', '.join(columns)} of a training row, such as {min(known)}")
    return table[chosen]


def _labels(table: pd.DataFrame, columns: Sequence[str]) -> list[tuple[str, ...]]:
    return list(zip(*(table[name].astype(str) for name in columns), strict=True))


def all_rows(tables: Mapping[str, pd.DataFrame], user: str) -> tuple[pd.DataFrame, list[str]]:
    """Put tables below each other; a column stays if all of them have it.

    Args:
        tables: The rows, by what they are called in messages; tables without rows are passed over.
        user: Who wants them, for messages.

    Returns:
        All rows, and for every table that lacks columns of the first one a phrase that says so: for the message,
        should one of them be needed.

    Raises:
        InputError: One is no table, or there are no rows at all.
    """
    for name, table in tables.items():
        require_columns(table, [], f"{user}: {name}")
    filled = {name: table for name, table in tables.items() if len(table)}
    if not filled:
        raise InputError(f"{user}: no rows to be fitted on; give at least one")
    first = next(iter(filled.values())).columns
    lacking = []
    for name, table in filled.items():
        absent = [str(column) for column in first if column not in table.columns]
        if absent:
            lacking.append(f"{name} has no {', '.join(map(repr, absent))}")
    return pd.concat(list(filled.values()), join="inner", ignore_index=True), lacking
