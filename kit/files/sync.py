"""Syncing: making sure that content is on the disk before a file counts as written.

A rename may reach the disk before the content that it publishes: after a power cut a file could be there by name and
empty. So content is synced first, then its folder's entry.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_BLOCK = 1 << 20
_THREADS = 8


def sync_file(path: Path) -> None:
    """Wait until a file's content is on the disk."""
    _sync(path, os.O_RDWR)


def sync_folder(path: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system lets folders be opened."""
    if os.name == "posix":
        _sync(path, os.O_RDONLY)


def sync_tree(directory: Path) -> None:
    """Wait until everything below a directory is on the disk.

    In threads: syncs that wait together share a commit of the file system's journal.
    """
    folders, files = [], []
    for folder, _, names in os.walk(directory):
        folders.append(Path(folder))
        files += [Path(folder, name) for name in names]
    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(sync_file, files))
        list(pool.map(sync_folder, folders))


def make_folder(path: Path) -> None:
    """Make a folder and those above it that are missing, so that they survive a power cut."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    sync_folder(path.parent)


def reserve_room(path: Path) -> None:
    """Have the disk set aside the room of a sparse file.

    Writing into the map of a file for which there is no room kills the process; this raises OSError instead.
    """
    with path.open("r+b") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, os.fstat(file.fileno()).st_size)
            return
        while block := file.read(_BLOCK):
            file.seek(-len(block), os.SEEK_CUR)
            file.write(block)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
