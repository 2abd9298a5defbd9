"""Directories that are there as a whole or not at all, with the key and the digests of their content.

The last file written into a finished directory is ``DONE``: its first line is the content key (equal for directories
that were computed from the same), then one line a file, as ``sha256sum`` writes it. Whoever goes on from what the
directory holds asks `intact_key`, so that a file that was changed, cut off or removed is noticed and never used.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from kit.errors import StateError
from kit.files.digests import file_sha256
from kit.files.os_errors import teaching_os_errors
from kit.files.sync import make_folder, sync_folder, sync_tree
from kit.files.temporary import temporary_name
from kit.files.writing import link_or_copy, new_file

DONE = "DONE"
"""The file that is written last into a finished directory."""


@contextmanager
def new_directory(path: Path, key: str) -> Iterator[Path]:
    """Give a temporary directory to fill; it becomes ``path``, with `DONE`, when the block ends without an error.

    A directory of the same key that stands there already stays (another process was first; both hold the same, as
    the key says), anything else is replaced.

    Raises:
        RunError: The disk is full or the directory cannot be written; nothing is left behind.
    """
    with _temporary_directory(path) as temporary:
        yield temporary
        files = sorted(file for file in temporary.rglob("*") if file.is_file())
        (temporary / DONE).write_text(_done(temporary, key, files), encoding="utf-8")
        sync_tree(temporary)
        _publish(temporary, path, key)
        sync_folder(path.parent)


@contextmanager
def new_plain_directory(path: Path) -> Iterator[Path]:
    """Give a temporary directory to fill; it becomes ``path``, as it is, when the block ends without an error.

    Args:
        path: A directory that does not exist.

    Raises:
        RunError: The disk is full or the directory cannot be written; nothing is left behind.
    """
    with _temporary_directory(path) as temporary:
        yield temporary
        sync_tree(temporary)
        temporary.rename(path)
        sync_folder(path.parent)


@contextmanager
def _temporary_directory(path: Path) -> Iterator[Path]:
    temporary = temporary_name(path)
    try:
        with teaching_os_errors(path):
            shutil.rmtree(temporary, ignore_errors=True)
            make_folder(path.parent)
            temporary.mkdir()
            yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _publish(temporary: Path, path: Path, key: str) -> None:
    try:
        # A rename never replaces a directory that holds something: what another process published meanwhile stays.
        temporary.rename(path)
    except OSError:
        if intact_key(path) == key:
            return
        if not path.exists():
            raise
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        temporary.rename(path)


def write_done(directory: Path, key: str, files: Iterable[Path]) -> None:
    """Write the file `DONE`, by which a directory counts as finished.

    Args:
        directory: The directory; what it holds must be whole and on the disk.
        key: The content key.
        files: The files in it whose content is checked before it is used.
    """
    text = _done(directory, key, files)
    with new_file(directory / DONE) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _done(directory: Path, key: str, files: Iterable[Path]) -> str:
    lines = [f"{file_sha256(file)}  {file.relative_to(directory).as_posix()}" for file in files]
    return "\n".join([key, *lines]) + "\n"


def finished_key(path: Path) -> str | None:
    """Return the content key of a finished directory, or None when it is absent or unfinished; no content is read."""
    return _read_done(path)[0]


def intact_key(path: Path) -> str | None:
    """Return the content key of a finished directory whose files are what they were, else None."""
    key, digests = _read_done(path)
    return None if key is None or _first_changed(path, digests) is not None else key


def changed_file(path: Path) -> Path | None:
    """Return a file of a finished directory that was changed or removed since, or None; unfinished ones have none."""
    return _first_changed(path, _read_done(path)[1])


def check_intact(path: Path) -> None:
    """Check that nothing of a finished directory was changed since.

    Raises:
        StateError: A file was changed or removed.
    """
    changed = changed_file(path)
    if changed is not None:
        raise StateError(
            f"{changed} was changed or removed since it was written, so {path} is not used; `kit train` of the same "
            "recipe makes it again"
        )


def _read_done(path: Path) -> tuple[str | None, dict[str, str]]:
    try:
        key, *lines = (path / DONE).read_text(encoding="utf-8").splitlines() or [""]
    except (OSError, UnicodeDecodeError):
        return None, {}
    return key.strip() or None, {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}


def _first_changed(path: Path, digests: Mapping[str, str]) -> Path | None:
    for name, sha256 in digests.items():
        try:
            if file_sha256(path / name) == sha256:
                continue
        except OSError:
            pass
        return path / name
    return None


def link_intact(source: Path, target: Path, key: str) -> bool:
    """Make ``target`` a directory of hard links to the files of a finished one (copies where links are not possible).

    Args:
        source: The finished directory.
        target: The directory to make, see `new_directory`.
        key: The content key that it must have.

    Returns:
        Whether it was done: not where ``source`` has another key, is unfinished, or a file in it was changed.

    Raises:
        RunError: The disk is full or ``target`` cannot be written; nothing is left behind.
    """
    if finished_key(source) != key:
        return False
    with _temporary_directory(target) as temporary:
        shutil.copytree(
            source, temporary, dirs_exist_ok=True, copy_function=link_or_copy, ignore=shutil.ignore_patterns(DONE)
        )
        shutil.copyfile(source / DONE, temporary / DONE)  # each has a mark of its own
        # What is checked is what is published: the source may go or change meanwhile.
        if intact_key(temporary) != key:
            return False
        sync_tree(temporary)
        _publish(temporary, target, key)
        sync_folder(target.parent)
    return True
