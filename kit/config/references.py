"""The check that names in a recipe refer to something, and that everything in it is referred to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from kit.config.block_names import check_block_names
from kit.config.origins import KeyPath
from kit.config.plugins import plugin_class
from kit.config.problems import Problem
from kit.errors import did_you_mean, nearest

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]*")


def check_references(tree: Mapping[str, Any], references: Mapping[KeyPath, str]) -> list[Problem]:
    """Check the names within a recipe.

    Args:
        tree: The plain recipe; sections that are no mappings are left to the check of the structure.
        references: The feature blocks that plug-ins' parameters refer to, by the path where the name stands.
    """
    blocks, models = _section(tree, "features"), _section(tree, "models")
    problems = [*_columns(_section(tree, "columns")), *_names(models), *_weights(tree, models)]
    if blocks or not tree.get("features"):
        problems.extend(_model_features(blocks, models))
        problems.extend(check_block_names(blocks, models))
        problems.extend(_cycles(blocks, references))
        problems.extend(_unused(blocks, models, references))
    return problems


def _columns(columns: Mapping[str, Any]) -> Iterator[Problem]:
    keys = columns.get("keys")
    if not isinstance(keys, list):
        return
    for name in ("group", "compound"):
        value = columns.get(name)
        if isinstance(value, str) and value not in keys:
            hint = did_you_mean(value, [key for key in keys if isinstance(key, str)])
            yield Problem(("columns", name), f"{value!r} is none of columns.keys{hint}")
    for index, key in enumerate(keys):
        if key in keys[:index]:
            yield Problem(("columns", "keys", index), f"{key!r} is listed twice")


def _names(models: Mapping[str, Any]) -> Iterator[Problem]:
    for name in models:
        if not _NAME.fullmatch(name):
            yield Problem(("models", name), "a model's name names files too: letters, digits, _ . + and - are allowed")


def _weights(tree: Mapping[str, Any], models: Mapping[str, Any]) -> Iterator[Problem]:
    """Check that weights given by name are those of models."""
    blend = tree.get("blend")
    params = blend.get("params") if isinstance(blend, dict) else None
    weights = params.get("weights") if isinstance(params, dict) else None
    if not isinstance(weights, dict) or not models:
        return
    for name in weights:
        if name not in models:
            yield Problem(("blend", "params", "weights", name), f"no model {name!r}{did_you_mean(name, models)}")


def _model_features(blocks: Mapping[str, Any], models: Mapping[str, Any]) -> Iterator[Problem]:
    for model, entry in models.items():
        if not isinstance(entry, dict):
            continue
        named = entry.get("features")
        if named is None and not blocks:
            yield Problem(("models", model), "a model reads features, and the recipe has none; add a block to features")
        seen: set[str] = set()
        for index, name in enumerate(named if isinstance(named, list) else []):
            where = ("models", model, "features", index)
            if not isinstance(name, str):
                continue
            if name not in blocks:
                yield Problem(
                    where, f"no feature block {name!r}{did_you_mean(name, blocks) or ' (the recipe has none)'}"
                )
            elif name in seen:
                yield Problem(where, f"the block {name!r} is listed twice")
            seen.add(name)


def _cycles(blocks: Mapping[str, Any], references: Mapping[KeyPath, str]) -> Iterator[Problem]:
    """Report each circle of blocks once, at the first of its blocks in the recipe."""
    refers: dict[str, dict[str, KeyPath]] = {name: {} for name in blocks}
    for path, to in references.items():
        if path[0] == "features" and to in blocks:
            refers[str(path[1])].setdefault(to, path)
    reported: set[str] = set()
    for start in blocks:
        circle = _circle(start, refers)
        if circle and not reported & set(circle):
            reported |= set(circle)
            shown = " → ".join([*circle, start])
            yield Problem(refers[start][([*circle, start])[1]], f"blocks refer to each other in a circle: {shown}")


def _circle(start: str, refers: Mapping[str, Mapping[str, KeyPath]]) -> list[str]:
    """Return the blocks on a way from ``start`` back to it, ``start`` first; empty when there is none."""
    pending = [[start]]
    seen: set[str] = set()
    while pending:
        way = pending.pop()
        for to in refers[way[-1]]:
            if to == start:
                return way
            if to not in seen:
                seen.add(to)
                pending.append([*way, to])
    return []


def _unused(
    blocks: Mapping[str, Any], models: Mapping[str, Any], references: Mapping[KeyPath, str]
) -> Iterator[Problem]:
    """Report blocks that nothing reads. A misspelt name counts as a use of what was meant: it is reported itself."""
    entries = [entry for entry in models.values() if isinstance(entry, dict)]
    if not entries or any(entry.get("features") is None for entry in entries):
        return  # without models there is nothing to say; without a list, a model reads all blocks
    used = [name for path, name in references.items() if path[:2] != ("features", name)]
    for entry in entries:
        named = entry["features"]
        used.extend(name for name in (named if isinstance(named, list) else [named]) if isinstance(name, str))
    for entry in blocks.values():
        if plugin_class("feature", entry) is None:  # what it refers to cannot be known: its kind does not exist
            used.extend(_words(entry))
    meant = {name if name in blocks else nearest(name, blocks) for name in used}
    for block in blocks:
        if block not in meant:
            yield Problem(
                ("features", block), "unused: no model reads this block and no block refers to it; use it or remove it"
            )


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _words(inner)


def _section(tree: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = tree.get(name)
    return section if isinstance(section, dict) else {}
