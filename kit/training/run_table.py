"""The runs of a folder as a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from kit.errors import InputError, StateError, did_you_mean
from kit.files import finished_key, read_json
from kit.training.named_runs import recipe_of, runs_in
from kit.training.scoring.summarize import SUMMARY

COLUMNS = ("competition", "recipe", "run", "metric", "score", "started", "state", "MiB", "set")


def run_table(out: Path, competition: str | None = None) -> pd.DataFrame:
    """Return one line a run, the latest first.

    Args:
        out: Where runs are kept.
        competition: One competition's alone (default: all).

    Returns:
        The columns ``competition``, ``recipe``, ``run``, ``metric`` and ``score`` (missing where it is not finished),
        ``started`` (UTC), ``state`` (finished, unfinished, or damaged where its files cannot be read), ``MiB`` (its
        size on disk), ``set`` (what ``--set`` changed).

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
    done = finished_key(run) is not None
    manifest, summary = _read(run / "manifest.json"), _read(run / SUMMARY) if done else {}
    damaged = manifest is None or summary is None
    manifest, summary = manifest or {}, summary or {}
    size = sum(file.stat().st_size for file in run.rglob("*") if file.is_file())
    return {
        "competition": run.parents[1].name,
        "recipe": recipe_of(run),
        "run": run.name,
        "metric": summary.get("metric"),
        "score": summary.get("score"),
        "started": str(manifest.get("started", ""))[:16].replace("T", " "),
        "state": "damaged" if damaged else "finished" if done else "unfinished",
        "MiB": round(size / 2**20, 1),
        "set": " ".join(settings_of(manifest.get("argv", []))),
    }


def _read(file: Path) -> dict[str, Any] | None:
    """Return what a file of a run says; None where it is damaged: one such run takes no other from the list."""
    try:
        content = read_json(file)
    except StateError:
        return None
    return content if isinstance(content, dict) else None


def settings_of(argv: Sequence[str]) -> list[str]:
    """Return what follows ``--set`` in a command line, in either way of writing it."""
    following = [argv[place + 1] for place, part in enumerate(argv[:-1]) if part == "--set"]
    return [*following, *(part.removeprefix("--set=") for part in argv if part.startswith("--set="))]
