"""Trying a command on a failing disk, and then on a sound one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import kit
from tests.faults.layer import KILL, READ, REMOVE, SYNC, Fault, Operation
from tests.faults.scenarios import contents, make_scenarios
from tests.faults.server import Attempt, Result

ROOT = Path(kit.__file__).parents[1]
_ERRORS = ("ENOSPC", "EIO")
"""What happens to writes by turns; to reads and syncs it is the second."""


class Disk:
    """A folder in which commands are tried.

    Args:
        work: The folder.
        process: What runs them (`tests.faults.server`).

    Attributes:
        scenarios: The commands.
    """

    def __init__(self, work: Path, process: subprocess.Popen[str]) -> None:
        self._work = work / "work"
        self._process = process
        self._sound: dict[str, tuple[dict[str, Any], list[Operation]]] = {}
        self.scenarios = {
            scenario.name: scenario for scenario in make_scenarios(work / "scenarios", self._work, self._must)
        }

    def sound(self, name: str) -> tuple[dict[str, Any], list[Operation]]:
        """Return what a command ends with when nothing fails, and what it does on its way."""
        if name not in self._sound:
            result = self.begin(name)
            assert result.code == 0, result.output
            self._sound[name] = contents(self._work), result.operations
        return self._sound[name]

    def faults(self, name: str) -> list[Fault]:
        """Return every fault that a command can meet; of kills one at each place."""
        found, places = [], set()
        for number, operation in enumerate(self.sound(name)[1]):
            if operation.kind != REMOVE:
                found.append(Fault(number, "EIO" if operation.kind in (READ, SYNC) else _ERRORS[number % 2]))
            if operation.kind != READ and operation not in places:
                places.add(operation)
                found.append(Fault(number, KILL))
        return found

    def begin(self, name: str, fault: Fault | None = None, most_bytes: int | None = None) -> Result:
        """Run a command from its beginning."""
        scenario = self.scenarios[name]
        scenario.begin(self._work)
        return self._run(scenario.arguments, fault, most_bytes)

    def problem(self, name: str, fault: Fault | None, most_bytes: int | None = None) -> str | None:
        """Return what is wrong with how a command takes a fault and then goes on, or None."""
        failed = self.begin(name, fault, most_bytes)
        if (wrong := _wrong_end(failed, fault)) is not None:
            return f"{wrong}:\n{failed.output}"
        again = self._run(self.scenarios[name].arguments)
        if again.code != 0:
            return f"the same command then ends with {again.code}:\n{failed.output}\n--- then\n{again.output}"
        expected, now = self.sound(name)[0], contents(self._work)
        differing = sorted(path for path in expected | now if expected.get(path) != now.get(path))
        return f"other files: {differing}\n{failed.output}\n--- then\n{again.output}" if differing else None

    def _must(self, folder: Path, arguments: tuple[str, ...]) -> None:
        result = self._run(arguments, forks=False)
        assert result.code == 0, result.output

    def _run(
        self,
        arguments: tuple[str, ...],
        fault: Fault | None = None,
        most_bytes: int | None = None,
        forks: bool = True,
    ) -> Result:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        attempt = Attempt(list(arguments), str(self._work), fault, most_bytes, forks)
        self._process.stdin.write(json.dumps(asdict(attempt)) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Result(answer["code"], answer["output"], [Operation(**one) for one in answer["operations"]])


def _wrong_end(result: Result, fault: Fault | None) -> str | None:
    """Return what is wrong with how a command met a fault: it may succeed, or fail with one line."""
    if fault is not None and fault.error == KILL and result.code is None:
        return None
    if result.code not in (0, 1, 2):
        return f"ended with {result.code}"
    if "Traceback" in result.output:
        return "a traceback"
    if result.code and sum(line.startswith("error: ") for line in result.output.splitlines()) != 1:
        return "not one line of error"
    return None


@contextmanager
def open_disk(folder: Path) -> Iterator[Disk]:
    """Give a disk in an empty folder, and the process that works on it."""
    (folder / "work").mkdir(parents=True)
    environment = os.environ | {"KIT_CACHE": str(folder / "work" / "cache"), "PYTHONPATH": str(ROOT)}
    # A page tells of the trials and times of its own way to the end.
    environment["KIT_REPORT"] = "0"
    environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment.pop("KIT_DATA", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.server"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=ROOT,
    )
    try:
        yield Disk(folder, process)
    finally:
        process.kill()
        process.communicate()
