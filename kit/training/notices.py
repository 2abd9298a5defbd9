"""Warnings of a run: each shown once on the terminal and in the log, counted, and kept with the result."""

from __future__ import annotations

import glob
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from kit.config import load_recipe
from kit.config.load import RESOLVED
from kit.config.schema import RecipeConfig
from kit.errors import InputError, StateError
from kit.files import file_sha256, finished_key, read_json, write_json
from kit.training.named_runs import recipe_of
from kit.training.planning.tasks import METRICS_FILE, Task

WARNINGS = "warnings.json"
"""The run's file that lists them."""

_PREDICTING = {"features", "target", "stages", "models", "pseudo_labels", "repeats", "blend", "postprocess"}
"""The parts of a recipe that are there to change predictions."""

_ABSENT, _NAMED = "absent", 3

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


def changes_without_effect(predictions: Path, recipe: RecipeConfig) -> list[str]:
    """Return a warning for each earlier run of the recipe that says something else and predicts the same, bit for bit.

    Args:
        predictions: The run's file of out-of-fold predictions.
        recipe: Its recipe.
    """
    run, mine = predictions.parent, _predicting(recipe)
    others = [run.parent / name / predictions.name for name in glob.glob(f"{recipe_of(run)}-*", root_dir=run.parent)]
    size, warnings = predictions.stat().st_size, []
    for file in sorted(others):
        other = file.parent
        if other == run or finished_key(other) is None or not file.is_file() or file.stat().st_size != size:
            continue
        if file_sha256(file) != file_sha256(predictions):
            continue
        with suppress(InputError):  # a recipe of another version of the kit
            theirs = _predicting(load_recipe(other / RESOLVED).config)
            both = [(path, theirs.get(path, _ABSENT), mine.get(path, _ABSENT)) for path in theirs | mine]
            changed = [f"{path} ({before} → {now})" for path, before, now in both if before != now]
            more = f" and {len(changed) - _NAMED} more" if len(changed) > _NAMED else ""
            if changed:
                said = f"{', '.join(changed[:_NAMED])}{more} had no effect"
                warnings.append(f"{said}: the predictions are those of {other.name}, bit for bit")
    return warnings


def _predicting(recipe: RecipeConfig) -> dict[str, Any]:
    """Return what a recipe says that is there to change predictions, by dotted path."""
    return dict(_leaves(recipe.model_dump(include=_PREDICTING)))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every plain value of nested mappings under its dotted path; a list is one value."""
    if isinstance(value, Mapping) and value:
        for name, inside in value.items():
            yield from _leaves(inside, f"{path}.{name}" if path else str(name))
    else:
        yield path, value


def write_warnings(run: Path, said: list[str]) -> None:
    """Keep in a run's directory what was said."""
    write_json(run / WARNINGS, {"warnings": said})


def read_warnings(run: Path) -> tuple[str, ...]:
    """Return the warnings of a finished run; runs of earlier versions kept none."""
    return tuple(read_json(run / WARNINGS)["warnings"]) if (run / WARNINGS).is_file() else ()
