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


def pseudo_label_file(part: RowSplit, table: Path | None) -> str:
    """Return the file of the rows that a part's pseudo-labels are for: a table's, the hidden rows, or the test's."""
    if table is not None:
        return table_file(table)
    return TEST if part.is_final else VALIDATION


def row_sets(competition: Competition, part: RowSplit, tables: Sequence[Path]) -> dict[str, pd.DataFrame]:
    """Return the rows that are predicted with a part, numbered from 0, by file."""
    found: dict[str, pd.DataFrame] = {}
    if len(part.validation):
        found[VALIDATION] = competition.rows.iloc[part.validation].reset_index(drop=True)
    if part.predicts_test:
        found[TEST] = competition.test
    for table in tables:
        found[table_file(table)] = read_pairs(table, competition)
    return found
