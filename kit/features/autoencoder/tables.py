"""Rows without labels: reading them from a file, and putting them below the training rows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from kit.arrays import require_columns
from kit.errors import DataError, InputError, MissingDependencyError

_FORMATS = ".csv, .csv.gz or .parquet"


def read_rows(path: Path) -> pd.DataFrame:
    """Read a table of keys and metadata.

    Raises:
        DataError: It is absent, of another format, damaged or empty.
    """
    if not os.path.isfile(path):
        raise DataError(
            f"autoencoder: no file {str(path)!r} (looked in {Path.cwd()}); unlabelled takes a {_FORMATS} with the "
            "columns of the training rows"
        )
    name = path.name.lower()
    if not name.endswith((".csv", ".csv.gz", ".parquet")):
        raise DataError(f"autoencoder: {path} is of an unknown format; expected {_FORMATS}")
    try:
        table = pd.read_parquet(path) if name.endswith(".parquet") else pd.read_csv(path)
    except ImportError as error:
        raise MissingDependencyError(f"autoencoder: reading {path} needs pyarrow ({error})") from None
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"autoencoder: {path} cannot be read ({error}); write it again as {_FORMATS}") from None
    if not len(table):
        raise DataError(f"autoencoder: {path} holds no rows; leave unlabelled out, or give it some")
    return table


def all_rows(rows: pd.DataFrame, others: Mapping[str, pd.DataFrame]) -> tuple[pd.DataFrame, list[str]]:
    """Put other tables below the training rows; a column stays if all of them have it.

    Args:
        rows: The training rows, one at least.
        others: More rows, by what they are called in messages; tables without rows are passed over.

    Returns:
        All rows, and for every table that lacks columns of the training rows a phrase that says so: for the message,
        should one of them be needed.

    Raises:
        InputError: One is no table, or there are no training rows.
    """
    require_columns(rows, [], "autoencoder")
    if not len(rows):
        raise InputError("autoencoder: no training rows; give at least one")
    tables, lacking = [rows], []
    for name, table in others.items():
        require_columns(table, [], f"autoencoder: {name}")
        if len(table):
            tables.append(table)
            absent = [str(column) for column in rows.columns if column not in table.columns]
            if absent:
                lacking.append(f"{name} has no {', '.join(map(repr, absent))}")
    return pd.concat(tables, join="inner", ignore_index=True), lacking
