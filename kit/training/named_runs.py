"""Runs by name: the folder of a run, its recipe's name, or the latest."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from kit.errors import InputError, nearest
from kit.files import DONE, finished_key

LATEST = "latest"


def runs_in(out: Path) -> list[Path]:
    """Return the folders of all runs, finished or not, that were not set aside."""
    return sorted(run for run in out.glob("*/runs/[!.]*") if (run / "manifest.json").is_file())


def find_run(name: Path, out: Path) -> Path:
    """Return the folder or file that a command was given as a run.

    Args:
        name: A path; or, where there is no such file or folder, the name of a run (``baseline-905b69fc``), of its
            recipe (``baseline``), or `LATEST`: the run that was finished last, of whatever competition.
        out: Where runs are kept.

    Raises:
        InputError: There is none, or a recipe has several runs; the message lists them.
    """
    if os.path.exists(name):
        return name
    runs = runs_in(out)
    if str(name) == LATEST:
        finished = [run for run in runs if finished_key(run) is not None]
        if not finished:
            raise InputError(f"{LATEST}: there is no finished run in {out}; `kit train` makes one, --out says where")
        return max(finished, key=_finished_at)
    found = [run for run in runs if str(name) in (run.name, recipe_of(run))]
    if len(found) > 1:
        lines = [f"{name}: {len(found)} runs have that name; give the folder of one:", *_listed(found)]
        raise InputError("\n".join(lines))
    if not found:
        raise InputError(_no_such(name, out, runs))
    return found[0]


def recipe_of(run: Path) -> str:
    """Return the name of a run's recipe."""
    return run.name.rpartition("-")[0]


def _finished_at(run: Path) -> float:
    return (run / DONE).stat().st_mtime


def _listed(runs: Iterable[Path]) -> list[str]:
    """Return a line for every run, the one that was finished last first, unfinished ones last."""
    done = {run: _finished_at(run) if finished_key(run) is not None else 0.0 for run in runs}
    lines = []
    for run in sorted(done, key=lambda run: -done[run]):
        at = (
            datetime.fromtimestamp(done[run], UTC).strftime("finished %Y-%m-%d %H:%M UTC")
            if done[run]
            else "unfinished"
        )
        lines.append(f"  {run} ({at})")
    return lines


def _no_such(name: Path, out: Path, runs: list[Path]) -> str:
    if not os.path.isdir(name.parent):
        return f"{name}: no such file: there is no folder {name.parent}"
    beside = [entry.name for entry in name.parent.iterdir()]
    recipes = {recipe_of(run) for run in runs} if name.parent == Path() else set()
    found = nearest(name.name, [*beside, *recipes])
    hint = f" (did you mean {found!r}?)" if found else ""
    return (
        f"{name}: no such file, and no run of that name in {out}{hint}; give a run's folder, its recipe's name or "
        f"`{LATEST}`"
    )
