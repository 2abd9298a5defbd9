"""What of a finished run goes into a tracker, read from the run's files."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from kit.config import load_recipe
from kit.config.load import RESOLVED
from kit.errors import StateError
from kit.files import check_intact, finished_key, read_json
from kit.training.scoring.summarize import LEADERBOARD, SUMMARY

_FILES = (RESOLVED, LEADERBOARD, SUMMARY, "manifest.json", "verdict.txt", "warnings.json", "report.html")
"""The small files that are copied, where a run has them; predictions and models stay in the run."""


@dataclass(frozen=True)
class RunRecord:
    """A finished run, as trackers know runs.

    Attributes:
        name: The run's name.
        competition: The competition's name.
        key: The run's content key: equal for runs that were computed from the same.
        settings: The resolved recipe as written, ``models.ridge.params.penalty`` → its value; lists are JSON texts.
        scores: ``score``, its interval (``low``, ``high``), every metric of the member that was handed in
            (``metric/…``), ``fold/…``, ``group/…``, and the score of every member, floor and ceiling
            (``member/…``). Finite numbers alone.
        facts: Which member and metric ``score`` is of, versions, when, where the directory is.
        files: The files that are copied.
    """

    name: str
    competition: str
    key: str
    settings: dict[str, Any]
    scores: dict[str, float]
    facts: dict[str, str]
    files: list[Path]

    @classmethod
    def read(cls, run: Path) -> RunRecord:
        """Read a run's directory.

        Raises:
            StateError: The run is not finished, or was changed.
        """
        key = finished_key(run)
        if key is None:
            raise StateError(f"{run} is no finished run; `kit train` makes one, and finishes an interrupted one")
        check_intact(run)
        loaded, summary, manifest = (
            load_recipe(run / RESOLVED),
            read_json(run / SUMMARY),
            read_json(run / "manifest.json"),
        )
        facts = {
            "member": summary["member"],
            "metric": summary["metric"],
            "kit": manifest["kit"],
            "python": manifest["python"],
            "started": manifest["started"],
            "git": manifest.get("git") or "",
            "run": str(run.resolve()),
        }
        return cls(
            run.name,
            loaded.config.competition,
            key,
            dict(_flat(loaded.tree)),
            dict(_scores(summary, pd.read_csv(run / LEADERBOARD))),
            facts,
            [run / name for name in _FILES if (run / name).is_file()],
        )


def _flat(tree: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", json.dumps(value) if isinstance(value, list | Mapping) else value


def _scores(summary: Mapping[str, Any], board: pd.DataFrame) -> Iterator[tuple[str, float]]:
    metric = summary["metric"]
    named = {"score": summary["score"], "folds_sd": summary["folds_sd"]}
    named |= dict(zip(("low", "high"), summary["interval"] or (), strict=False))
    named |= {f"metric/{name}": value for name, value in summary["metrics"].items()}
    for part in ("fold", "group"):
        named |= {f"{part}/{name}": value for name, value in (summary[f"by_{part}"] or {}).items()}
    named |= {f"member/{name}": value for name, value in zip(board["member"], board[metric], strict=True)}
    for name, value in named.items():
        if value is not None and math.isfinite(value):
            yield name, float(value)
