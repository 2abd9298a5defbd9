"""Helpers of the conformance suites: checks of promises, and messages about broken ones."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import pandas as pd
from sklearn.exceptions import NotFittedError

from kit.plugins import Plugin, inner_plugins, parameters

A = ParamSpec("A")
P = TypeVar("P", bound=Plugin)
R = TypeVar("R")

RELATIVE = 1e-5
"""By how much a row's result may depend on its batch, relative to the greatest value of its column (float32 sums)."""

_NOTHING = 1e-30


class BrokenPromiseError(AssertionError):
    """A promise that a plug-in does not keep.

    Attributes:
        name: The plug-in, with its class, family and kind.
        broken: What was seen, as a clause.
        remedy: How to mend it.
    """

    def __init__(self, name: str, broken: str, remedy: str) -> None:
        super().__init__(f"{name}: {broken}; {remedy}")
        self.name, self.broken, self.remedy = name, broken, remedy


_found: ContextVar[list[BrokenPromiseError] | None] = ContextVar("_found", default=None)
"""What the suite that runs has found so far; None outside of a suite, where the first broken promise is raised."""


def failure(plugin: Plugin, broken: str, remedy: str) -> BrokenPromiseError:
    """Return the error of a broken promise.

    Args:
        plugin: Whose promise.
        broken: What was found, as a clause ("fit changes its argument Y").
        remedy: What to do about it.
    """
    name = f"{type(plugin).__name__} ({plugin.family or 'plug-in'} {plugin.kind!r})"
    return BrokenPromiseError(name, broken, remedy)


def require(condition: object, plugin: Plugin, broken: str, remedy: str) -> bool:
    """Return whether the condition holds; if not, the suite reports it at its end (outside of one it is raised)."""
    if condition:
        return True
    _report(failure(plugin, broken, remedy))
    return False


def _report(error: BrokenPromiseError) -> None:
    found = _found.get()
    if found is None:
        raise error
    found.append(error)


def nothing_broken() -> bool:
    """Whether the suite that runs has found no broken promise so far."""
    return not _found.get()


def reports_all(suite: Callable[Concatenate[P, A], R]) -> Callable[Concatenate[P, A], R]:
    """Have a suite go on after a broken promise and raise one error with all of them at its end.

    A suite that another one calls leaves what it finds to that one.
    """

    @wraps(suite)
    def check(plugin: P, /, *arguments: A.args, **options: A.kwargs) -> R:
        if _found.get() is not None:
            return suite(plugin, *arguments, **options)
        found: list[BrokenPromiseError] = []
        token = _found.set(found)
        try:
            with part(plugin, "the suite"):
                result = suite(plugin, *arguments, **options)
        finally:
            _found.reset(token)
        if found:
            raise found[0] if len(found) == 1 else AssertionError(_joined(found))
        return result

    return check


@contextmanager
def part(plugin: Any, what: str) -> Iterator[None]:
    """Have the suite go on after the block, whatever the block raises; outside of a suite, do nothing.

    Args:
        plugin: Whose promises the block checks.
        what: What it checks, for an error that nobody expected.
    """
    found = _found.get()
    if found is None:
        yield
        return
    before = len(found)
    try:
        yield
    except BrokenPromiseError as error:
        found.append(error)
    except Exception as error:
        # What follows from something that was found already says nothing new.
        if len(found) == before:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(frame.filename).name}:{frame.lineno}"
            broken = f"{what} ends with {type(error).__name__} ({error}) at {where}"
            found.append(failure(plugin, broken, "make it work on the rows of the suite, or hand it rows of your own"))


def step(what: str) -> Callable[[Callable[Concatenate[P, A], None]], Callable[Concatenate[P, A], None]]:
    """Return a decorator: the function is a `part` of whatever suite calls it; its first argument is the plug-in."""

    def decorate(check: Callable[Concatenate[P, A], None]) -> Callable[Concatenate[P, A], None]:
        @wraps(check)
        def run(plugin: P, /, *arguments: A.args, **options: A.kwargs) -> None:
            with part(plugin, what):
                check(plugin, *arguments, **options)

        return run

    return decorate


def _joined(found: Sequence[BrokenPromiseError]) -> str:
    """Return one message: what is mended in one way stands together."""
    lines = [f"{found[0].name} breaks {len(found)} promises:"]
    for remedy in dict.fromkeys(error.remedy for error in found):
        same = dict.fromkeys(_without_owner(error, found[0].name) for error in found if error.remedy == remedy)
        lines += [f"  - {broken}" for broken in same]
        lines.append(f"    to mend: {remedy}")
    return "\n".join(lines)


def _without_owner(error: BrokenPromiseError, owner: str) -> str:
    return error.broken if error.name == owner else f"{error.name}: {error.broken}"


def require_error(
    plugin: Plugin, expected: type[Exception], what: str, call: Callable[[], object], remedy: str = ""
) -> None:
    """Require that a call raises the expected error, and a message with it.

    Args:
        plugin: Whose promise.
        expected: The class of the error.
        what: What the call does, as a noun with a verb ("fit with NaN in Y").
        call: The call.
        remedy: What to do, where the name of the error does not say it.
    """
    remedy = remedy or f"raise {expected.__name__} with what was given, what was expected and what to do"
    try:
        call()
    except expected as error:
        require(str(error).strip(), plugin, f"{what} raises {type(error).__name__} without a message", remedy)
    except Exception as error:
        require(False, plugin, f"{what} raises {type(error).__name__} ({error})", remedy)
    else:
        require(False, plugin, f"{what} passes without an error", remedy)


