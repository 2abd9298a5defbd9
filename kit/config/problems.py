"""What is wrong with a configuration, collected before it is said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kit.config.origins import KeyPath, Origins, dotted
from kit.errors import ConfigError


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    Attributes:
        path: Where; the origin of this path (or of the nearest thing around it) is the place that the message names.
        message: What was given, what was expected, what to do.
    """

    path: KeyPath
    message: str


def config_error(problems: Iterable[Problem], origins: Origins) -> ConfigError:
    """Return the one error that lists all problems, each with its place, sorted by file and line."""
    unique = sorted(dict.fromkeys(problems), key=lambda problem: origins[problem.path].sort_key())
    lines = []
    for problem in unique:
        where = f"{dotted(problem.path)}: " if problem.path else ""
        lines.append(f"{origins[problem.path]}: {where}{problem.message}")
    return ConfigError("\n".join(lines))
