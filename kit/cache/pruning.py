"""Removing entries of the cache: what was used least recently goes first, what is in use stays."""

from __future__ import annotations

import math
import os
import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from kit.cache.entries import KINDS, Entry, find_entries
from kit.cache.in_use import nobody_holds
from kit.cache.sizes import parse_size
from kit.errors import DiskError
from kit.files import teaching_os_errors
from kit.files.temporary import temporary_name

LIMIT = "KIT_CACHE_LIMIT"
"""The environment variable that says how much the cache may hold, such as ``20 GB``."""

_MOST = 20 * 1000**3
_RECENT_DAYS = 600 / 86_400
"""Ten minutes: what was used within this time is not removed by itself: a process may be about to read it."""


def size_limit(directory: Path) -> int:
    """Return how many bytes a cache directory may hold: KIT_CACHE_LIMIT, else 20 GB or a tenth of its disk if less.

    Raises:
        InputError: KIT_CACHE_LIMIT is no size.
    """
    given = os.environ.get(LIMIT)
    if given:
        return parse_size(given, LIMIT)
    existing = next((folder for folder in (directory, *directory.absolute().parents) if folder.is_dir()), Path("/"))
    return min(_MOST, shutil.disk_usage(existing).total // 10)


def keep_within_limit(directory: Path) -> None:
    """Remove what was used least recently until a cache directory is within its limit; called after a write.

    What a process holds stays, and what was used in the last ten minutes; so does what cannot be removed.

    Raises:
        InputError: KIT_CACHE_LIMIT is no size.
    """
    for entry in removable(find_entries(directory), KINDS, size_limit(directory), _RECENT_DAYS):
        with suppress(DiskError):
            remove(entry)


def removable(
    entries: Iterable[Entry], kinds: Collection[str], limit: int | None = None, unused_days: float | None = None
) -> list[Entry]:
    """Return the entries that are to go, those longest unused first; none that a process holds.

    Args:
        entries: What there is.
        kinds: Entries of these kinds alone may go.
        limit: No more go than must, for all that stays to hold so many bytes; None for as many as may go.
        unused_days: Entries that were not used for so many days alone may go; None for all.
    """
    ordered = sorted(entries, key=lambda entry: entry.last_used)
    total = sum(entry.n_bytes for entry in ordered)
    before = math.inf if unused_days is None else time.time() - 86_400 * unused_days
    going = []
    for entry in ordered:
        if limit is not None and total <= limit:
            break
        if entry.kind in kinds and entry.last_used < before and not is_held(entry):
            going.append(entry)
            total -= entry.n_bytes
    return going


def is_held(entry: Entry) -> bool:
    """Whether a process works with an entry."""
    with _free(entry) as free:
        return not free


def remove(entry: Entry) -> bool:
    """Remove an entry unless a process works with it; return whether it is gone.

    A folder is renamed first, so that nobody finds half of it.

    Raises:
        DiskError: It cannot be removed.
    """
    with teaching_os_errors(entry.paths[0], "see to it that the folder can be written"), _free(entry) as free:
        if not free:
            return False
        for path in entry.paths:
            if path.is_dir():
                going = temporary_name(path)
                path.rename(going)
                shutil.rmtree(going)
            else:
                path.unlink(missing_ok=True)
    return True


@contextmanager
def _free(entry: Entry) -> Iterator[bool]:
    """Say whether nobody holds a file of an entry; while the block runs nobody begins to."""
    with ExitStack() as stack:
        yield all(stack.enter_context(nobody_holds(path)) for path in entry.paths if path.is_file())
