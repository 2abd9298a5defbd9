"""One file: written under another name, synced, renamed."""

from __future__ import annotations

import errno
import glob
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from kit.errors import KitError, StateError
from kit.files.digests import plain
from kit.files.os_errors import ANOTHER_OUT, teaching_os_errors, unreadable
from kit.files.sync import make_folder, sync_file, sync_folder
from kit.files.temporary import is_temporary, remove_stale, temporary_name

_MAPPED = 2**26
"""Bytes from which an array is mapped from its file: 64 MiB."""


@contextmanager
def temporary_file(path: Path, remedy: str = ANOTHER_OUT) -> Iterator[Path]:
    """Give a temporary name beside ``path`` to write to and to publish; what is left of it in the end is removed.

    Args:
        path: The file that it is to become.
        remedy: What to do when it cannot be written, see `teaching_os_errors`.

    Raises:
        RunError: The disk is full or the directory cannot be written; nothing is left behind.
    """
    temporary = temporary_name(path)
    try:
        with teaching_os_errors(path, remedy):
            make_folder(path.parent)
            stem, suffix = glob.escape(path.stem), glob.escape(path.suffix)
            remove_stale(path.parent.glob(f".{stem}.*.tmp{suffix}"))
            # What a killed process of the same number left may be a link to a file that must not be written through.
            temporary.unlink(missing_ok=True)
            yield temporary
    finally:
        with suppress(OSError):
            temporary.unlink()


@contextmanager
def new_file(path: Path, remedy: str = ANOTHER_OUT) -> Iterator[Path]:
    """Give a temporary file name to write; it becomes ``path`` when the block ends without an error.

    Args:
        path: The file; its folder is made.
        remedy: What to do when it cannot be written, see `teaching_os_errors`.

    Raises:
        RunError: The disk is full or the directory cannot be written; nothing is left behind.
    """
    with temporary_file(path, remedy) as temporary:
        yield temporary
        # A directory that is not finished is synced as a whole, once.
        unfinished = is_temporary(path.parent)
        if not unfinished:
            sync_file(temporary)
        temporary.replace(path)
        if not unfinished:
            sync_folder(path.parent)


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a mapping as indented JSON."""
    with new_file(path) as temporary:
        temporary.write_text(json.dumps(content, indent=1, default=plain) + "\n", encoding="utf-8")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        StateError: It is missing or damaged.
    """
    with teaching_damage(path):
        return json.loads(path.read_text(encoding="utf-8"))


def write_array(path: Path, values: np.ndarray) -> None:
    """Write an array as .npy."""
    with new_file(path) as temporary:
        np.save(temporary, values, allow_pickle=False)


def read_array(path: Path) -> np.ndarray:
    """Read an array that `write_array` wrote; a large one is mapped from its file, and cannot be written to.

    Raises:
        StateError: The file is missing or damaged.
    """
    with teaching_damage(path):
        large = os.stat(path).st_size >= _MAPPED
        values: np.ndarray = np.load(path, mmap_mode="r" if large else None, allow_pickle=False)
        return np.asarray(values)


@contextmanager
def teaching_damage(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong while a file of the kit's own is read into an error that names it and the way out.

    Raises:
        StateError: Instead of a missing file, one that was cut off, other content, fields that are missing.
        DiskError: The disk fails; what is in the file is not to blame.
    """
    try:
        yield
    except KitError:
        raise
    except FileNotFoundError:
        raise StateError(f"{path} is missing; run the same `kit train` again, it computes what is missing") from None
    except OSError as error:
        if error.errno == errno.EIO:
            raise unreadable(path, error) from error
        raise _damaged(path, error) from None
    # EOFError: an empty file; KeyError and TypeError: JSON or a table that holds something else.
    except (ValueError, EOFError, KeyError, IndexError, TypeError, BadZipFile) as error:
        raise _damaged(path, error) from None


def _damaged(path: Path, error: Exception) -> StateError:
    what = f"{type(error).__name__}: {error}"
    return StateError(f"{path} is damaged ({what}); delete it and run the same `kit train` again")


def link_or_copy(source: str, target: str) -> None:
    """Make a hard link, or a copy where that is not possible."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
