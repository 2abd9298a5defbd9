"""A process holds what it works with, and lets it go with its end, whatever ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kit.cache import find_entries, hold, is_held, note_use, remove
from tests.cache.entries_of import put

pytestmark = pytest.mark.skipif(os.name != "posix", reason="locks of files that end with the process are POSIX's")

HOLDS = """\
import sys
from pathlib import Path
from kit.cache import hold
hold(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_what_another_process_holds_stays_until_that_is_killed(tmp_path: Path) -> None:
    _, array = put(tmp_path, "tables")
    [entry] = find_entries(tmp_path)
    command = [sys.executable, "-c", HOLDS, str(array)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        assert is_held(entry)
        assert not remove(entry)
        assert find_entries(tmp_path) == [entry]
        process.send_signal(signal.SIGKILL)
    assert not is_held(entry)
    assert remove(entry)
    assert find_entries(tmp_path) == []


def test_this_process_holds_a_file_once_and_a_new_file_of_the_name_again(tmp_path: Path) -> None:
    _, array = put(tmp_path, "tables")
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else None
    hold(array)
    hold(array)
    if before is not None:
        assert len(os.listdir("/proc/self/fd")) == before + 1
    array.unlink()
    array.write_bytes(b"another")
    [entry] = find_entries(tmp_path)
    assert not is_held(entry)
    hold(array)
    assert is_held(entry)


def test_what_is_not_there_is_not_held_and_no_use_is_noted(tmp_path: Path) -> None:
    hold(tmp_path / "absent")
    note_use(tmp_path / "absent")
    assert not (tmp_path / "absent").exists()
