"""The commands that are tried, where they begin, and what of their files must be the same afterwards."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.tiny import make_tiny

RECIPE = """\
extends: competition.yaml
target: {kind: svd, params: {n_components: 4}}
features:
  profile: {kind: target_profile, params: {by: sm_name}}
models:
  trees: {kind: lightgbm, params: {n_estimators: 2, num_leaves: 3, min_data_in_leaf: 3}}
"""
OTHER = """\
extends: competition.yaml
target: {kind: svd, params: {n_components: 4}}
features:
  cell: {kind: one_hot, params: {columns: [cell_type]}}
models:
  ridge: {kind: ridge, params: {penalty: 10.0}}
"""
SEARCHED = OTHER.replace("penalty: 10.0", "penalty: {search: [0.1, 1000.0], log: true, value: 10.0}")

_TIMES = {"started", "made", "wall_s", "cpu_s", "peak_bytes", "argv", "host", "trial"}
"""What two runs of one command need not share, by its name in JSON files: a trial that is repeated is another one."""

_KEEP_TIMES = ("log.txt", "ledger.csv", "journal.log", "trials.csv")
"""Files that hold times in other ways; that they are there is compared."""

_PASSING = (".lock", "digests", "errors", "scratch", "workers")
"""Names of what may be left or not; of hashes, one is remembered or taken again."""


@dataclass(frozen=True)
class Scenario:
    """A command on a folder.

    Attributes:
        name: Its name.
        folder: The folder as it is before, which stays.
        arguments: Of the command line, relative to the folder.
    """

    name: str
    folder: Path
    arguments: tuple[str, ...]

    def begin(self, where: Path) -> None:
        """Make a folder what it is before."""
        shutil.rmtree(where, ignore_errors=True)
        shutil.copytree(self.folder, where, symlinks=True)


def make_scenarios(folder: Path, work: Path, command: Callable[[Path, tuple[str, ...]], None]) -> list[Scenario]:
    """Make the folders from which the commands start.

    Args:
        folder: Where to.
        work: Where the commands will be tried: what they write knows its place.
        command: Runs a command in a folder that must succeed.
    """
    tiny = make_tiny(work)
    for name, text in (("recipe", RECIPE), ("other", OTHER), ("searched", SEARCHED)):
        (tiny.folder / f"{name}.yaml").write_text(text)
    shutil.copytree(work, folder / "begun")
    for name in ("recipe", "other"):
        command(work, ("train", f"{name}.yaml", "--out", "out", "--jobs", "1"))
    shutil.copytree(work, folder / "trained")
    command(work, ("tune", "searched.yaml", "--trials", "1", "--out", "warm", "--jobs", "1"))
    runs = sorted(str(path.relative_to(work)) for path in work.glob("out/tiny/runs/[!.]*"))
    (folder / "empty").mkdir()
    begun, trained = folder / "begun", folder / "trained"
    return [
        Scenario("run", begun, ("train", "recipe.yaml", "--out", "out", "--jobs", "1")),
        Scenario("study", begun, ("tune", "searched.yaml", "--trials", "2", "--out", "out", "--jobs", "1")),
        Scenario("blend", trained, ("blend", *runs, "--blend", "nnls", "--out", "out")),
        Scenario("simulation", folder / "empty", ("data", "simulate", "--out", "data")),
    ]


def contents(folder: Path) -> dict[str, Any]:
    """Return what must be the same after every way to the end: the files' contents, by path."""
    return {
        str(path.relative_to(folder)): _content(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.endswith(_PASSING) for part in path.relative_to(folder).parts)
    }


def _content(path: Path) -> Any:
    if path.name in _KEEP_TIMES:
        return path.name
    if path.name == "ledger.csv":
        return len(path.read_text().splitlines())
    if path.name == "DONE":
        return path.read_text().splitlines()[0]
    if path.suffix == ".json":
        return _without_times(json.loads(path.read_text()))
    if path.name.endswith(".tuned.yaml"):
        return [line for line in path.read_text().splitlines() if not line.startswith("#")]
    return path.read_bytes()


def _without_times(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_times(inner) for name, inner in value.items() if name not in _TIMES}
    return [_without_times(inner) for inner in value] if isinstance(value, list) else value
