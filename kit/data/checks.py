"""Checks of tables. Every function returns problems (or warnings) that name the file, row, column and remedy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kit.arrays import Floats, blocks
from kit.config.schema import ColumnsConfig
from kit.data.mistakes import count, some
from kit.data.tables.table import Table, TextCell
from kit.gaps import measured_targets
from kit.values import as_number, as_numbers


def missing_values(table: Table, frame: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Return a problem for every column among ``columns`` (ids, keys) that has an empty cell."""
    mistakes = []
    for name in columns:
        empty = np.flatnonzero(frame[name].isna().to_numpy())
        if len(empty):
            mistakes.append(
                f"{table.path}: {name!r} is empty in {count(len(empty), 'row')}, first in {table.row(int(empty[0]))}; "
                "fill it in or remove the row"
            )
    return mistakes


def repeated_rows(table: Table, frame: pd.DataFrame, columns: Sequence[str], remedy: str) -> list[str]:
    """Return a problem when two rows agree in all of ``columns``; rows with an empty cell are passed over.

    Args:
        table: The table, for its path and the names of its rows.
        frame: Its columns.
        columns: What must be unique together.
        remedy: What to do about it.
    """
    if not columns:
        return []
    known = frame[list(columns)].dropna()
    again = known.index[known.duplicated()]
    if not len(again):
        return []
    second = int(again[0])
    values = tuple(known.loc[second])
    first = int(known.index[(known == values).all(axis=1)][0])
    named = ", ".join(f"{name} {value!r}" for name, value in zip(columns, values, strict=True))
    more = f" (and {count(len(again) - 1, 'more row')})" if len(again) > 1 else ""
    return [f"{table.path}: {table.row(first)} and {table.row(second)} have the same {named}{more}; {remedy}"]


def sample_layout(
    sample: Table, targets: Sequence[str], columns: ColumnsConfig, train: Table
) -> tuple[list[str], list[str]]:
    """Compare the sample submission's columns with the targets.

    Returns:
        Problems (missing and extra columns), and a warning when only the order differs.
    """
    given = [name for name in sample.layout(columns.id) if name != columns.id]
    known, wanted = set(given), set(targets)
    missing = [name for name in targets if name not in known]
    extra = [name for name in given if name not in wanted]
    mistakes = []
    if missing:
        remedy = (
            "list them in columns.metadata if they are no targets"
            if columns.targets == "others"
            else ("columns.targets must select what is to be predicted")
        )
        mistakes.append(
            f"{sample.path} lacks {count(len(missing), 'target column')} of {train.path.name}: {some(missing)}"
            f"{sample.naming_hint(missing)}; {remedy}"
        )
    if extra:
        mistakes.append(
            f"{sample.path} asks for {count(len(extra), 'column')} that {'is' if len(extra) == 1 else 'are'} no target "
            f"of {train.path.name}: {some(extra)}{train.naming_hint(extra)}; do the two files belong together?"
        )
    if mistakes or given == list(targets):
        return mistakes, []
    at = next(i for i, (one, other) in enumerate(zip(given, targets, strict=True)) if one != other)
    return [], [
        f"{sample.path.name} has the targets in another order than {train.path.name} (target {at} is {given[at]!r} and "
        f"{targets[at]!r}); submissions are written in the sample's order"
    ]


def sample_rows(sample: Table, sample_ids: list[str], test: Table, test_ids: list[str]) -> tuple[list[str], list[str]]:
    """Compare the sample submission's ids with the test table's.

    Returns:
        Problems (missing and extra ids), and a warning when only the order differs.
    """
    in_sample, in_test = set(sample_ids), set(test_ids)
    missing = [name for name in test_ids if name not in in_sample]
    extra = [name for name in sample_ids if name not in in_test]
    remedy = "do the two files belong together?"
    mistakes = []
    if missing:
        mistakes.append(
            f"{sample.path} lacks {count(len(missing), 'id')} of {test.path.name}: {some(missing)}; {remedy}"
        )
    if extra:
        mistakes.append(
            f"{sample.path} has {count(len(extra), 'id')} that {test.path.name} has not: {some(extra)}; {remedy}"
        )
    if mistakes or sample_ids == test_ids:
        return mistakes, []
    at = next((i for i, (one, other) in enumerate(zip(sample_ids, test_ids, strict=False)) if one != other), 0)
    return [], [
        f"{sample.path.name} has the ids in another order than {test.path.name} ({sample.row(at)}: {sample_ids[at]!r} "
        f"and {test_ids[at]!r}); submissions are written in the sample's order"
    ]


def rows_among(rows: pd.DataFrame, others: pd.DataFrame, keys: Sequence[str]) -> np.ndarray:
    """Return (n_rows,) which rows have the keys of one of the others; without keys, no row is another one."""
    if not keys:
        return np.zeros(len(rows), dtype=bool)
    mine, theirs = (pd.MultiIndex.from_frame(frame[list(keys)].astype(str)) for frame in (rows, others))
    among: np.ndarray = mine.isin(theirs)
    return among


