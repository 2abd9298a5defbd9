"""Engines by their names, connected while a block runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, get_args

from kit.errors import InputError, did_you_mean
from kit.training.engines.base import Engine
from kit.training.engines.local import LocalEngine

EngineName = Literal["local", "dask"]
"""``local``: processes of this machine; ``dask``: the workers of a Dask cluster."""


@contextmanager
def connected(
    engine: EngineName | Engine, scheduler: str | None = None, workers: int | None = None
) -> Iterator[Engine]:
    """Give an engine, connected while the block runs.

    Args:
        engine: Its name, or an engine, which is given as it is.
        scheduler: The address of a Dask scheduler; None for a cluster of this machine.
        workers: How many workers on this machine (default: its cores).

    Raises:
        InputError: There is no engine of the name, no scheduler answers at the address, or another engine than dask is
            given an address.
        MissingDependencyError: The engine's library is not installed.
    """
    if isinstance(engine, str) and engine not in get_args(EngineName):
        raise InputError(f"engine {engine!r}: there is no such engine{did_you_mean(engine, get_args(EngineName))}")
    if scheduler is not None and engine != "dask":
        raise InputError(f"scheduler {scheduler!r}: only the engine 'dask' has one; give engine='dask' too")
    if engine == "local":
        yield LocalEngine(workers)
    elif isinstance(engine, str):
        from kit.training.engines.dask import DaskEngine

        with DaskEngine.connected(scheduler, workers) as cluster:
            yield cluster
    else:
        yield engine
