"""The sets of rows that a fit predicts, each under the name of the file that its predictions go to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from kit.data import Competition
from kit.data.pairs import read_pairs
from kit.files import file_sha256
from kit.training.planning.row_splits import RowSplit

VALIDATION, TEST = "validation.npy", "test.npy"


def table_file(table: Path) -> str:
    """Return the file of the predictions of a table's rows: named by its content."""
    return f"rows-{file_sha256(table)[:12]}.npy"


def pseudo_label_file(split: RowSplit, table: Path | None) -> str:
    """Return the file whose rows a fit on the split takes as pseudo-labelled rows.

    Args:
        split: The training rows; within folds, the hidden rows play the part of the test rows.
        table: The table of unlabelled rows; None for the test rows.
    """
    if table is not None:
        return table_file(table)
    return TEST if split.is_final else VALIDATION


def row_sets(competition: Competition, split: RowSplit, tables: Sequence[Path]) -> dict[str, pd.DataFrame]:
    """Return the rows that a fit on a split predicts, each set numbered from 0, by the file of the predictions.

    Args:
        competition: The tables.
        split: The training rows of the fit, and the rows hidden from it.
        tables: Further tables of unlabelled rows.

    Raises:
        DataError: A table cannot be read.
    """
    sets: dict[str, pd.DataFrame] = {}
    if len(split.validation):
        sets[VALIDATION] = competition.rows.iloc[split.validation].reset_index(drop=True)
    if split.predicts_test and len(competition.test):
        sets[TEST] = competition.test
    for table in tables:
        sets[table_file(table)] = read_pairs(table, competition)
    return sets
