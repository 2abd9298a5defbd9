"""Fits that are shared between runs: target transforms and feature blocks, kept in the cache by what decides them.

A run keeps what it has fitted in its own folder. What took long enough is linked into the cache too, and what a run
lacks is looked for there first: another recipe, a trial of a study or a run in another folder, on the same training
rows, does not fit the same again. What was damaged is not taken, and is replaced when it has been fitted anew.

What a recipe costs must not hang on what others have computed before it. So the CPU seconds of a fit are kept beside
it, and a task that took it from the cache counts them as its own.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from kit.cache import cache_directory, keep_within_limit, note_use
from kit.errors import DiskError, KitError, KitWarning
from kit.files import digest, intact_key, link_intact, read_json, remove_stale, write_json
from kit.training.fitting.resources import machine
from kit.training.planning.versions import common_libraries

SWITCH = "KIT_CACHE_FITS"
"""The environment variable that, set to 0, has runs share no fits."""

WORTH_SECONDS = 0.2
"""CPU seconds: what was fitted quicker is not kept in the cache: reading and checking it would hardly be quicker."""


_taken: ContextVar[list[float] | None] = ContextVar("taken", default=None)


@contextmanager
def counting_taken() -> Iterator[list[float]]:
    """Give a list that gets the CPU seconds of every fit that is taken from the cache while the block runs."""
    seconds: list[float] = []
    token = _taken.set(seconds)
    try:
        yield seconds
    finally:
        _taken.reset(token)


def take(kind: str, key: str, folder: Path) -> bool:
    """See to it that a run's folder of a fit holds it, if the run or the cache has it; return whether it does.

    Args:
        kind: The kind of entry in the cache (`kit.cache.KINDS`).
        key: The content key of the fit.
        folder: Where the run keeps it.
    """
    if intact_key(folder) == key:
        return True
    if not _is_on():
        return False
    kept = _kept(kind, key)
    try:
        found = link_intact(kept, folder, key)
    except DiskError:
        return False  # it was removed meanwhile; or the disk is full, which the fit will find
    if found:
        note_use(kept)
        if (counted := _taken.get()) is not None:
            counted.append(_seconds(kept))
    return found


def offer(kind: str, key: str, folder: Path, seconds: float) -> None:
    """Keep a fit in the cache too, unless it was quick; a warning says when the disk does not take it.

    Args:
        kind: The kind of entry in the cache (`kit.cache.KINDS`).
        key: The content key of the fit.
        folder: Where the run keeps it.
        seconds: The CPU seconds that it took.
    """
    if seconds < WORTH_SECONDS or not _is_on():
        return
    kept = _kept(kind, key)
    try:
        remove_stale(kept.parent.glob(".*.tmp*"))
        write_json(_cost_file(kept), {"cpu_s": seconds})
        link_intact(folder, kept, key)
    except DiskError as error:
        warnings.warn(f"a fit is not kept for other runs: {error}", KitWarning, stacklevel=2)
    keep_within_limit(cache_directory())


def _is_on() -> bool:
    return os.environ.get(SWITCH) != "0"


def _kept(kind: str, key: str) -> Path:
    # Unlike a run, the cache outlives an installation and may be seen by several machines, whose libraries of linear
    # algebra round differently.
    named = digest({"key": key, "libraries": common_libraries(), "machine": _machine()})
    return cache_directory() / kind / named[:32]


def _cost_file(kept: Path) -> Path:
    return kept.with_name(f"{kept.name}.json")


def _seconds(kept: Path) -> float:
    """Return the CPU seconds of a fit in the cache; 0 where they cannot be read."""
    try:
        return float(read_json(_cost_file(kept))["cpu_s"])
    except (KitError, KeyError, TypeError, ValueError):
        return 0.0


@cache
def _machine() -> str:
    return machine()
