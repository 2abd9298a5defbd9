from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kit.files.heartbeat import SILENT_SECONDS, Heartbeat, is_dead

WAITING = """\
import json, sys, time
from pathlib import Path
from kit.files.heartbeat import Heartbeat
with Heartbeat(Path(sys.argv[1])) as presence:
    print(json.dumps(presence.described()), flush=True)
    time.sleep(600)
"""


def test_a_living_worker_is_not_dead_and_one_that_left_is(tmp_path: Path) -> None:
    with Heartbeat(tmp_path) as heartbeat:
        worker = heartbeat.described()
        assert not is_dead(tmp_path, worker, shared=True)
    assert is_dead(tmp_path, worker, shared=True)
    assert not list(tmp_path.glob("*.lock"))
    # It had its file here; from the absence of one that had it elsewhere nothing follows.
    assert is_dead(tmp_path, worker, shared=False)
    (tmp_path / "other").mkdir()
    for directory in (tmp_path / "other", tmp_path / "none"):
        assert not is_dead(directory, worker, shared=False)
    assert not is_dead(tmp_path, worker | {"host": "far"}, shared=False)


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX's")
def test_a_killed_process_is_dead_at_once(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", WAITING, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        import json

        worker = json.loads(process.stdout.readline())
        assert worker["pid"] == process.pid
        assert not is_dead(tmp_path, worker, shared=True)
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert is_dead(tmp_path, worker, shared=False)


def test_a_worker_of_another_host_is_dead_when_it_was_silent_for_long(tmp_path: Path) -> None:
    worker = {"name": "far-1-aa", "host": "far away", "pid": 1}
    file = tmp_path / "far-1-aa.lock"
    file.touch()
    assert not is_dead(tmp_path, worker, shared=True)
    long_ago = file.stat().st_mtime - SILENT_SECONDS - 5
    os.utime(file, (long_ago, long_ago))
    assert is_dead(tmp_path, worker, shared=True)
