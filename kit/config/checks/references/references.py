"""The check that names in a recipe refer to something, and that everything in it is referred to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kit.config.checks.plugins import plugin_class
from kit.config.checks.references.block_names import check_block_names
from kit.config.checks.references.dependencies import names_given
from kit.config.checks.references.left_out import LeftOut, no_block
from kit.config.checks.references.stage_references import check_stages
from kit.config.checks.references.stages import StageSection, section_of, stage_sections
from kit.config.text.mistakes import Mistake
from kit.config.text.origins import KeyPath
from kit.errors import did_you_mean, nearest


def check_references(
    tree: Mapping[str, Any], references: Mapping[KeyPath, str], left_out: LeftOut | None = None
) -> list[Mistake]:
    """Check the names within a recipe.

    Args:
        tree: The plain recipe; sections that are no mappings are left to the check of the structure.
        references: The feature blocks that plug-ins' parameters refer to, by the path where the name stands.
        left_out: The models and blocks that were switched off and are no longer in ``tree``.
    """
    left_out = left_out or LeftOut()
    blocks, stages = section_of(tree, "features"), stage_sections(tree)
    mistakes = [*_columns(tree), *check_stages(tree)]
    for stage in stages:
        mistakes.extend(_weights(stage))
    if blocks or not tree.get("features"):
        for stage in stages:
            mistakes.extend(_model_features(blocks, stage, left_out))
            mistakes.extend(check_block_names(blocks, stage.models, stage.path, left_out))
        mistakes.extend(_cycles(blocks, references))
        mistakes.extend(_unused(blocks, [entry for stage in stages for entry in stage.models.values()], references))
    return mistakes


def _columns(tree: Mapping[str, Any]) -> Iterator[Mistake]:
    data, columns = section_of(tree, "data"), section_of(tree, "columns")
    if data.get("sample_submission") is not None and data.get("test") is None:
        yield Mistake(("data", "sample_submission"), "a submission is of rows of a test table: name it as data.test")
    keys, metadata = columns.get("keys", []), columns.get("metadata", [])
    if not isinstance(keys, list):
        return
    # Which columns a pattern chooses is known when the table is read.
    known = [*keys, *metadata] if isinstance(metadata, list) else None
    for name in ("group", "compound"):
        value = columns.get(name)
        if known is not None and isinstance(value, str) and value not in known:
            hint = did_you_mean(value, [key for key in known if isinstance(key, str)])
            yield Mistake(("columns", name), f"{value!r} is none of columns.keys and columns.metadata{hint}")
    if columns.get("replicate") in keys:
        yield Mistake(("columns", "replicate"), "a key tells rows apart already; take it out of columns.keys")
    if columns.get("replicate") is not None and not keys:
        yield Mistake(("columns", "replicate"), "replicates share their keys, and there are none; name columns.keys")
    if columns.get("average_replicates") and columns.get("replicate") is None:
        yield Mistake(("columns", "average_replicates"), "say in columns.replicate which column tells replicates apart")
    for name, made in section_of(columns, "sets").items():
        if name not in keys:
            hint = did_you_mean(str(name), [key for key in keys if isinstance(key, str)])
            yield Mistake(("columns", "sets", name), f"{name!r} is none of columns.keys{hint}; a set is a key")
        if isinstance(made, dict) and ("columns" in made) == ("separator" in made):
            yield Mistake(
                ("columns", "sets", name),
                "a set is made of several `columns`, or written in one with a `separator`: give one of the two",
            )
        for index, part in enumerate(made.get("columns") or () if isinstance(made, dict) else ()):
            if part in keys and part != name:
                yield Mistake(("columns", "sets", name, "columns", index), f"{part!r} is a key of its own; keep one")
    for index, key in enumerate(keys):
        if key in keys[:index]:
            yield Mistake(("columns", "keys", index), f"{key!r} is listed twice")


def _weights(stage: StageSection) -> Iterator[Mistake]:
    """Check that weights given by name are those of the stage's models."""
    models = stage.models
    if not models:
        return
    for named in names_given((*stage.path, "blend"), "blend", stage.section.get("blend"), "model"):
        for where, name in named.names:
            if name not in models:
                yield Mistake(where, f"no model {name!r}{did_you_mean(name, models)}")
        meant = {name if name in models else nearest(name, models) for _, name in named.names}
        missing = [name for name in models if name not in meant]
        if named.names and missing and named.every:
            names = ", ".join(map(repr, missing))
            yield Mistake(named.path, f"no weight for {names}; give one to every model, 0 to leave it out")


def _model_features(blocks: Mapping[str, Any], stage: StageSection, left_out: LeftOut) -> Iterator[Mistake]:
    for model, entry in stage.models.items():
        if not isinstance(entry, dict):
            continue
        at: KeyPath = (*stage.path, "models", model)
        named = entry.get("features")
        if named is None and not blocks:
            yield Mistake(at, "a model reads features, and the recipe has none; add a block to features")
        seen: set[str] = set()
        for index, name in enumerate(named if isinstance(named, list) else []):
            where = (*at, "features", index)
            if not isinstance(name, str):
                continue
            if name not in blocks:
                yield Mistake(where, no_block(name, blocks, left_out))
            elif name in seen:
                yield Mistake(where, f"the block {name!r} is listed twice")
            seen.add(name)


def _cycles(blocks: Mapping[str, Any], references: Mapping[KeyPath, str]) -> Iterator[Mistake]:
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
            yield Mistake(refers[start][([*circle, start])[1]], f"blocks refer to each other in a circle: {shown}")


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


def _unused(blocks: Mapping[str, Any], models: Sequence[Any], references: Mapping[KeyPath, str]) -> Iterator[Mistake]:
    """Report blocks that nothing reads. A misspelt name counts as a use of what was meant: it is reported itself."""
    entries = [entry for entry in models if isinstance(entry, dict)]
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
            yield Mistake(
                ("features", block), "unused: no model reads this block and no block refers to it; use it or remove it"
            )


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _words(inner)
