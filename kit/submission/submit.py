"""Handing in: the checked submission of a run or a blend beside the others, with its line in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kit.arrays import Floats
from kit.data import Competition
from kit.files import link_or_copy, new_file, read_json, write_json
from kit.submission import ledger
from kit.submission.write import WrittenSubmission, submission_path, write_submission

SUBMISSION, SUBMISSION_NOTE = "submission.csv", "submission.json"
"""In a run's directory: the submission that was handed in, and the note of where that was."""

LEDGER = "ledger.csv"

_SCORES = {"cv": "score", "cv_sd": "folds_sd", "cv_by_fold": "by_fold", "cv_by_group": "by_group"}
"""The ledger's columns of scores, and what a summary calls them."""


def submit(
    out: Path,
    competition: Competition,
    name: str,
    source: str,
    predictions: Floats,
    summary: Mapping[str, Any] | None,
    keep: Callable[[WrittenSubmission], None],
    message: str = "",
) -> WrittenSubmission:
    """Write a checked submission and its line in the ledger; a repeated call changes nothing.

    Args:
        out: The folder of submissions, which holds the ledger.
        competition: The competition.
        name: The recipe's or blend's name.
        source: The name of the directory of the run or blend, which ends with its hash; it names the file.
        predictions: (n_test, n_targets) predictions of the test table's rows, in its order.
        summary: The cross-validation's ``score``, ``folds_sd``, ``by_fold`` and ``by_group``; None without a score.
        keep: Notes the submission in the directory of the run or blend; the ledger gets its line after that.
        message: A remark for the ledger.

    Returns:
        The submission's file, its digest, and what is odd about it and no error.

    Raises:
        SubmissionError: The predictions do not make a valid submission.
        RunError: A file cannot be written.
    """
    title, book = competition.config.competition, out.resolve() / LEDGER
    ids = competition.test[competition.config.columns.id].astype(str).tolist()
    written = write_submission(submission_path(out, title, source), ids, competition.targets, predictions, competition)
    keep(written)
    known = ledger.read(book)
    # What was killed between the ledger and its end comes here again.
    if not ((known["run"] == source) & (known["sha256"] == written.sha256)).any():
        scores = {} if summary is None else {column: summary[key] for column, key in _SCORES.items()}
        entry = ledger.LedgerEntry(title, name, source, written.path.name, written.sha256, message=message, **scores)
        ledger.append(book, entry)
    return written


def note_submission(run: Path, written: WrittenSubmission) -> None:
    """Keep a submission in the directory of its run, with a note of where it was handed in.

    Args:
        run: The run's directory.
        written: The submission.

    Raises:
        RunError: A file cannot be written.
    """
    with new_file(run / SUBMISSION) as temporary:
        link_or_copy(str(written.path), str(temporary))
    write_json(run / SUBMISSION_NOTE, {"file": str(written.path), "sha256": written.sha256})


def submitted_file(run: Path) -> Path:
    """Return the submission that a finished run was handed in as.

    Raises:
        StateError: The run's note of it is missing or damaged.
    """
    return Path(read_json(run / SUBMISSION_NOTE)["file"])
