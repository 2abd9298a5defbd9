"""The journal of a study: a file with a line of JSON for every entry, which several processes append to.

Optuna reads a journal up to the first line that is no JSON, and gives up there for ever. A writer that is killed, or a
disk that is full, leaves half a line; here the next writer cuts it off before it appends, under the journal's lock. No
file is touched that is not a journal.
"""

from __future__ import annotations

import glob
import json
import os
import time
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock, JournalFileSymlinkLock

from kit.errors import InputError, KitWarning, RunError, StateError
from kit.files import make_folder, teaching_os_errors, unreadable

_ENTRY = b'{"op_code":'
"""How Optuna's entries begin."""

_GRACE_SECONDS = 30
"""After how long a lock that nobody lets go of is taken for one of a dead process. Writing takes milliseconds."""

_PATIENCE_SECONDS = 1.0
"""After how long a lock that stays is spoken of."""


class MendingBackend(JournalFileBackend):
    """Optuna's journal file, which a half-written last line does not make unusable.

    Args:
        path: The journal, absolute: the lock is a link to this very path.
    """

    def __init__(self, path: Path) -> None:
        self._journal = path
        super().__init__(str(path), lock_obj=_lock(path))

    def read_logs(self, log_number_from: int) -> Generator[dict[str, Any], None, None]:
        """Yield the entries from a number on.

        Raises:
            StateError: A line is no entry.
            DiskError: The journal cannot be read.
        """
        try:
            for entry in super().read_logs(log_number_from):
                if not _is_entry(entry):
                    raise _damaged(self._journal, f"a line without op_code: {json.dumps(entry)[:60]}")
                yield entry
        except StateError:
            raise
        except OSError as error:
            raise unreadable(self._journal, error) from error
        except ValueError as error:
            raise _damaged(self._journal, str(error)) from None

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Append entries, after what a killed writer left of a line was cut off.

        Raises:
            RunError: The disk is full, or the journal cannot be written.
            StateError: What it ends with is not of an entry.
        """
        lines = [json.dumps(log, separators=(",", ":")) + "\n" for log in logs]
        with teaching_os_errors(self._journal), _locked(self._journal):
            cut_half_line(self._journal)
            with self._journal.open("ab") as file:
                file.write("".join(lines).encode("utf-8"))
                file.flush()
                os.fsync(file.fileno())


def open_journal(path: Path) -> JournalStorage:
    """Return the storage in a journal file; it is made when it does not exist.

    Raises:
        InputError: The file is something else.
        StateError: It is damaged, or was moved while it was locked.
        RunError: It cannot be written.
    """
    check_journal(path)
    with teaching_os_errors(path):
        make_folder(path.parent)
        # Locks that killed processes were letting go of: nobody waits for these.
        for left in path.parent.glob(f"{glob.escape(path.name)}.lock*.rename"):
            left.unlink(missing_ok=True)
        if path.exists():
            _say_if_held(path)
            with _locked(path):
                cut_half_line(path)
        try:
            return JournalStorage(MendingBackend(path))
        except (StateError, RunError):
            raise
        except (ValueError, KeyError, TypeError, AssertionError) as error:  # entries that refer to nothing
            raise _damaged(path, f"{type(error).__name__}: {error}") from None


def check_journal(path: Path) -> None:
    """Check that a file may be used as a journal: it does not exist, is empty, or begins with an entry.

    Raises:
        InputError: It is something else, or the journal's lock would be.
    """
    mistake = InputError(f"storage: {path} is not a journal of a study; give another file with --storage")
    if path.exists():
        if not path.is_file():
            raise mistake
        first = _first_line(path)
        # What is left of the very first entry is as long as it takes to know it.
        if first and not (_is_entry(_parsed(first)) or (not first.endswith(b"\n") and first.startswith(_ENTRY))):
            raise mistake
    lock = _lock_path(path)
    # A lock that is not released for long is removed as one of a dead process.
    if lock.exists() and not lock.is_symlink() and (not lock.is_file() or lock.stat().st_size > 0):
        raise InputError(f"storage: {path} cannot be a journal, its lock would be {lock}, which exists; give another")


def cut_half_line(path: Path) -> None:
    """Cut off a last line that a killed writer or a full disk left half-written; the caller holds the lock.

    Raises:
        StateError: It is not what is left of an entry.
    """
    with path.open("rb+") as file:
        if file.seek(0, os.SEEK_END) == 0:
            return
        file.seek(-1, os.SEEK_END)
        if file.read(1) == b"\n":
            return
        file.seek(0)
        content = file.read()
        whole = content.rfind(b"\n") + 1
        if not content[whole:].startswith(b"{"):
            raise _damaged(path, f"it ends with {content[whole:][:40]!r}, which is no part of an entry")
        file.truncate(whole)


def _first_line(path: Path) -> bytes:
    """Return the first line that is not empty; no bytes where there is none."""
    try:
        with path.open("rb") as file:
            return next((line for line in iter(lambda: file.readline(1_000_000), b"") if line.strip()), b"")
    except OSError as error:
        raise InputError(f"storage: {path} cannot be read: {error.strerror or error}") from None


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _is_entry(value: Any) -> bool:
    return isinstance(value, dict) and "op_code" in value


def _lock(path: Path) -> JournalFileOpenLock | JournalFileSymlinkLock:
    kind = JournalFileOpenLock if os.name == "nt" else JournalFileSymlinkLock
    return kind(str(path), grace_period=_GRACE_SECONDS)


def _lock_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def _say_if_held(path: Path) -> None:
    """Say what is waited for where a lock stays: who holds it may be dead.

    Raises:
        StateError: The lock is a link to another place: Optuna would wait for ever.
    """
    lock = _lock_path(path)
    held = _identity(lock)
    if held is None:
        return
    time.sleep(_PATIENCE_SECONDS)
    if _identity(lock) != held:
        return
    if lock.is_symlink() and not lock.exists():
        raise StateError(
            f"{lock} locks {os.readlink(lock)}, which is not there: the study was moved when a killed process had it; "
            "remove the lock and begin again"
        )
    warnings.warn(
        f"{lock} is held by another process; if that is dead, this goes on in {_GRACE_SECONDS} seconds",
        KitWarning,
        stacklevel=2,
    )


def _identity(lock: Path) -> tuple[int, int] | None:
    """Return what tells one lock from the next of the same name; None where there is none."""
    try:
        stat = lock.lstat()
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_mtime_ns


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    lock = _lock(path)
    lock.acquire()
    try:
        yield
    finally:
        try:
            lock.release()
        except RuntimeError as error:  # Optuna's word for any error of the disk
            why = error.__context__
            # One who opened the journal took it for what a killed process leaves; it is let go of.
            if not (isinstance(why, FileNotFoundError) and str(why.filename).endswith(".rename")):
                raise why or error from None


def _damaged(path: Path, why: str) -> StateError:
    return StateError(f"the journal {path} is damaged ({why}); begin a new study with --study NAME or in another file")
