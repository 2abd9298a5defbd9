"""Why a task is fitted again: what its key was made of in an earlier run of the recipe, compared with now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kit.files import digest

Record = Mapping[str, Any]

_ALL_OF_IT = ("libraries", "plugins")
"""What is kept with its values, so that a person can be told which package changed; of the rest a digest is."""

_WORDS = {
    "code": "the kit's own code",
    "data": "the data",
    "model": "its parameters",
    "target": "its target transform",
    "features": "its list of features",
    "blocks": "its features",
    "files": "a file that its features read",
    "group": "the column of its groups",
    "inner": "the splitter of its inner folds",
    "metric": "the metric that it chooses by",
    "seed": "its seed",
    "rows": "its rows",
    "taught": "its pseudo-labelled rows",
    "tables": "a table of unlabelled rows",
}
"""What a person calls the parts of a task's content."""

_INDIRECT = {"folds": "what the folds chose", "reads": "what it takes from earlier stages"}
"""Parts that change with what changed before; said only where nothing else is."""


def recorded(contents: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a run keeps of its tasks' contents, for `changes` to compare a later run with.

    Args:
        contents: What each task's key is the digest of (`kit.training.planning.plan.Plan.contents`).

    Returns:
        ``tasks``: for every task a short digest of each part of its content; ``values``: by these digests, the parts
        that are kept as they are.
    """
    tasks: dict[str, dict[str, str]] = {}
    values: dict[str, Any] = {}
    for path, content in contents.items():
        tasks[path] = {part: digest(value)[:16] for part, value in content.items()}
        values |= {tasks[path][part]: content[part] for part in _ALL_OF_IT if part in content}
    return {"tasks": tasks, "values": values}


def changes(task: str, before: Record, now: Record) -> list[str]:
    """Return readable descriptions of what differs between a task and an earlier record; the first is the nearest.

    Args:
        task: The task's directory, which both records have.
        before: The earlier record (`recorded`).
        now: The record of today.
    """
    old, new = before["tasks"][task], now["tasks"][task]
    parts = [part for part in dict.fromkeys([*new, *old]) if old.get(part) != new.get(part)]
    words: list[str] = []
    if "plugins" in parts:
        words += dict.fromkeys(_of_plugins(_value(before, old, "plugins"), _value(now, new, "plugins")))
    if "libraries" in parts:
        words += _versions(_value(before, old, "libraries"), _value(now, new, "libraries"))
    words += [name for part, name in _WORDS.items() if part in parts]
    return words or [name for part, name in _INDIRECT.items() if part in parts] or ["what it was made of"]


def _value(record: Record, task: Mapping[str, str], part: str) -> Mapping[str, Any]:
    value: Mapping[str, Any] = record.get("values", {}).get(task.get(part), {})
    return value


def _of_plugins(before: Record, now: Record) -> Iterator[str]:
    """Yield what changed about plug-ins that were there before and are now: others are a change of the recipe."""
    for plugin in before.keys() & now.keys():
        old, new = before[plugin], now[plugin]
        for package in sorted(old.get("packages", {}).keys() & new.get("packages", {}).keys()):
            was, is_ = old["packages"][package], new["packages"][package]
            name = is_.get("distribution", package)
            if was.get("version") != is_.get("version"):
                yield f"its package {name} ({was.get('version')} → {is_.get('version')})"
            elif was != is_:
                yield f"the source of its package {name}"
        yield from _versions(old.get("libraries", {}), new.get("libraries", {}))


def _versions(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    names = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    return [f"{name} ({before.get(name, 'absent')} → {now.get(name, 'absent')})" for name in names]


def told(again: Iterable[tuple[str, list[str]]]) -> list[str]:
    """Return a sentence for each set of reasons: which models are fitted again, and why.

    Args:
        again: The model's name and the changes, for every task.
    """
    by_reason: dict[tuple[str, ...], dict[str, int]] = {}
    for model, reasons in again:
        of_reason = by_reason.setdefault(tuple(reasons), {})
        of_reason[model] = of_reason.get(model, 0) + 1
    lines = []
    for changed, models in by_reason.items():
        several = len(models) > 1
        who = f"model{'s' if several else ''} {', '.join(map(repr, models))} {'are' if several else 'is'}"
        n_fits = sum(models.values())
        fits = "1 fit" if n_fits == 1 else f"{n_fits} fits"
        lines.append(f"{who} fitted again ({fits}), changed since: {', '.join(changed)}")
    return lines
