"""A run in a few lines, and all of it for programs."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from kit.config.load import RESOLVED
from kit.digits import format_number
from kit.errors import InputError, StateError
from kit.files import finished_key, read_json
from kit.problem_types.class_tables import CLASSES, COVERAGE
from kit.problem_types.retrieval import LABELS
from kit.reporting.facts import RunFacts
from kit.reports.leaderboard import score_line
from kit.reports.page import REPORT
from kit.reports.verdict import run_verdict
from kit.submission.submit import SUBMISSION_NOTE, submitted_file
from kit.training.notices import read_warnings
from kit.training.run_directory import LOG
from kit.training.run_table import settings_of

MANIFEST = "manifest.json"

_MOST_FLOORS = 5


def score_lines(facts: RunFacts) -> list[str]:
    """Return the score with its interval, the floors, and the gain: a line each."""
    name, summary = facts.metric_name, facts.summary
    lines = [f"score: {score_line(summary)}, member {summary['member']}"]
    floors = facts.board[facts.board["kind"] == "floor"].dropna(subset=[name])
    floor, ceiling = facts.best("floor"), facts.best("ceiling")
    if floor is None:
        return lines
    floors = floors.sort_values(name, ascending=not facts.metric.greater_is_better, kind="stable").head(_MOST_FLOORS)
    named = (f"{member} {format_number(score)}" for member, score in zip(floors["member"], floors[name], strict=True))
    lines.append(f"floors: {', '.join(named)}")
    mine = facts.scores.where(member=str(facts.main_line["member"]), kind=str(facts.main_line["kind"]))
    found = mine.difference(facts.scores.where(member=str(floor["member"]), kind="floor"))
    gain, *ends = (facts.gain(value, 0.0) for value in (found.mean, found.low, found.high))
    said = f"gain: {format_number(abs(gain))} {'better' if gain > 0 else 'worse'} than the best floor"
    if all(end == end for end in ends):
        low, high = sorted(ends)
        said += f" (95 % interval {format_number(low)} to {format_number(high)})"
    if ceiling is not None and (whole := facts.gain(ceiling[name], floor[name])) > 0:
        share = facts.gain(summary["score"], floor[name]) / whole
        said += f", {100 * share:.0f} % of the way to the ceiling {ceiling['member']} ({format_number(ceiling[name])})"
    return [*lines, said]


def verdict_lines(facts: RunFacts) -> list[str]:
    """Return what the tables of a run say, a sentence or two a line."""
    return run_verdict(facts.scores, facts.board, facts.contributions)


def run_document(facts: RunFacts) -> dict[str, Any]:
    """Return a finished run for programs: what made it, its scores and tables, its files."""
    path = facts.path
    return {
        **_head(path, facts.manifest),
        "state": "finished",
        "score": facts.summary,
        "leaderboard": facts.board,
        "by_fold": facts.scores.means("member", "kind", "fold"),
        "by_group": facts.scores.means("member", "kind", "group"),
        "contributions": facts.contributions,
        "coverage": facts.table(COVERAGE),
        "classes": facts.table(CLASSES),
        "labels": facts.table(LABELS),
        "verdict": verdict_lines(facts),
        "warnings": list(read_warnings(path)),
        "tasks": facts.tasks.drop(columns="report", errors="ignore"),
        "submission": submitted_file(path) if (path / SUBMISSION_NOTE).is_file() else None,
        "report": path / REPORT if (path / REPORT).is_file() else None,
        "files": files_of(path),
    }


def unfinished_document(path: Path) -> dict[str, Any]:
    """Return what there is of a run that was interrupted.

    Raises:
        InputError: It is no run.
        StateError: Its manifest is damaged.
    """
    if not (path / MANIFEST).is_file():
        raise InputError(f"{path} is no run: it holds no {MANIFEST}; `kit runs` lists the runs that there are")
    manifest = read_json(path / MANIFEST)
    if not isinstance(manifest, dict):
        raise StateError(f"{path / MANIFEST} is damaged; `kit train` on its recipe writes it again")
    done = [file for file in path.glob("tasks/*/*/*/*/DONE") if finished_key(file.parent) is not None]
    return {
        **_head(path, manifest),
        "state": "unfinished",
        "fits": len(manifest.get("seeds", {})),
        "fits_done": len(done),
        "files": files_of(path),
    }


def files_of(path: Path) -> list[dict[str, Any]]:
    """Return the files of a run that people look at, and the folders of what it computed: names, sizes in bytes."""
    lines = []
    for entry in sorted(path.iterdir(), key=lambda entry: (entry.is_dir(), entry.name)):
        if not entry.name.startswith("."):
            inside = [file for file in entry.rglob("*") if file.is_file()] if entry.is_dir() else [entry]
            name = f"{entry.name}/" if entry.is_dir() else entry.name
            lines.append({"file": name, "bytes": sum(file.stat().st_size for file in inside)})
    return lines


def command_of(manifest: dict[str, Any]) -> str:
    """Return the command that made a run, as it would be typed."""
    argv = [str(part) for part in manifest.get("argv", [])]
    if not argv:
        return ""
    program = ["kit"] if Path(argv[0]).name in ("kit", "main.py", "__main__.py") else ["python", argv[0]]
    return shlex.join([*program, *argv[1:]])


def _head(path: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    return {
        "run": path,
        "name": path.name,
        "competition": manifest.get("competition"),
        "recipe": manifest.get("recipe"),
        "started": manifest.get("started"),
        "set": settings_of(manifest.get("argv", [])),
        "command": command_of(manifest),
        "kit": manifest.get("kit"),
        "config": path / RESOLVED,
        "log": path / LOG,
    }
