"""The runs of a folder as a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from kit.errors import InputError, did_you_mean
from kit.files import finished_key, read_json
from kit.training.named_runs import runs_in
from kit.training.scoring.summarize import SUMMARY

COLUMNS = ("competition", "run", "metric", "score", "started", "state", "MiB", "set")


def run_table(out: Path, competition: str | None = None) -> pd.DataFrame:
    """Return one line a run, the latest first.

    Args:
        out: Where runs are kept.
        competition: One competition's alone (default: all).

    Returns:
        The columns ``competition``, ``run``, ``metric`` and ``score`` (missing where it is not finished), ``started``
        (UTC), ``state`` (finished or unfinished), ``MiB`` (its size on disk), ``set`` (what ``--set`` changed).

    Raises:
        InputError: There is no run of that competition.
    """
    runs = runs_in(out)
    known = sorted({run.parents[1].name for run in runs})
    if competition is not None and competition not in known:
        raise InputError(f"{out} has no run of {competition!r}{did_you_mean(competition, known)}")
    lines = [_line(run) for run in runs if competition in (None, run.parents[1].name)]
    table = pd.DataFrame(lines, columns=list(COLUMNS))
    return table.sort_values("started", ascending=False, kind="stable", ignore_index=True)


def _line(run: Path) -> dict[str, Any]:
    manifest, done = read_json(run / "manifest.json"), finished_key(run) is not None
    summary = read_json(run / SUMMARY) if done and (run / SUMMARY).is_file() else {}
    size = sum(file.stat().st_size for file in run.rglob("*") if file.is_file())
    return {
        "competition": run.parents[1].name,
        "run": run.name,
        "metric": summary.get("metric"),
        "score": summary.get("score"),
        "started": str(manifest.get("started", ""))[:16].replace("T", " "),
        "state": "finished" if done else "unfinished",
        "MiB": round(size / 2**20, 1),
        "set": " ".join(settings_of(manifest.get("argv", []))),
    }


def settings_of(argv: Sequence[str]) -> list[str]:
    """Return what follows ``--set`` in a command line, in either way of writing it."""
    following = [argv[place + 1] for place, part in enumerate(argv[:-1]) if part == "--set"]
    return [*following, *(part.removeprefix("--set=") for part in argv if part.startswith("--set="))]
