"""One peer on one data set: installed, run within its time, scored; kept in a file, so that a table can go on."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from ruamel.yaml import YAML

from benchmarks.bench.side_by_side import run
from benchmarks.peers.data import Data
from benchmarks.peers.environments import BUILD, NotInstalledError, install, versions
from benchmarks.peers.peers import CLOCK, ENVIRONMENTS, SCRIPTS, Peer
from kit.version import __version__

_ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "LOKY")}


_DOCSTRING = re.compile(r'""".*?"""', re.DOTALL)


@dataclass(frozen=True)
class Result:
    """What a peer got.

    Attributes:
        version: What was run.
        lines: Lines of user code.
        note: Why there is no score, or what to know of it.
        scores: The metric of each row, by task; only of tasks that were finished.
        cpu: CPU seconds; None where it was not run.
        wall: Wall seconds.
        peak: Peak memory of its largest process, bytes.
    """

    version: str
    lines: int
    note: str = ""
    scores: dict[str, list[float]] | None = None
    cpu: float | None = None
    wall: float | None = None
    peak: int | None = None


def result(name: str, peer: Peer, data: Data, limit: int, fresh: bool) -> Result:
    """Return what a peer gets, from its file where it was measured before."""
    file = BUILD / data.name / f"{name}.json"
    if file.exists() and not fresh:
        return Result(**json.loads(file.read_text(encoding="utf-8")))
    found = _measured(name, peer, data, limit)
    if found.cpu is not None:
        file.write_text(json.dumps(asdict(found)), encoding="utf-8")
    return found


def _measured(name: str, peer: Peer, data: Data, limit: int) -> Result:
    lines = code_lines(peer, data)
    python, version = Path(sys.executable), f"perturbation-kit {__version__}"
    try:
        if peer.needs is not None and not Path(os.environ.get(peer.needs, "")).is_file():
            raise NotInstalledError(f"{peer.needs} names no file of weights")
        if peer.environment is not None:
            python = install(peer.environment)
            version = versions(python, ENVIRONMENTS[peer.environment].shown)
    except NotInstalledError as error:
        return Result("", lines, f"skipped: {error}")
    out = BUILD / data.name / name
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    environment = _ONE_THREAD | {"KIT_CACHE": str(out / "cache")}
    if peer.recipe is not None:
        environment["RECIPE"] = str(data.recipe(peer.recipe))
    clock = [] if peer.environment is None else [CLOCK]
    words = [python, *clock, SCRIPTS / peer.script, data.tables, data.folds, out, str(limit)]
    taken, status = run(*words, limit=limit, **environment)
    notes, scores = [], None
    try:
        scores = {task: values.tolist() for task, values in data.scores(out).items()}
    except ValueError as error:
        notes.append(f"no score: {error}")
    if status == -signal.SIGKILL:
        notes.append(f"killed at its limit of {limit} CPU s with {len(list(out.glob('*.npy')))} of 5 fits done")
    elif status:
        notes.append(f"failed: {taken.out.strip().splitlines()[-1]}")
    (out / "output.txt").write_text(taken.out, encoding="utf-8")
    return Result(version, lines, "; ".join(notes), scores, taken.cpu, taken.wall, taken.peak)


def code_lines(peer: Peer, data: Data) -> int:
    """Return the lines of user code, without blank ones, comments and the script's docstring.

    A peer's count with those that all peers share; the kit's with those of its recipe and of what that extends.
    """
    files = [SCRIPTS / peer.script]
    files += [SCRIPTS / "shared.py"] if peer.recipe is None else _recipe_files(data.recipe(peer.recipe))
    texts = [_DOCSTRING.sub("", file.read_text(encoding="utf-8")) for file in files]
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return sum(bool(line) and not line.startswith("#") for line in lines)


def _recipe_files(file: Path) -> list[Path]:
    extends = YAML(typ="safe").load(file).get("extends", [])
    above = [extends] if isinstance(extends, str) else extends
    found = [file, *(one for name in above for one in _recipe_files((file.parent / name).resolve()))]
    return list(dict.fromkeys(found))
