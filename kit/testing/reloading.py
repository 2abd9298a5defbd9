"""Saving plug-ins and loading them in a fresh process, where they must compute the same."""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kit.errors import KitError
from kit.plugins import Plugin, inner_plugins
from kit.splits.base import Fold
from kit.testing.fresh import in_fresh_process
from kit.testing.promises import failure, nothing_broken, require

_EXACT = 1e-12


@dataclass(frozen=True)
class Reload:
    """A plug-in to be saved, and a call that must return the same after it was loaded.

    Attributes:
        plugin: The plug-in, fitted where it can be.
        method: The method to call.
        arguments: Its arguments.
        supplied: Parameters to set after loading: what the kit supplies anew and saves nowhere (a table of test rows).
    """

    plugin: Plugin
    method: str
    arguments: tuple[Any, ...] = ()
    supplied: Mapping[str, Any] = field(default_factory=dict)


def check_reloads(reloads: Sequence[Reload]) -> None:
    """Check that saved plug-ins, loaded in one fresh process, return what they return here, to 1e-12.

    Raises:
        AssertionError: One cannot be saved, cannot be loaded, or computes something else.
    """
    with tempfile.TemporaryDirectory() as folder:
        calls, modules = [], set()
        for number, reload in enumerate(reloads):
            directory = Path(folder) / str(number)
            _save(reload.plugin, directory)
            calls.append((directory, reload.method, reload.arguments, dict(reload.supplied)))
            modules |= {_module(one) for one in inner_plugins(reload.plugin)}
        answers = in_fresh_process(_load_and_call, calls, modules=sorted(modules))
    for reload, (found, error) in zip(reloads, answers, strict=True):
        remedy = "keep all that it needs in parameters and in attributes that end in an underscore"
        if error is not None:
            raise failure(reload.plugin, f"{reload.method} fails after loading in a fresh process:\n{error}", remedy)
        if reload.supplied:
            reload.plugin.set_params(**reload.supplied)
        expected = getattr(reload.plugin, reload.method)(*reload.arguments)
        require(
            alike(found, expected),
            reload.plugin,
            f"{reload.method} returns something else after saving and loading in a fresh process",
            remedy,
        )


def reloads_alike(reload: Reload, fresh_process: bool, *others: Reload) -> Reload:
    """Check what a suite ends with in a fresh process, where that is wanted and it has found nothing so far.

    Args:
        reload: A plug-in and a call.
        fresh_process: Whether it is wanted.
        *others: Further calls.

    Returns:
        The first.
    """
    if fresh_process and nothing_broken():
        check_reloads([reload, *others])
    return reload


def saved_bytes(plugin: Plugin) -> dict[str, bytes]:
    """Save a plug-in and return the bytes of each file by its relative path; equal states must give equal bytes."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "plugin"
        _save(plugin, directory)
        return {
            path.relative_to(directory).as_posix(): path.read_bytes()
            for path in sorted(directory.rglob("*"))
            if path.is_file()
        }


def _save(plugin: Plugin, directory: Path) -> None:
    """Save a plug-in without the tables that the kit hands to `fit` and saves nowhere (the test rows)."""
    tables = [
        (one, name, value)
        for one in inner_plugins(plugin)
        for name, value in one.get_params(deep=False).items()
        if isinstance(value, pd.DataFrame)
    ]
    try:
        for one, name, _ in tables:
            setattr(one, name, None)
        plugin.save(directory)
    except KitError as error:
        raise failure(plugin, f"it cannot be saved ({error})", "see kit.plugins.persistence for what can be") from error
    finally:
        for one, name, value in tables:
            setattr(one, name, value)


def _module(plugin: Plugin) -> str:
    module = type(plugin).__module__
    require(
        module != "__main__",
        plugin,
        "its class is defined in __main__, which a fresh process cannot import",
        "move it into a module of its own, or pass fresh_process=False",
    )
    return module


def _load_and_call(calls: list[tuple[Path, str, tuple[Any, ...], dict[str, Any]]]) -> list[tuple[Any, str | None]]:
    """Carry out the calls in the fresh process; return results and, where one failed, its traceback."""
    answers: list[tuple[Any, str | None]] = []
    for directory, method, arguments, supplied in calls:
        try:
            plugin = Plugin.load(directory).set_params(**supplied)
            answers.append((getattr(plugin, method)(*arguments), None))
        except Exception:
            answers.append((None, traceback.format_exc()))
    return answers


def alike(found: Any, expected: Any) -> bool:
    """Whether two results are the same: numbers to 1e-12, everything else exactly."""
    if isinstance(expected, np.ndarray):
        if not isinstance(found, np.ndarray) or (found.shape, found.dtype) != (expected.shape, expected.dtype):
            return False
        if expected.dtype.kind not in "fc":
            return bool(np.array_equal(found, expected))
        return np.allclose(found, expected, rtol=_EXACT, atol=0, equal_nan=True)
    if isinstance(expected, Fold):
        parts = ("name", "weight", "train", "validation")
        return isinstance(found, Fold) and all(alike(getattr(found, p), getattr(expected, p)) for p in parts)
    if isinstance(expected, (list, tuple)):
        return len(found) == len(expected) and all(alike(a, b) for a, b in zip(found, expected, strict=True))
    return bool(found == expected)
