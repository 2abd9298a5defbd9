"""Files that are never half-true: everything is written under another name and renamed when it is whole."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from kit.errors import RunError, StateError

DONE = "DONE"
"""The file that is written last into a finished directory; it holds the directory's content key."""

_TEMPORARY = re.compile(r"\..+\.(\d+)(\.tmp(\.\w+)?|-[0-9a-f]+\.csv)")
"""The names of what is being written, with the number of the process that writes it; submissions are of the second
kind."""


def digest(content: Any) -> str:
    """Return the SHA-256 of plain values (the same for equal content, whatever the order of mappings)."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def array_digest(values: np.ndarray) -> str:
    """Return the SHA-256 of an array's type, shape and bytes."""
    head = f"{values.dtype.str}{values.shape}".encode()
    return hashlib.sha256(head + np.ascontiguousarray(values).tobytes()).hexdigest()


@contextmanager
def new_directory(path: Path, key: str) -> Iterator[Path]:
    """Give a temporary directory to fill; it becomes ``path``, with `DONE`, when the block ends without an error.

    A directory of the same key that stands there already stays (another process was first; both hold the same, as
    the key says), anything else is replaced.

    Raises:
        RunError: The disk is full or the directory cannot be written; nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with teaching_os_errors(path):
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
            yield temporary
            (temporary / DONE).write_text(key + "\n", encoding="utf-8")
            _publish(temporary, path, key)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _publish(temporary: Path, path: Path, key: str) -> None:
    try:
        # A rename never replaces a directory that holds something: what another process published meanwhile stays.
        temporary.rename(path)
    except OSError:
        if finished_key(path) == key:
            return
        if not path.is_dir():
            raise
        shutil.rmtree(path)
        temporary.rename(path)


def finished_key(path: Path) -> str | None:
    """Return the content key of a finished directory, or None when it is absent or unfinished."""
    try:
        return (path / DONE).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Give a temporary file name to write; it becomes ``path`` when the block ends without an error.

    Raises:
        RunError: The disk is full or the directory cannot be written; nothing is left behind.
    """
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.tmp{path.suffix}")
    try:
        with teaching_os_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            # What a killed process of the same number left may be a link to a file that must not be written through.
            temporary.unlink(missing_ok=True)
            yield temporary
            temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink()


def remove_stale(candidates: Iterable[Path]) -> None:
    """Remove those of the given files and directories that killed processes left half-written.

    What a living process writes stays: a worker may outlive the process that was killed. (Asking whether a process
    lives is safe on POSIX systems only; elsewhere everything stays, which does no harm.)
    """
    if os.name != "posix":
        return
    for path in sorted(candidates):
        named = _TEMPORARY.fullmatch(path.name)
        if named is None or _lives(int(named[1])):
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    return True


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a mapping as indented JSON."""
    with new_file(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1, default=_plain) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        StateError: It is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StateError(f"{path} is missing; the run is incomplete, run `kit train` again") from None
    except json.JSONDecodeError as error:
        raise StateError(f"{path} is damaged ({error}); delete it and run `kit train` again") from None


def write_array(path: Path, values: np.ndarray) -> None:
    """Write an array as .npy."""
    with new_file(path) as temporary:
        np.save(temporary, values, allow_pickle=False)


def link_tree(source: Path, target: Path) -> None:
    """Make ``target`` a directory of hard links to the files of ``source`` (copies where links are not possible)."""
    with new_directory(target, finished_key(source) or "") as temporary:
        shutil.copytree(source, temporary, dirs_exist_ok=True, copy_function=link_or_copy)
        # new_directory writes DONE itself: through the link it would write into the source.
        (temporary / DONE).unlink(missing_ok=True)


@contextmanager
def teaching_os_errors(path: Path) -> Iterator[None]:
    """Turn an operating system's error into a `RunError` that says what to do.

    Raises:
        RunError: Instead of any OSError of the block.
    """
    try:
        yield
    except OSError as error:
        where = error.filename or path
        # NumPy gives no number when it could write a part of an array only.
        full = error.errno in (None, errno.ENOSPC, errno.EDQUOT)
        remedy = "free some space" if full else "give another directory with --out"
        raise RunError(f"cannot write {where}: {error.strerror or error}; {remedy} and run the same again") from error


def link_or_copy(source: str, target: str) -> None:
    """Make a hard link, or a copy where that is not possible."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not plain content")
