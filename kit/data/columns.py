"""Which columns of a table are keys, metadata and targets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from kit.config.schema import ColumnPattern, ColumnsConfig
from kit.data.mistakes import some
from kit.data.tables.table import Table
from kit.errors import DataError, did_you_mean, nearest

# How pandas stores a row index in a parquet or feather file.
_PANDAS_INDEX = re.compile(r"__index_level_\d+__")

ALL_ROWS = "all"
"""The label of every row where the competition has no groups."""


def metadata_columns(columns: ColumnsConfig, table: Table) -> list[str]:
    """Return the metadata columns in order: those listed, and those with a meaning of their own; no keys, id or label.

    Args:
        columns: What the columns mean.
        table: The training table, among whose columns a pattern chooses.

    Raises:
        DataError: A pattern matches no column.
    """
    # What is to be predicted is never metadata: a pattern passes it over.
    other = {columns.id, *columns.keys, columns.label}
    if isinstance(columns.metadata, ColumnPattern):
        offered = [name for name in table.columns if name not in other]
        given = _matching(columns.metadata, offered, "columns.metadata", table)
    else:
        given = columns.metadata
    others = (columns.group, columns.compound, columns.smiles, columns.replicate, columns.weight)
    names = [*given, *(name for name in others if name is not None)]
    return [name for name in dict.fromkeys(names) if name not in other]


def plain_columns(columns: ColumnsConfig, metadata: Sequence[str]) -> list[str]:
    """Return the metadata that features alone read, and so may be numbers from the beginning; the others are text.

    Where there are compounds, what is known of them is completed and compared as text, whatever the column.
    """
    if columns.compound is not None or columns.smiles is not None:
        return []
    roles = {columns.id, *columns.keys, columns.group, columns.replicate, columns.weight, *columns.sets}
    return [name for name in metadata if name not in roles]


def _matching(chosen: ColumnPattern, names: Sequence[str], what: str, table: Table) -> list[str]:
    """Return the names that a pattern matches as a whole, in order.

    Raises:
        DataError: There are none.
    """
    pattern = re.compile(chosen.pattern)
    found = [name for name in names if pattern.fullmatch(name)]
    if not found:
        such = f" (such as {some(names)})" if names else ""
        raise DataError(
            f"{table.path}: {what}.pattern {pattern.pattern!r} matches none of the {len(names)} columns{such}; it is a "
            "regular expression and must match the whole name"
        )
    return found


def group_labels(rows: pd.DataFrame, column: str | None) -> np.ndarray:
    """Return the (n_rows,) labels of a column as strings.

    Rows without the column belong to no known group: ``""``; where there is no column, all are of one: ``"all"``.
    """
    if column is None:
        return np.full(len(rows), ALL_ROWS)
    if column not in rows.columns:
        return np.full(len(rows), "", dtype=str)
    return rows[column].astype(str).to_numpy(dtype=str)


def missing_columns(table: Table, names: Sequence[str], wanted_as: str) -> list[str]:
    """Return a problem for every one of ``names`` that the table lacks."""
    # With 18,000 targets among the columns, only a near name helps; a list of all would not.
    present = set(table.columns)
    mistakes = []
    for name in names:
        if name not in present:
            known = [c for c in table.columns if c]
            hint = did_you_mean(name, known) if len(known) <= 10 else _near(name, known)
            mistakes.append(f"{table.path}: the column {name!r} ({wanted_as}) is missing{hint}")
    return mistakes


def twice(table: Table) -> list[str]:
    """Return problems for column names that occur twice or are empty."""
    mistakes = []
    for names in [table.columns] if table.candidates is table.columns else [table.columns, table.candidates]:
        first: dict[str, int] = {}
        repeated = []
        for position, name in enumerate(names):
            if first.setdefault(name, position) != position and name.strip():
                repeated.append((name, first[name], position))
        if repeated:
            name, one, other = repeated[0]
            more = f" (and {len(repeated) - 1} more names)" if len(repeated) > 1 else ""
            mistakes.append(
                f"{table.path}: the column name {name!r} stands twice, in columns {one + 1} and {other + 1}{more}; "
                "rename or remove one"
            )
        empty = [position + 1 for position, name in enumerate(names) if not name.strip()]
        if empty:
            mistakes.append(
                f"{table.path}: column {empty[0]} has no name; pandas writes its row index like that: write the table "
                "with index=False"
            )
    return mistakes


def select_targets(table: Table, columns: ColumnsConfig) -> list[str]:
    """Return the target columns, in the table's order (or in the order of ``columns.targets`` where it lists names).

    Raises:
        DataError: A listed target is missing or is a key or metadata, or nothing is selected.
    """
    other = {columns.id, *columns.keys, *metadata_columns(columns, table)}
    candidates = [name for name in table.candidates if name not in other and not _PANDAS_INDEX.fullmatch(name)]
    if isinstance(columns.targets, ColumnPattern):
        return _matching(columns.targets, candidates, "columns.targets", table)
    if columns.targets == "others":
        if not candidates:
            raise DataError(
                f"{table.path}: no column is left to be a target; all {len(table.candidates)} are keys or metadata"
            )
        return candidates
    both = [name for name in columns.targets if name in other]
    if both:
        raise DataError(f"columns.targets lists {some(both)}, also a key or metadata; a column is one or the other")
    if missing := missing_targets(table, columns.targets):
        raise DataError(missing[0])
    repeated = [name for name, times in Counter(columns.targets).items() if times > 1]
    if repeated:
        raise DataError(f"columns.targets lists {some(repeated)} twice; list every target once")
    return list(columns.targets)


def missing_targets(table: Table, targets: Sequence[str]) -> list[str]:
    """Return one problem that counts the targets that a table lacks, and names a few."""
    present = set(table.candidates)
    absent = [name for name in targets if name not in present]
    if not absent:
        return []
    return [
        f"{table.path} lacks {len(absent)} of the {len(targets)} target columns: {some(absent)}"
        f"{table.naming_hint(absent) or _near(absent[0], table.candidates)}"
    ]


def _near(name: str, known: Sequence[str]) -> str:
    found = nearest(name, known)
    return "" if found is None else f" (did you mean {found!r}?)"
