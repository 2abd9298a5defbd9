"""The check of a submission, as a file or a data frame, before a competition sees it."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.data.competition import Competition
from kit.data.mistakes import Mistakes
from kit.data.spellings import spelling_warnings
from kit.data.tables.table import Table
from kit.data.truth import open_predictions
from kit.errors import SubmissionError
from kit.submission.layout import check_columns, check_ids, check_values
from kit.values import canonical_texts

# Uploads of this size fail on slow lines and some platforms; 255 × 18,211 values are 50 MB.
LARGE_FILE_BYTES = 500_000_000


def check_submission(submission: Path | str | pd.DataFrame, competition: Competition) -> list[str]:
    """Check a submission against the competition's sample: ids, order, columns, finite, not constant.

    Args:
        submission: A table in any format that `kit.data.open_table` reads, or a data frame with the id column.
        competition: The competition.

    Returns:
        Warnings: constant rows or columns, values far outside the training range, a very large file.

    Raises:
        SubmissionError: Lists everything that is wrong at once, with ids and columns.
        DataError: The file is damaged.
    """
    id_column = competition.config.columns.id
    mistakes, warnings = Mistakes(SubmissionError), []
    if isinstance(submission, pd.DataFrame):
        name, columns = "the submission", [str(column) for column in submission.columns]
        mistakes.add(*check_columns(columns, competition))
    else:
        path = Path(submission)
        if not os.path.isfile(path):
            raise SubmissionError(f"{path} does not exist; check the path")
        table, name = open_predictions(path, competition.config.data), path.name
        columns = table.layout(id_column)
        mistakes.add(*check_columns(columns, competition, table.naming_hint))
        if path.stat().st_size > LARGE_FILE_BYTES:
            warnings.append(f"{name} has {path.stat().st_size / 1e6:,.0f} MB; compress it before the upload")
    # Values are looked up by name: possible only where names are unique.
    present = set(columns)
    targets = [column for column in competition.sample_columns if column != id_column and column in present]
    if len(present) < len(columns) or id_column not in columns:
        mistakes.raise_if_any(name)
    if isinstance(submission, pd.DataFrame):
        ids, values = _from_frame(submission, id_column, targets, mistakes)
    else:
        ids, values = _from_table(table, id_column, targets, mistakes)
        warnings += [*spelling_warnings([table], [id_column]), *table.warnings]
    mistakes.add(*check_ids(ids, competition))
    if not mistakes.found:
        checked = check_values(values, ids, targets, competition.Y)
        mistakes.add(*checked.mistakes)
        warnings += checked.warnings
    mistakes.raise_if_any(name)
    return warnings


def _from_table(
    table: Table, id_column: str, targets: list[str], mistakes: Mistakes
) -> tuple[list[str | None], Floats]:
    ids = list(table.frame([id_column])[id_column])
    values, cells = table.matrix(targets)
    for cell in cells[:5]:
        mistakes.add(f"column {cell.column!r} holds {cell.value[:40]!r} at id {ids[cell.row]!r}; numbers are expected")
    return ids, values


def _from_frame(
    frame: pd.DataFrame, id_column: str, targets: list[str], mistakes: Mistakes
) -> tuple[list[str | None], Floats]:
    ids = canonical_texts(frame[id_column])
    try:
        with np.errstate(over="ignore"):
            return ids, frame[targets].to_numpy(dtype=np.float32)
    except (TypeError, ValueError) as error:
        mistakes.add(f"the targets do not hold numbers ({error})")
        return ids, np.zeros((len(frame), len(targets)), dtype=np.float32)
