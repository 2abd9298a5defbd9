"""What lies in the cache: entries of a few kinds, each named by a content key of 32 hexadecimal digits."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

KINDS = {
    "tables": "targets of wide tables, read and checked",
    "embeddings": "vectors of texts, by language model",
    "autoencoders": "trained layers",
    "targets": "fitted target transforms, such as an SVD",
    "blocks": "fitted feature blocks with their training rows' features",
    "digests": "hashes of files, by what tells a changed file",
}
"""The kinds of entries, each in the folder of its name, and what they are."""

_KEY = re.compile(r"[0-9a-f]{32}")
_NAME = re.compile(r"([0-9a-f]{32})(\.[a-z0-9.]+)?")
_IN_FOLDERS = ("embeddings",)
"""Kinds whose entries lie in a folder each of what made them."""


@dataclass(frozen=True)
class Entry:
    """Something that is kept, used and removed as one.

    Attributes:
        kind: Which of `KINDS` it is.
        paths: Its files, or its folder; sorted.
        n_bytes: Their size. (A file that a run has a link to frees its room when the run goes too.)
        last_used: When it was written or last read, in seconds since 1970.
    """

    kind: str
    paths: tuple[Path, ...]
    n_bytes: int
    last_used: float


def find_entries(directory: Path) -> list[Entry]:
    """Return what a cache directory holds of the kit's own, by kind and name; nothing where it does not exist.

    Files of other names, and links, are somebody else's and not among them.
    """
    found: list[Entry] = []
    for kind in KINDS:
        by_key: dict[tuple[Path, str], list[Path]] = {}
        for folder in _folders(directory / kind, kind):
            for path in _listed(folder):
                if name := _NAME.fullmatch(path.name):
                    by_key.setdefault((folder, name[1]), []).append(path)
        found += [_entry(kind, tuple(sorted(paths))) for _, paths in sorted(by_key.items())]
    return found


def _folders(top: Path, kind: str) -> list[Path]:
    if kind not in _IN_FOLDERS:
        return [top]
    return [path for path in _listed(top) if path.is_dir() and _KEY.fullmatch(path.name)]


def _listed(folder: Path) -> list[Path]:
    """Return what is in a folder but for links; nothing where it is none, or went meanwhile."""
    try:
        with os.scandir(folder) as inside:
            return [Path(one.path) for one in inside if not one.is_symlink()]
    except OSError:
        return []


def _entry(kind: str, paths: tuple[Path, ...]) -> Entry:
    n_bytes, last_used = 0, 0.0
    for path in paths:
        with suppress(OSError):  # another process may remove it meanwhile
            last_used = max(last_used, path.stat().st_mtime)
        for file in _files(path):
            with suppress(OSError):
                n_bytes += file.lstat().st_size
    return Entry(kind, paths, n_bytes, last_used)


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, _, names in os.walk(path):
        yield from (Path(folder, name) for name in names)
