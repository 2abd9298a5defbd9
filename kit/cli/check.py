"""``kit check``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from kit.cli.options import DataRoot
from kit.cli.output import note, say


def check(
    submission: Annotated[Path, typer.Argument(help="The submission, CSV or parquet.")],
    competition: Annotated[Path, typer.Argument(help="The competition file (or a recipe that extends it).")],
    data: DataRoot = None,
) -> None:
    """Check a submission against the competition: ids, order, columns, finite values."""
    from kit.config import data_root, load_competition
    from kit.data import read_competition
    from kit.submission import check_submission

    loaded = load_competition(competition)
    tables = read_competition(loaded.config, data_root(loaded, data, os.environ))
    for warning in check_submission(submission, tables):
        note(f"warning: {warning}")
    size = f"{len(tables.sample_ids)} rows, {tables.n_targets} targets"
    say(f"{submission}: valid for {loaded.config.competition} ({size})")
