"""Mistakes in a configuration, collected so that all are reported at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kit.config.text.origins import KeyPath, Origin, Origins, dotted
from kit.errors import ConfigError


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong.

    Attributes:
        path: Where; the origin of this path (or of the nearest thing around it) is the place that the message names.
        message: What was given, what was expected, what to do.
    """

    path: KeyPath
    message: str


@dataclass(frozen=True)
class Finding:
    """A problem and the place where it was written.

    Attributes:
        origin: The place.
        path: What is wrong there.
        message: What was given, what was expected, what to do.
        exact: Whether the place is that of the path itself, not of something around it.
    """

    origin: Origin
    path: KeyPath
    message: str
    exact: bool = True

    def __str__(self) -> str:
        where = f"{dotted(self.path)}: " if self.path else ""
        return f"{self.origin}: {where}{self.message}"


def find(mistakes: Iterable[Mistake], origins: Origins) -> list[Finding]:
    """Return each problem once, with its place."""
    return [
        Finding(origins[mistake.path], mistake.path, mistake.message, mistake.path in origins)
        for mistake in dict.fromkeys(mistakes)
    ]


def config_error(findings: Iterable[Finding]) -> ConfigError:
    """Return the one error that lists all findings, each once, sorted by file and line."""
    unique = sorted(dict.fromkeys(findings), key=lambda finding: finding.origin.sort_key())
    return ConfigError("\n".join(map(str, unique)))
