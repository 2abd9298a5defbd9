"""Dependencies within a plain recipe: models read blocks, blocks read other blocks and stages, stages teach stages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kit.config.build import refers_to_block
from kit.config.checks.plugins import plugin_class, settable
from kit.config.checks.references.stages import LAST_STAGE, StageSection, section_of, stage_sections
from kit.config.text.origins import KeyPath
from kit.plugins import NameOf


def stages_read(path: KeyPath, entry: Any) -> Iterator[tuple[KeyPath, str]]:
    """Yield the stages whose predictions a feature block takes, with the place of the name.

    Args:
        path: Where the block stands.
        entry: Its plain entry; plug-ins inside its parameters count, blocks that it names do not.
    """
    for named in names_given(path, "feature", entry, "stage"):
        yield from named.names


@dataclass(frozen=True)
class Named:
    """The value of a parameter marked `kit.plugins.NameOf`.

    Attributes:
        path: Where the value stands.
        names: The names in it, each with its place.
        every: Whether all that there are have to be named.
    """

    path: KeyPath
    names: list[tuple[KeyPath, str]]
    every: bool


def names_given(path: KeyPath, family: str, entry: Any, what: str) -> Iterator[Named]:
    """Yield the parameters of a plug-in, and of those inside its parameters, that name something of the recipe.

    Args:
        path: Where the plug-in's entry stands.
        family: Its family.
        entry: Its plain entry.
        what: What is named (`kit.plugins.NameOf.what`).
    """
    for where, inner_family, plugin in plugins_inside(path, family, entry):
        cls = plugin_class(inner_family, plugin)
        params = section_of(plugin, "params") if cls is not None else {}
        for name, parameter in settable(cls).items() if cls is not None else ():
            if parameter.names is not None and parameter.names.what == what and name in params:
                at: KeyPath = (*where, "params", name)
                yield Named(at, list(_words(at, params[name], parameter.names)), parameter.names.every)


def _words(path: KeyPath, value: Any, mark: NameOf) -> Iterator[tuple[KeyPath, str]]:
    if mark.inside is not None:
        yield from (((*path, *place), name) for place, name in mark.inside(value))
    elif isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        yield from (((*path, index), name) for index, name in enumerate(value) if isinstance(name, str))
    elif isinstance(value, dict):
        yield from (((*path, name), name) for name in value)


def blocks_read(path: KeyPath, family: str, entry: Any) -> Iterator[tuple[KeyPath, str]]:
    """Yield the feature blocks that the parameters of a plug-in name, with the place of the name."""
    for where, inner_family, plugin in plugins_inside(path, family, entry):
        if isinstance(plugin, str) and inner_family == "feature" and where != path:
            yield where, plugin


def all_blocks_read(blocks: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """Return blocks and those that they read, each once; names of no block are left out."""
    reached: list[str] = []
    pending = [name for name in names if name in blocks]
    while pending:
        name = pending.pop(0)
        if name not in reached:
            reached.append(name)
            read = blocks_read(("features", name), "feature", blocks[name])
            pending.extend(other for _, other in read if other in blocks)
    return reached


def model_blocks(blocks: Mapping[str, Any], entry: Any) -> list[str]:
    """Return the names of the blocks that a model's list names, or of all blocks where it has no list."""
    named = entry.get("features") if isinstance(entry, dict) else None
    return [name for name in named if isinstance(name, str)] if isinstance(named, list) else list(blocks)


def in_use(tree: Mapping[str, Any], roots: Iterable[KeyPath] = ()) -> set[KeyPath]:
    """Return the paths of all feature blocks and earlier stages that the last stage's models need.

    Args:
        tree: The plain recipe.
        roots: Further blocks and stages that count as needed.
    """
    blocks = section_of(tree, "features")
    stages = {stage.name: stage for stage in stage_sections(tree)}
    needed: set[KeyPath] = set()
    pending: list[KeyPath] = [("stages", LAST_STAGE), *roots]
    while pending:
        path = pending.pop()
        section, name = path[0], str(path[1])
        if path in needed or name not in (blocks if section == "features" else stages):
            continue
        needed.add(path)
        if section == "features":
            pending.extend(("features", block) for _, block in blocks_read(path, "feature", blocks[name]))
            pending.extend(("stages", stage) for _, stage in stages_read(path, blocks[name]))
        else:
            pending.extend(("features", block) for block in _blocks_of(stages[name], blocks))
            pending.append(("stages", str(stages[name].pseudo_labels.get("stage"))))
    return needed - {("stages", LAST_STAGE)}


def _blocks_of(stage: StageSection, blocks: Mapping[str, Any]) -> Iterator[str]:
    for name, entry in stage.models.items():
        yield from model_blocks(blocks, entry)
        yield from (block for _, block in blocks_read((*stage.path, "models", name), "model", entry))


def plugins_inside(path: KeyPath, family: str, entry: Any) -> Iterator[tuple[KeyPath, str, Any]]:
    """Yield path, family and entry of a plug-in and of all plug-ins inside its parameters.

    An entry is a word where it names a feature block.
    """
    yield path, family, entry
    cls = plugin_class(family, entry)
    if cls is None:
        return
    params = section_of(entry, "params")
    for name, parameter in settable(cls).items():
        if parameter.plugin is None or params.get(name) is None:
            continue
        value, where = params[name], (*path, "params", name)
        for index, item in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(item, str) and not refers_to_block(parameter.plugin):
                item = {"kind": item}
            yield from plugins_inside(where if index is None else (*where, index), parameter.plugin.family, item)
