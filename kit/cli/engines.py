"""The options by which a command's fits are carried out somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from kit.cli.output import note

if TYPE_CHECKING:
    from kit.training.engines.base import Engine


class EngineKind(StrEnum):
    """Where fits are carried out."""

    LOCAL = "local"
    DASK = "dask"


@contextmanager
def engine_of(kind: EngineKind, scheduler: str | None, jobs: int | None) -> Iterator[Engine]:
    """Give the engine of a kind, connected while the block runs.

    Args:
        kind: Its kind.
        scheduler: The address of a Dask scheduler; None for workers of this machine.
        jobs: How many workers (default: the cores of this machine).

    Raises:
        InputError: No scheduler answers at the address.
        MissingDependencyError: The engine's library is not installed.
    """
    from kit.training.engines.connect import connected

    with connected(kind.value, scheduler, jobs) as engine:
        if (dashboard := getattr(engine, "dashboard", None)) is not None:
            note(f"{engine.workers} Dask worker{'s' * (engine.workers != 1)}; dashboard: {dashboard}")
        yield engine
