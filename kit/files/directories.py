"""Directories that are there as a whole or not at all, with the key of their content."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kit.files.os_errors import teaching_os_errors
from kit.files.sync import make_folder, sync_folder, sync_tree
from kit.files.temporary import temporary_name
from kit.files.writing import link_or_copy

DONE = "DONE"
"""The file that is written last into a finished directory; it holds the directory's content key."""


@contextmanager
def new_directory(path: Path, key: str) -> Iterator[Path]:
    """Give a temporary directory to fill; it becomes ``path``, with `DONE`, when the block ends without an error.

    A directory of the same key that stands there already stays (another process was first; both hold the same, as
    the key says), anything else is replaced.

    Raises:
        RunError: The disk is full or the directory cannot be written; nothing is left behind.
    """
    temporary = temporary_name(path)
    try:
        with teaching_os_errors(path):
            shutil.rmtree(temporary, ignore_errors=True)
            make_folder(path.parent)
            temporary.mkdir()
            yield temporary
            (temporary / DONE).write_text(key + "\n", encoding="utf-8")
            sync_tree(temporary)
            _publish(temporary, path, key)
            sync_folder(path.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _publish(temporary: Path, path: Path, key: str) -> None:
    try:
        # A rename never replaces a directory that holds something: what another process published meanwhile stays.
        temporary.rename(path)
    except OSError:
        if finished_key(path) == key:
            return
        if not path.exists():
            raise
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        temporary.rename(path)


def finished_key(path: Path) -> str | None:
    """Return the content key of a finished directory, or None when it is absent or unfinished."""
    try:
        return (path / DONE).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None


def link_tree(source: Path, target: Path) -> None:
    """Make ``target`` a directory of hard links to the files of ``source`` (copies where links are not possible)."""
    with new_directory(target, finished_key(source) or "") as temporary:
        shutil.copytree(source, temporary, dirs_exist_ok=True, copy_function=link_or_copy)
        # new_directory writes DONE itself: through the link it would write into the source.
        (temporary / DONE).unlink(missing_ok=True)
