"""One command in a process of its own, within a limit of private memory, and what it took."""

from __future__ import annotations

import os
import re
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

_EVERY = 0.05
"""Seconds between two looks at the process's memory."""
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Took:
    """What a command took.

    Attributes:
        cpu: CPU seconds, user and system.
        wall: Wall seconds.
        private: The most private memory seen, bytes: what is in memory and belongs to no file.
        asked: The most private writable memory asked for, bytes, touched or not: what the limit is about.
        resident: The most memory in use, bytes: private, and of mapped files, which the system takes back at need.
        ended: The exit status.
        out: What it printed.
    """

    cpu: float
    wall: float
    private: int
    asked: int
    resident: int
    ended: int
    out: str


def run_limited(words: list[str], limit: int, log: Path, environment: dict[str, str]) -> Took:
    """Run Python with arguments from the repository's root, and look at its memory until it ends.

    Args:
        words: The arguments.
        limit: Bytes that the process may have of private writable memory (RLIMIT_DATA); memory-mapped files do not
            count. 0 sets no limit.
        log: Where its output goes.
        environment: What is set beside this process's environment.
    """
    began = time.perf_counter()
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            preexec_fn=partial(resource.setrlimit, resource.RLIMIT_DATA, (limit, limit)) if limit else None,
        )
        private = asked = resident = 0
        while True:
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            now = _memory(process.pid)
            private, asked = max(private, now["RssAnon"]), max(asked, now["VmData"])
            resident = max(resident, now["VmHWM"])
            time.sleep(_EVERY)
    process.returncode = os.waitstatus_to_exitcode(status)
    cpu = usage.ru_utime + usage.ru_stime
    return Took(cpu, time.perf_counter() - began, private, asked, resident, process.returncode, log.read_text())


def _memory(pid: int) -> dict[str, int]:
    """Return bytes of a process's memory by the kernel's names; 0 once it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        status = ""
    found = dict(re.findall(r"^(RssAnon|VmData|VmHWM):\s+(\d+) kB$", status, re.MULTILINE))
    return {name: 1024 * int(found.get(name, 0)) for name in ("RssAnon", "VmData", "VmHWM")}
