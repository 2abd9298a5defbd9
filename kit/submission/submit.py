"""From test predictions to the submission beside the other runs', with its line in the ledger."""

from __future__ import annotations

from pathlib import Path

from kit.data import Competition
from kit.files import link_or_copy, new_file, read_json, write_json
from kit.submission import ledger
from kit.submission.write import submission_path, write_submission
from kit.training.run_directory import RunDirectory
from kit.training.scoring.summarize import Finished

SUBMISSION, SUBMISSION_NOTE = "submission.csv", "submission.json"
LEDGER = "ledger.csv"


def submission_file(out: Path, competition: str, recipe: str, run: RunDirectory) -> Path:
    """Return where a run's submission goes, before a number is added should the name be taken."""
    return submission_path(out.resolve() / competition, competition, recipe, run.name.rpartition("-")[2])


def submitted_file(run: RunDirectory) -> Path:
    """Return the submission that a finished run was handed in as.

    Raises:
        StateError: The run's note of it is missing or damaged.
    """
    return Path(read_json(run.path / SUBMISSION_NOTE)["file"])


def submit(
    recipe: str, competition: Competition, run: RunDirectory, out: Path, finished: Finished
) -> tuple[Path, tuple[str, ...]]:
    """Write the checked submission and its line in the ledger; a repeated call changes nothing.

    Returns:
        The submission's file, and what is odd about it and no error.

    Raises:
        SubmissionError: The predictions do not make a valid submission.
        RunError: A file cannot be written.
    """
    name = competition.config.competition
    ids = competition.test[competition.config.columns.id].astype(str).tolist()
    wanted = submission_file(out, name, recipe, run)
    written = write_submission(wanted, ids, competition.targets, finished.test, competition)
    with new_file(run.path / SUBMISSION) as temporary:
        link_or_copy(str(written.path), str(temporary))
    write_json(run.path / SUBMISSION_NOTE, {"file": str(written.path), "sha256": written.sha256})
    summary = finished.summary
    book = out.resolve() / LEDGER
    known = ledger.read(book)
    # A run that was killed between the ledger and its end comes here again.
    if not ((known["run"] == run.name) & (known["sha256"] == written.sha256)).any():
        entry = ledger.LedgerEntry(
            competition=name,
            recipe=recipe,
            run=run.name,
            file=written.path.name,
            sha256=written.sha256,
            cv=summary["score"],
            cv_sd=summary["folds_sd"],
            cv_by_fold=summary["by_fold"],
            cv_by_group=summary["by_group"],
        )
        ledger.append(book, entry)
    return written.path, written.warnings
