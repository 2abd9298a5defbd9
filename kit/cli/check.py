"""``kit check``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kit.cli.inputs import read_tables
from kit.cli.options import DataRoot, Out
from kit.cli.output import Document, answer, note
from kit.errors import SubmissionError


def check(
    submission: Annotated[
        Path,
        typer.Argument(
            metavar="SUBMISSION", help="A submission (any table), or a finished run (see `kit predict --help`)."
        ),
    ],
    competition: Annotated[
        Path, typer.Argument(metavar="COMPETITION.yaml", help="The competition file (or a recipe that extends it).")
    ],
    data: DataRoot = None,
    out: Out = Path("submissions"),
) -> Document:
    """Check a submission's ids, order, columns and values."""
    from kit.config import load_competition
    from kit.submission import check_submission
    from kit.training.named_runs import find_run
    from kit.training.scoring.predictions import run_submission

    file = run_submission(find_run(submission, out))
    loaded = load_competition(competition)
    tables = read_tables(loaded, data)
    name = loaded.config.competition
    try:
        warnings = check_submission(file, tables)
    except SubmissionError as error:
        raise SubmissionError(f"{submission} is no valid submission for {name}: {error}") from None
    for warning in warnings:
        note(f"warning: {warning}")
    answer(f"{submission}: valid for {name} ({len(tables.sample_ids)} rows, {tables.n_targets} targets)")
    return {
        "submission": file,
        "competition": name,
        "valid": True,
        "rows": len(tables.sample_ids),
        "targets": tables.n_targets,
        "warnings": list(warnings),
    }
