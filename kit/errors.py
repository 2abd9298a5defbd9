"""The errors of the kit.

One hierarchy, so that a caller can catch everything with ``except KitError``. Every message says what was given, what
was expected and what to do about it. The two branches below `KitError` are the two failing exit codes of the command
line: `InputError` (2, the user gave something wrong) and `RunError` (1, something failed while working).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class KitError(Exception):
    """Base of every error that the kit raises on purpose."""


class InputError(KitError, ValueError):
    """Something handed to the kit is wrong: a configuration, a table, an argument. Exit code 2.

    Attributes:
        place: Where in the recipe the reason stands (keys and positions, from the outside in), where that is known and
            the message does not say it.
    """

    place: tuple[str | int, ...] = ()


class ConfigError(InputError):
    """A configuration file or a ``--set`` override is wrong; the message lists every problem, at file and line."""


class DataError(InputError):
    """A table is missing, damaged or contradicts another; the message names file, row and column."""


class SubmissionError(InputError):
    """A submission does not have the layout that the competition asks for."""


class UnknownPluginError(InputError):
    """No plug-in of the family has the given name."""


class ParameterError(InputError):
    """A plug-in was constructed with a parameter of the wrong type or out of range."""


class MissingDependencyError(InputError):
    """A package of an optional extra is needed and is not installed."""


class StateError(InputError):
    """A saved plug-in or run is incomplete, was changed after saving, or comes from something else."""


class KitWarning(UserWarning):
    """Something is odd and no error. Plug-ins warn with it too; a run shows, counts and keeps these warnings."""


class PluginWarning(UserWarning):
    """A plug-in of another package cannot be used; recipes and fits that do not name it are not concerned."""


class RunError(KitError, RuntimeError):
    """A run failed while working: a task raised, the disk is full, the directory is taken. Exit code 1."""


class DiskError(RunError):
    """A file cannot be written or read: the disk is full, or fails. Whatever needed the file is not to blame."""


class RunBusyError(RunError):
    """Another process works on the run directory."""


@contextmanager
def at_place(*place: str | int) -> Iterator[None]:
    """Attach the place in the recipe to an `InputError` raised in the block; a place that is already attached stays."""
    try:
        yield
    except InputError as error:
        error.place = error.place or place
        raise


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the entry of ``known`` that ``name`` was most likely meant to be, or None.

    Args:
        name: What was given.
        known: The names that exist.

    Returns:
        The closest name (by difflib's ratio, at least 0.6, case ignored), or None when nothing is close.

    >>> nearest("learning_rte", ["learning_rate", "max_depth"])
    'learning_rate'
    """
    by_lower = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return " (did you mean 'x'?)" for the nearest known name, or the list of known names when none is near."""
    names = sorted(known)
    found = nearest(name, names)
    if found is not None:
        return f" (did you mean {found!r}?)"
    return f" (known: {', '.join(names)})" if names else ""
