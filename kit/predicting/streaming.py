"""From a table of new rows to a table of predictions, some rows at a time."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kit.arrays import BLOCK_ELEMENTS
from kit.data.columns import twice
from kit.data.files import open_rows
from kit.data.mistakes import Mistakes
from kit.data.tables.set_table import with_sets
from kit.data.tables.table import Table
from kit.errors import DataError, InputError, KitWarning, nearest
from kit.noticed import collected, raise_again
from kit.postprocess.rows import row_by_row
from kit.predicting.intervals import check_level
from kit.predicting.output import check_suffix, new_table
from kit.predicting.predictor import RESTS_ON, RunPredictor
from kit.predicting.support import parts_of_keys
from kit.training.joining.saved_run import unseen_warning

_READ_ROWS = 4096
"""Rows that are looked through at a time before anything is predicted."""


@dataclass(frozen=True)
class Written:
    """A table of predictions on disk.

    Attributes:
        path: The file.
        n_rows: Its number of rows.
        rests_on: The number of rows by what their predictions rest on, the most first.
        widths: The mean width of the intervals of these rows; without those that are not calibrated.
    """

    path: Path
    n_rows: int
    rests_on: Mapping[str, int]
    widths: Mapping[str, float]


def predict_table(
    predictor: RunPredictor, rows: Path, output: Path, interval: float | None = None, overwrite: bool = False
) -> Written:
    """Predict the rows of a table into another table.

    The rows are read, predicted and written in blocks: the memory does not grow with their number, but for 8 bytes a
    row while it is checked that no id stands twice. Everything is checked before the first block is predicted. Where
    the post-processing looks at several rows together, all rows are one block.

    Args:
        predictor: The run.
        rows: The table of new rows: parquet, CSV, feather or .h5ad (``obs``; where a label was learnt, the matrix too).
        output: The table to write: .csv, .parquet or .h5ad (predictions in ``X``, intervals in the layers ``low`` and
            ``high``).
        interval: The share of measurements that intervals are to cover (default: no intervals).
        overwrite: Whether a file that is there is replaced.

    Raises:
        InputError: A column is missing, a key has gaps, an id stands twice, the output is there or is no table.
        RunError: The output cannot be written.
    """
    check_suffix(output)
    if interval is not None:
        check_level(interval)
        predictor.check_intervals()
    if os.path.exists(output) and not overwrite:
        raise InputError(f"{output} is there already; give another name with -o, or --overwrite")
    table = with_sets(_open(rows, predictor), predictor.kept.columns.sets)
    names = predictor.kept.read_columns(table.columns, str(rows))
    n_rows = _look_through(predictor, table, names)
    counted: Counter[str] = Counter()
    widths: dict[str, float] = {}
    # What blocks of features warn of, they warn of for each block of rows.
    with collected() as warned, new_table(output, n_rows) as writer:
        at_a_time = block_rows(len(predictor.targets)) if row_by_row(predictor.saved.joining()[1]) else n_rows
        for block in table.frames(names, at_a_time, predictor.plain_of(names)):
            predicted = predictor.predict_texts(block, str(rows), interval=interval)
            counted.update(predicted.rows[RESTS_ON])
            if predicted.half_widths is not None:
                of_rows = pd.Series(2 * predicted.half_widths.mean(axis=1, dtype=np.float64))
                for kind, total in of_rows.dropna().groupby(predicted.rows[RESTS_ON]).sum().items():
                    widths[str(kind)] = widths.get(str(kind), 0.0) + float(total)
            writer.write(predicted)
    raise_again(warned)
    means = {kind: total / counted[kind] for kind, total in widths.items()}
    return Written(output, n_rows, dict(counted.most_common()), means)


def block_rows(n_targets: int) -> int:
    """Return the number of rows that are predicted at a time."""
    return max(64, min(_READ_ROWS, BLOCK_ELEMENTS // n_targets))


def _open(path: Path, predictor: RunPredictor) -> Table:
    if not os.path.isfile(path):
        beside = [entry.name for entry in path.parent.iterdir()] if os.path.isdir(path.parent) else []
        found = nearest(path.name, beside)
        raise InputError(f"{path}: no such file" + (f" (did you mean {found!r}?)" if found else ""))
    table = open_rows(path, predictor.saved.recipe)
    mistakes = Mistakes(DataError)
    mistakes.add(*twice(table))
    mistakes.raise_if_any(str(path))
    return table


def _look_through(predictor: RunPredictor, table: Table, names: list[str]) -> int:
    """Check all rows and warn of what no training row has; return their number."""
    id_column = predictor.kept.columns.id
    wanted = [name for name in dict.fromkeys([id_column, *parts_of_keys(predictor.kept.columns)]) if name in names]
    unseen: dict[str, set[str]] = {name: set() for name in predictor.kept.columns.keys}
    n_rows, hashes = 0, []
    # Rows without keys are counted by any column.
    for frame in table.frames(wanted or names[:1], _READ_ROWS):
        n_rows += len(frame)
        for name in wanted:
            if (empty := frame.index[frame[name].isna()]).size:
                raise DataError(
                    f"{table.path}: {name!r} is empty in {table.row(empty[0])}; fill it in or remove the row"
                )
        for name, values in predictor.saved.unseen(frame).items():
            unseen[name].update(values)
        if id_column in wanted:
            hashes.append(pd.util.hash_array(frame[id_column].to_numpy()))
    if not n_rows:
        raise DataError(f"{table.path} has a header and no rows; there is nothing to predict")
    if hashes:
        _check_ids(table, id_column, np.concatenate(hashes))
    for name, found in unseen.items():
        if found:
            warnings.warn(unseen_warning(name, sorted(found)), KitWarning, stacklevel=2)
    return n_rows


def _check_ids(table: Table, id_column: str, hashes: np.ndarray) -> None:
    """Check that no id stands twice; ids are compared by 64-bit hashes."""
    order = np.argsort(hashes, kind="stable")
    again = np.flatnonzero(hashes[order][1:] == hashes[order][:-1])
    if not len(again):
        return
    at = again[np.argmin(order[again + 1])]
    first, second = int(order[at]), int(order[at + 1])
    raise DataError(
        f"{table.path}: {table.row(first)} and {table.row(second)} have the same {id_column!r}; every row needs an id "
        "of its own (without that column, none is needed)"
    )