@step("a call before fit")
def require_not_fitted(plugin: Plugin, calls: Mapping[str, Callable[[], object]]) -> None:
    """Require that the named calls on a plug-in that was not fitted say so."""
    for name, call in calls.items():
        remedy = "begin it with sklearn.utils.validation.check_is_fitted(self)"
        require_error(plugin, NotFittedError, f"{name} before fit", call, remedy)


def require_matrix(plugin: Plugin, values: Any, what: str, shape: tuple[int | None, ...]) -> None:
    """Require a finite float32 array of the given shape (None for any length)."""
    if not require(isinstance(values, np.ndarray), plugin, f"{what} is a {type(values).__name__}", "return an array"):
        return
    require(values.dtype == np.float32, plugin, f"{what} has dtype {values.dtype}", "return float32")
    fits = values.ndim == len(shape) and all(n in (None, m) for n, m in zip(shape, values.shape, strict=True))
    shown = tuple("any" if n is None else n for n in shape)
    require(fits, plugin, f"{what} has shape {values.shape}", f"return shape {shown}")
    require(np.isfinite(values).all(), plugin, f"{what} holds NaN or infinity", "every value must be finite")


def require_close(plugin: Plugin, found: Any, expected: Any, broken: str, remedy: str) -> None:
    """Require that two arrays agree to `RELATIVE` of the greatest value of each column."""
    found, expected = np.asarray(found, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    same = found.shape == expected.shape
    if not require(same, plugin, f"{broken} (shape {found.shape}, not {expected.shape})", remedy) or not expected.size:
        return
    scale = np.abs(expected).max(axis=0) + _NOTHING
    difference = float((np.abs(found - expected) / scale).max())
    require(difference <= RELATIVE, plugin, f"{broken} (by {difference:.1e} of the column's greatest value)", remedy)


@step("a call on other batches of rows")
def require_row_by_row(plugin: Plugin, name: str, call: Callable[[np.ndarray], np.ndarray], n_rows: int) -> None:
    """Require that a row's result does not depend on the other rows of the batch, nor on their order.

    Args:
        plugin: Whose promise.
        name: The method, for the message.
        call: Maps positions of rows to their results, one a row.
        n_rows: How many rows there are.
    """
    remedy = "compute a row's result from that row and what fit has learnt alone"
    whole = call(np.arange(n_rows))
    alone = np.concatenate([call(np.array([row])) for row in range(n_rows)])
    require_close(plugin, alone, whole, f"{name} of a row alone differs from that within a batch", remedy)
    order = np.random.default_rng(0).permutation(n_rows)
    require_close(plugin, call(order), whole[order], f"{name} depends on the order of the rows", remedy)


@contextmanager
def untouched(plugin: Plugin, call: str, **arguments: Any) -> Iterator[None]:
    """Require that what the block does leaves the arguments and the plug-in's parameters as they are."""
    before = {name: digest(value) for name, value in arguments.items()}
    parameters_before = {name: digest(value) for name, value in plugin.get_params(deep=False).items()}
    yield
    for name, value in arguments.items():
        require(digest(value) == before[name], plugin, f"{call} changes its argument {name}", "work on a copy")
    for name, value in plugin.get_params(deep=False).items():
        require(
            digest(value) == parameters_before[name],
            plugin,
            f"{call} changes the parameter {name!r}",
            "parameters stay as they were given: keep what is learnt in attributes that end in an underscore, and "
            "fit clones of inner plug-ins",
        )


def digest(value: Any) -> str:
    """Return the SHA-256 of a value: arrays and frames by their bytes, plug-ins by everything they hold."""
    return hashlib.sha256(_content(value)).hexdigest()


def _content(value: Any) -> bytes:
    if isinstance(value, pd.DataFrame):
        columns = [_content(value[name].to_numpy()) for name in value.columns]
        return repr([list(value.columns), list(value.dtypes), _content(value.index.to_numpy()), columns]).encode()
    if isinstance(value, np.ndarray):
        body = (
            value.tolist()
            if value.dtype.hasobject
            else hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        )
        return repr((value.dtype.str, value.shape, body)).encode()
    if isinstance(value, Plugin):
        return repr((type(value).__qualname__, _content(vars(value)))).encode()
    if isinstance(value, Mapping):
        return repr([(key, _content(item)) for key, item in value.items()]).encode()
    if isinstance(value, (list, tuple)):
        return repr((type(value).__name__, [_content(item) for item in value])).encode()
    return repr(value).encode()


def supply(plugin: Plugin, **values: Any) -> None:
    """Fill in the parameters that the kit supplies, inner plug-ins' included, where they are None."""
    for one in inner_plugins(plugin):
        for parameter in parameters(type(one)):
            missing = parameter.supplied is not None and getattr(one, parameter.name) is None
            if missing and values.get(parameter.name) is not None:
                setattr(one, parameter.name, values[parameter.name])
