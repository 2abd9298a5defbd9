"""The files that describe a run before its first fit: configuration, folds, manifest, contents of the task keys."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from kit.config.load import RESOLVED
from kit.config.schema import ColumnsConfig
from kit.files import new_file, write_json
from kit.splits.base import Fold
from kit.training.planning.changes import recorded
from kit.training.planning.row_splits import RowSplit
from kit.training.planning.versions import code_digest, library_versions
from kit.training.workspace import Workspace
from kit.version import __version__

CONTENTS = "contents.json"
"""The file that holds what the tasks' keys are made of."""

TRAIN_ROWS, TEST_ROWS, TARGETS = "train_rows.parquet", "test_rows.parquet", "targets.json"
"""Keys and metadata of the training and the test table, and the targets' names: what predicting new rows needs."""


def write_start(workspace: Workspace, resolved: str, recipe: Path) -> None:
    """Write what is known before the first fit into a run's directory.

    Args:
        workspace: The run.
        resolved: The resolved recipe, as YAML.
        recipe: The recipe's file.

    Raises:
        RunError: A file cannot be written.
    """
    run = workspace.path
    with new_file(run / RESOLVED) as temporary:
        temporary.write_text(resolved, encoding="utf-8")
    write_json(run / "manifest.json", _manifest(workspace, recipe))
    write_json(run / CONTENTS, recorded(workspace.plan.contents))
    competition = workspace.competition
    write_json(run / TARGETS, {"targets": list(competition.targets)})
    for name, rows in ((TRAIN_ROWS, competition.rows), (TEST_ROWS, competition.test)):
        with new_file(run / name) as temporary:
            rows.to_parquet(temporary, index=False)
    with new_file(run / "folds.parquet") as temporary:
        folds_table(workspace.plan.folds, competition.rows).to_parquet(temporary, index=False)


def folds_table(folds: Sequence[Fold | RowSplit], rows: pd.DataFrame) -> pd.DataFrame:
    """Return one line for every row of every fold.

    Args:
        folds: The folds.
        rows: The training table.

    Returns:
        The columns ``fold`` (from 0), ``name`` and ``weight`` of the fold, ``part`` (train or validation) and ``row``
        (the position in the training table).
    """
    lines = [
        pd.DataFrame({"fold": index, "name": fold.name, "weight": fold.weight, "part": part, "row": positions})
        for index, fold in enumerate(folds)
        for part, positions in (("train", fold.train), ("validation", fold.validation))
    ]
    return pd.concat(lines, ignore_index=True)


def _manifest(workspace: Workspace, recipe: Path) -> dict[str, Any]:
    competition, plan = workspace.competition, workspace.plan
    return {
        "kit": __version__,
        "code": code_digest(),
        "key": plan.key,
        "competition": competition.config.competition,
        "recipe": str(recipe),
        "argv": sys.argv,
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "host": platform.node(),
        "libraries": library_versions(),
        "git": _git_commit(),
        "data": {"root": str(competition.root), "sha256": dict(competition.hashes)},
        "threads_per_task": 1,
        "cores": os.cpu_count(),
        "seeds": {str(task.path): task.seed for task in plan.tasks},
        "categories": _categories(competition.rows, competition.config.columns),
    }


def _categories(rows: pd.DataFrame, columns: ColumnsConfig) -> dict[str, list[str]]:
    """Return the values of every key column in which one recurs; new values of any other are no news, but names."""
    texts = {column: rows[column].astype(str) for column in columns.keys}
    return {
        column: sorted(values.unique())
        for column, values in texts.items()
        if column in columns.sets or values.duplicated().any()
    }


def _git_commit() -> str | None:
    """Return the commit of the kit's own checkout, with a mark when files were changed since; None outside one."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=40"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None