def pairs_to_predict(
    train_rows: pd.DataFrame, test: pd.DataFrame, columns: ColumnsConfig, test_table: Table
) -> list[str]:
    """Return warnings about test rows that training rows say nothing, or everything, about."""
    warnings = []
    unseen, parts = np.zeros(len(test), dtype=bool), []
    for key in columns.keys:
        new = ~test[key].isin(set(train_rows[key])).to_numpy()
        if new.any():
            parts.append(f"{key} {some(test.loc[new, key].unique())}")
            unseen |= new
    if parts:
        warnings.append(
            f"{test_table.path.name}: {unseen.sum()} of {len(test)} rows to predict have a key value that no training "
            f"row has: {'; '.join(parts)}; features fall back to what they know of the rest"
        )
    known = np.flatnonzero(rows_among(test, train_rows, columns.keys))
    if len(known):
        at = int(known[0])
        named = ", ".join(repr(test[key].iloc[at]) for key in columns.keys)
        warnings.append(
            f"{test_table.path.name}: {count(len(known), 'row')} to predict {'is' if len(known) == 1 else 'are'} also "
            f"in the training table, first {test_table.row(at)} ({named}); scores on such rows say little"
        )
    return warnings


def text_cells(table: Table, cells: Sequence[TextCell], remedy: str) -> list[str]:
    """Return a problem for target columns that hold text, given the first such cell of each."""
    if not cells:
        return []
    listed = ", ".join(f"{cell.column!r} ({cell.value[:40]!r} in {table.row(cell.row)})" for cell in cells[:5])
    more = f" and {len(cells) - 5} more" if len(cells) > 5 else ""
    noun = "1 target column does" if len(cells) == 1 else f"{len(cells)} target columns do"
    return [f"{table.path}: {noun} not hold numbers: {listed}{more}; {remedy}"]


FILL_IN = "fill in or remove these rows or columns"


def non_finite(
    table: Table,
    matrix: Floats,
    names: Sequence[str],
    skip: Sequence[str] = (),
    allow_nan: bool = False,
    remedy: str = FILL_IN,
) -> list[str]:
    """Return a problem when a matrix has missing or infinite values.

    Args:
        table: The table the matrix comes from.
        matrix: float32 (n_rows, len(names)).
        names: The columns.
        skip: Columns that are reported elsewhere.
        allow_nan: Whether values may be missing.
        remedy: What to do about it.
    """
    checked = np.ones(len(names), dtype=bool)
    if skip:
        checked[[i for i, name in enumerate(names) if name in set(skip)]] = False
    total, in_rows, in_columns = 0, 0, np.zeros(len(names), dtype=bool)
    first: tuple[int, int, float] | None = None
    for rows in blocks(*matrix.shape):
        block = matrix[rows]
        wrong = ~np.isfinite(block) & checked
        if allow_nan:
            wrong &= ~np.isnan(block)
        if not wrong.any():
            continue
        if first is None:
            row, column = np.argwhere(wrong)[0]
            first = (rows.start + int(row), int(column), float(block[row, column]))
        total += int(wrong.sum())
        in_rows += int(wrong.any(axis=1).sum())
        in_columns |= wrong.any(axis=0)
    if first is None:
        return []
    what = "missing (NaN)" if np.isnan(first[2]) else "infinite, or too large for float32"
    how_many = f"{count(total, 'value')} in {count(in_rows, 'row')} and {count(int(in_columns.sum()), 'column')}"
    return [
        f"{table.path}: {how_many} {'is' if total == 1 else 'are'} not finite; the first, in {table.row(first[0])}, "
        f"column {names[first[1]]!r}, is {what}; {remedy}"
    ]


def never_measured(table: Table, matrix: Floats, names: Sequence[str], skip: Sequence[str] = ()) -> list[str]:
    """Return a problem when a target of a matrix with gaps has no value in any row.

    Args:
        table: The table the matrix comes from.
        matrix: float32 (n_rows, len(names)), NaN in gaps.
        names: The targets.
        skip: Columns that are reported elsewhere.
    """
    empty = [at for at in np.flatnonzero(~measured_targets(matrix)).tolist() if names[at] not in skip]
    if not empty:
        return []
    listed = some(names[at] for at in empty)
    return [
        f"{table.path}: {count(len(empty), 'target column')} without a value in any row: {listed}; nothing can be "
        "learnt of them: take them out of columns.targets (or list them in columns.metadata)"
    ]


def bad_weights(table: Table, weights: pd.Series, name: str) -> list[str]:
    """Return a problem when a column does not hold weights: numbers of at least 0, some of them above.

    Args:
        table: The table, for its path and the names of its rows.
        weights: (n_rows,) the column as text.
        name: Its name.
    """
    values = as_numbers(weights)
    what = f"{table.path}: the weight {name!r} (columns.weight)"
    if values is None:
        at = next(at for at, text in enumerate(weights) if text is not None and as_number(text) is None)
        return [f"{what} is {weights.iloc[at]!r} in {table.row(at)}; expected a number of at least 0 in every row"]
    wrong = np.flatnonzero(~(np.isfinite(values) & (values >= 0)))
    if len(wrong):
        at = int(wrong[0])
        found = "empty" if np.isnan(values[at]) else f"{values[at]:g}"
        more = f" (and {count(len(wrong) - 1, 'more row')})" if len(wrong) > 1 else ""
        return [f"{what} is {found} in {table.row(at)}{more}; expected a finite number of at least 0 in every row"]
    if not values.any():
        return [f"{what} is 0 in every row; a row of weight 0 is as if it were not there"]
    return []
