from __future__ import annotations

import platform
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kit.training.fitting import resources
from kit.training.fitting.resources import machine, peak_memory, reset_peak_memory, resident_memory, today

MIB = 2**20


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not tell")
def test_the_peak_is_what_was_needed_at_most() -> None:
    # A process of its own: nothing else has raised its peak.
    code = (
        "from kit.training.fitting.resources import peak_memory\n"
        "before = peak_memory()\nheld = bytearray(200 * 2**20)\ndel held\nprint(before, peak_memory())"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    before, after = map(int, ended.stdout.split())
    assert 4 * MIB < before < 190 * MIB
    assert 190 * MIB < after - before < 260 * MIB


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="Linux only")
def test_a_task_can_have_a_peak_of_its_own() -> None:
    held = np.ones(200 * MIB // 8)
    high = peak_memory()
    del held
    reset_peak_memory()
    low = peak_memory()
    assert high is not None
    assert low is not None
    if low == high:
        pytest.skip("this system does not allow it")
    assert low < high - 150 * MIB


def test_without_proc_the_system_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("resource")
    reset_peak_memory()
    precise = peak_memory()
    monkeypatch.setattr(resources, "_PROCESS", tmp_path)
    reset_peak_memory()  # does nothing
    found = peak_memory()
    assert precise is not None
    assert found is not None
    assert found > precise / 2


def test_where_nobody_knows_it_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resources, "_PROCESS", tmp_path)
    monkeypatch.setitem(sys.modules, "resource", None)
    assert peak_memory() is None


def test_the_machine_and_the_day() -> None:
    assert re.search(r", \d+ cores, ", machine())
    assert platform.python_version() in machine()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", today())


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="Linux only")
def test_memory_of_workers_counts() -> None:
    before = resident_memory()
    code = "x = bytearray(100 * 2**20); print(flush=True); input()"
    worker = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert worker.stdout is not None
        worker.stdout.readline()
        with_worker = resident_memory()
    finally:
        worker.kill()
        worker.communicate()
    assert before is not None
    assert with_worker is not None
    assert with_worker - before > 90 * MIB
