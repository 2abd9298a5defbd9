"""Errors of the operating system, turned into messages that say what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit.errors import DiskError
from kit.files.temporary import final_name

ANOTHER_OUT = "give another directory with --out"

_FULL = (None, errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""NumPy gives no number when it could write a part of an array only."""
_IN_THE_WAY = (errno.EISDIR, errno.ENOTDIR, errno.EEXIST, errno.ENOTEMPTY)


@contextmanager
def teaching_os_errors(path: Path, remedy: str = ANOTHER_OUT) -> Iterator[None]:
    """Turn an operating system's error into a `DiskError` that names the file, the folder that is full and a way out.

    Args:
        path: What is being written.
        remedy: What to do when the place is not full, or cannot be made emptier.

    Raises:
        DiskError: Instead of any OSError of the block.
    """
    try:
        yield
    except OSError as error:
        where = final_name(Path(error.filename) if isinstance(error.filename, str) else path)
        if error.errno in _IN_THE_WAY:
            remedy = f"move away what is there, or {remedy},"
        elif error.errno in _FULL:
            remedy = f"free some space in {_folder_of(path)}, or {remedy},"
        raise DiskError(f"cannot write {where}: {error.strerror or error}; {remedy} and run the same again") from error


def unreadable(path: Path, error: OSError) -> DiskError:
    """Return what to raise where the disk fails while a file is read; what is in the file is not to blame."""
    return DiskError(f"cannot read {path}: {error.strerror or error}; run the same again")


def _folder_of(path: Path) -> Path:
    """Return the nearest folder above a path that exists."""
    return next((folder for folder in path.absolute().parents if folder.is_dir()), path)
