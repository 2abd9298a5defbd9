"""Runs of the command line that are killed just before their n-th change of the file system.

A process of its own, which reads a list of scenarios from standard input (JSON: ``arguments`` of the command line and
``kills``, a list of numbers of changes, null for a run that is left alone) and forks for every attempt: everything is
imported once, and every attempt is a real process that dies of a real SIGKILL. Writes a list of attempts for each
scenario to standard output: ``killed``, ``code`` (the exit status) and ``changes``, the number of changes it made.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from kit.cli.main import main
from kit.config import load_recipe
from kit.data import read_competition
from kit.training.planning.plan import make_plan

ROOT = Path(__file__).parents[2]

_CHANGES = ("os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree", "os.truncate")
_WRITING = os.O_WRONLY | os.O_RDWR


def watch(below: str, kill_at: int | None, count: Any) -> None:
    """Count the changes below a folder, those of NumPy and Python; Arrow's go unseen. Die just before one of them."""
    changes = 0

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal changes
        if event == "open":
            path, _, flags = arguments
            if isinstance(path, int) or not (flags & _WRITING):
                return
        elif event in _CHANGES:
            path = arguments[0]
        else:
            return
        if not str(os.fspath(path)).startswith(below):
            return
        changes += 1
        os.pwrite(count, str(changes).encode(), 0)
        if changes == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def attempt(arguments: list[str], kill_at: int | None) -> dict[str, Any]:
    below = arguments[arguments.index("--out") + 1]
    with tempfile.TemporaryFile() as count, tempfile.TemporaryFile() as output:
        process = os.fork()
        if process == 0:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            sys.argv = ["kit", *arguments]
            watch(below, kill_at, count.fileno())
            code = 1
            try:
                main()
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else int(end.code is not None)
            finally:
                sys.stdout.flush()
                os._exit(code)
        _, status = os.waitpid(process, 0)
        changes = int(os.pread(count.fileno(), 20, 0) or b"0")
        printed = os.pread(output.fileno(), 100_000, 0).decode()
    killed = os.WIFSIGNALED(status)
    code = None if killed else os.WEXITSTATUS(status)
    return {"killed": killed, "code": code, "changes": changes, "output": printed}


def warm_up(arguments: list[str]) -> None:
    """Import what the command line imports lazily, by beginning as it does."""
    for module in ("lightgbm", "pyarrow.csv", "kit.cli.progress", "kit.reports.leaderboard", "kit.training.train"):
        importlib.import_module(module)
    config = load_recipe(Path(arguments[1])).config
    make_plan(config, read_competition(config, Path(arguments[arguments.index("--data") + 1])))


def run_scenarios(environment: dict[str, str], scenarios: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Run scenarios in a process of their own; return the attempts of each."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.killing"],
        input=json.dumps(scenarios),
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


if __name__ == "__main__":
    scenarios = json.load(sys.stdin)
    warm_up(scenarios[0]["arguments"])
    json.dump([[attempt(one["arguments"], kill) for kill in one["kills"]] for one in scenarios], sys.stdout)
