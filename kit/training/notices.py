"""Warnings of a run: each shown once on the terminal and in the log, counted, and kept with the result."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from kit.errors import StateError
from kit.files import finished_key, read_json, write_json
from kit.training.planning.tasks import METRICS_FILE, Task

WARNINGS = "warnings.json"
"""The run's file that lists them."""

_PARTICULARS = re.compile(r"\([^()]*\)|\d[\d.,]*")
"""What differs between warnings of one kind: counts, and what stands in brackets."""


class Notices:
    """Says each warning once.

    Args:
        log: The run's log.
        note: What shows a line to a person.

    Attributes:
        said: All that was said, in order.
    """

    def __init__(self, log: logging.Logger, note: Callable[[str], None]) -> None:
        self._log, self._note = log, note
        self.said: list[str] = []

    def say(self, texts: Iterable[str]) -> None:
        """Report the warnings that were not reported before."""
        for text in texts:
            if text not in self.said:
                self.said.append(text)
                self._log.warning("warning: %s", text)
                self._note(f"warning: {text}")


def fit_warnings(run: Path, tasks: Iterable[Task]) -> list[str]:
    """Return the warnings of a run's finished fits, each kind once with the number of its fits."""
    finished = [run / task.path for task in tasks if finished_key(run / task.path) == task.key]
    warned = []
    for directory in finished:
        with suppress(StateError):  # what is damaged is computed again, or named where it is needed
            warned.append(read_json(directory / METRICS_FILE).get("warnings", []))
    return [counted(alike, len(finished), "fits") for alike in by_kind(warned)]


def by_kind(warnings: Iterable[Iterable[str]]) -> list[list[str]]:
    """Return warnings of several origins by kind, of each origin's the first of a kind.

    Warnings that differ in counts and in brackets alone are of one kind.
    """
    kinds: dict[str, list[str]] = {}
    for texts in warnings:
        for kind, text in {_PARTICULARS.sub("#", text): text for text in reversed(list(texts))}.items():
            kinds.setdefault(kind, []).append(text)
    return list(kinds.values())


def counted(warnings: list[str], total: int, what: str) -> str:
    """Return the first of warnings of one kind, with the number of those that had one.

    Args:
        warnings: One warning of each fit (or trial) that had one.
        total: The number of all fits.
        what: What is counted: ``fits``.
    """
    alike = "" if len(set(warnings)) == 1 else "this or the like "
    return warnings[0] if total == 1 else f"{warnings[0]} ({alike}in {len(warnings)} of {total} {what})"


def write_warnings(run: Path, said: list[str]) -> None:
    """Keep in a run's directory what was said."""
    write_json(run / WARNINGS, {"warnings": said})


def read_warnings(run: Path) -> tuple[str, ...]:
    """Return the warnings of a finished run; runs of earlier versions kept none."""
    return tuple(read_json(run / WARNINGS)["warnings"]) if (run / WARNINGS).is_file() else ()
