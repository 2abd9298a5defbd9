"""A process whose parent is killed ends by itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kit.training.engines import local as engine
from kit.tuning.trials import processes

pytestmark = pytest.mark.skipif(os.name != "posix", reason="only POSIX systems give an orphan another parent")

CHILD = """
import os, sys, time
from kit.training.engines.orphans import end_with
{watch}
open(sys.argv[1], "w").write(str(os.getpid()))
time.sleep(60)
"""
PARENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", sys.argv[1], sys.argv[2]])
time.sleep(60)
"""


def lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
@pytest.mark.parametrize(("watch", "ends"), [("end_with(os.getppid())", True), ("", False)])
def test_an_orphan_ends(tmp_path: Path, watch: str, ends: bool) -> None:
    number = tmp_path / "number"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, CHILD.format(watch=watch), str(number)])
    try:
        until(lambda: number.exists() and number.read_text() != "")
        child = int(number.read_text())
        assert lives(child)
    finally:
        parent.kill()
        parent.wait()
    if ends:
        until(lambda: not lives(child))
    else:
        time.sleep(2.5)
        assert lives(child), "the test would pass whatever the watch does"
        os.kill(child, 9)


def test_the_workers_of_runs_and_studies_do(monkeypatch: pytest.MonkeyPatch) -> None:
    watched: list[int] = []
    for module in (engine, processes):
        monkeypatch.setattr(module, "end_with", watched.append)
    engine._in_worker(lambda job: None, None, 4711)  # type: ignore[arg-type, return-value]
    monkeypatch.setattr(processes, "work", lambda setting: None)
    monkeypatch.setattr(processes.signal, "signal", lambda number, handler: None)
    processes._in_process(None, None, 4712)  # type: ignore[arg-type]
    assert watched == [4711, 4712]


def until(condition: object, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
