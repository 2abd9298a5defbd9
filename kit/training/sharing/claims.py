"""Claims: which living process works on what, in a folder that all of them see, so that nothing is done twice.

A claim is a small file that appears whole or not at all. It says who took the work on; the claim of a process that has
died counts for nothing. Should two processes take the same on all the same (a file system whose locks are not seen by
other machines), both compute the same bytes, and the second that publishes them finds them there.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from kit.files import teaching_os_errors
from kit.files.heartbeat import Heartbeat, is_dead, living

_CLAIMS, _PRESENT = "claims", "present"


class Claims:
    """The claims of one process on the work of a run.

    Args:
        folder: Where the processes that share the run have claims and heartbeats.
        name: What the process is called, such as ``2/4``. What an earlier process of that name has left is its own.
        heartbeat: Shows that the process lives.
    """

    def __init__(self, folder: Path, name: str, heartbeat: Heartbeat) -> None:
        self._present, self._claims = folder / _PRESENT, folder / _CLAIMS
        self._owner = heartbeat.described() | {"process": name}

    @classmethod
    @contextmanager
    def of(cls, folder: Path, name: str) -> Iterator[Self]:
        """Give the claims of this process, which counts as living while the block runs.

        Raises:
            RunError: The folder cannot be written.
        """
        with teaching_os_errors(folder):
            (folder / _CLAIMS).mkdir(parents=True, exist_ok=True)
        with Heartbeat(folder / _PRESENT) as heartbeat:
            yield cls(folder, name, heartbeat)

    def take(self, key: str) -> bool:
        """Take work on; False where another living process has it.

        Raises:
            RunError: The folder cannot be written.
        """
        path = self._claims / key
        own = self._claims / f".{secrets.token_hex(8)}"
        with teaching_os_errors(path):
            own.write_text(json.dumps(self._owner), encoding="utf-8")
            try:
                return _put(own, path) or (self._withdrawn(path) and _put(own, path))
            finally:
                own.unlink(missing_ok=True)

    def give_back(self, key: str) -> None:
        """Let go of work that was taken on, done or not."""
        with suppress(OSError):
            (self._claims / key).unlink()

    def _withdrawn(self, path: Path) -> bool:
        """Whether a claim of somebody else counted for nothing, and was taken away."""
        owner = _read(path)
        if owner is not None and owner["name"] != self._owner["name"]:
            dead = is_dead(self._present, owner, shared=True)
            if not dead and owner["process"] != self._owner["process"]:
                return False
        aside = path.with_name(f".{secrets.token_hex(8)}")
        with suppress(FileNotFoundError):
            path.rename(aside)
            aside.unlink()
        return True


def sharing(folder: Path) -> list[str]:
    """Return the names of the living processes that share a run, see `kit.files.heartbeat.Heartbeat`."""
    return living(folder / _PRESENT)


def claimed_in(folder: Path) -> tuple[Path, Path]:
    """Return the folders of claims and of heartbeats."""
    return folder / _CLAIMS, folder / _PRESENT


def _put(source: Path, target: Path) -> bool:
    """Give a file its final name; False where there is a file of that name."""
    try:
        os.link(source, target)
    except FileExistsError:
        return False
    except OSError:  # a file system without links: two may come at once, which costs time and no more
        if target.exists():
            return False
        source.rename(target)
    return True


def _read(path: Path) -> dict[str, Any] | None:
    """Return who has a claim; None where nobody has it (any more)."""
    try:
        owner = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return owner if isinstance(owner, dict) and {"name", "host", "process"} <= owner.keys() else None
