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
from kit.submission.layout import Findings, asked_label, check_answers, check_columns, check_ids, check_values
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
    label = asked_label(competition)
    source = submission if isinstance(submission, pd.DataFrame) else table.frame([id_column, *_given(label, present)])
    ids = canonical_texts(source[id_column])
    content = Findings([], [])
    if label is not None:
        if label in present:
            content = check_answers(canonical_texts(source[label]), ids, competition.targets)
    elif isinstance(submission, pd.DataFrame):
        content = check_values(_from_frame(submission, targets, mistakes), ids, targets, competition.Y)
    else:
        content = check_values(_from_table(table, ids, targets, mistakes), ids, targets, competition.Y)
    if not isinstance(submission, pd.DataFrame):
        warnings += [*spelling_warnings([table], [id_column]), *table.warnings]
    mistakes.add(*check_ids(ids, competition))
    # Of what is in the wrong order or no number at all, the values say nothing more.
    if not mistakes.found:
        mistakes.add(*content.mistakes)
        warnings += content.warnings
    mistakes.raise_if_any(name)
    return warnings


def _given(name: str | None, present: set[str]) -> list[str]:
    return [name] if name is not None and name in present else []


def _from_table(table: Table, ids: list[str | None], targets: list[str], mistakes: Mistakes) -> Floats:
    values, cells = table.matrix(targets)
    for cell in cells[:5]:
        mistakes.add(f"column {cell.column!r} holds {cell.value[:40]!r} at id {ids[cell.row]!r}; numbers are expected")
    return values


def _from_frame(frame: pd.DataFrame, targets: list[str], mistakes: Mistakes) -> Floats:
    try:
        with np.errstate(over="ignore"):
            return frame[targets].to_numpy(dtype=np.float32)
    except (TypeError, ValueError) as error:
        mistakes.add(f"the targets do not hold numbers ({error})")
        return np.zeros((len(frame), len(targets)), dtype=np.float32)
