"""``enabled: false``: models and feature blocks that stay in the file and are not used."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kit.config.checks.references.dependencies import in_use, names_given
from kit.config.checks.references.left_out import LeftOut
from kit.config.checks.references.stages import section_of, stage_sections
from kit.config.layers.plugin_sites import family_at
from kit.config.text.mistakes import Mistake
from kit.config.text.nodes import Node
from kit.config.text.origins import KeyPath


def leave_out(node: Node, read: Collection[KeyPath] | None = None) -> tuple[Node, LeftOut]:
    """Remove what has ``enabled: false``, its name in lists of features and its weight in blends.

    A block or an earlier stage that nothing reads any more, but that was read before, goes as well. The key ``enabled``
    itself is gone from the result, so that what is written in it decides alone what a recipe means.

    Args:
        node: The normalised recipe.
        read: The blocks and earlier stages that count as read before (default: those in use if all were enabled).

    Returns:
        The rest, and what was left out. A list of features of which nothing would remain is kept, so that the check of
        references says which of its blocks are switched off.
    """
    left = LeftOut()
    tree = node.plain()
    if not isinstance(tree, dict):
        return node, left
    read = in_use(tree) if read is None else read
    gone: set[KeyPath] = set()
    for stage in stage_sections(tree):
        off = _switched_off(node, (*stage.path, "models"), stage.models, left)
        if off and len(off) == len(stage.models):
            about = "the last stage has" if not stage.path else "remove the stage, which has"
            message = f"every model is switched off by `enabled: false`; {about} to have one"
            left.mistakes.append(Mistake((*stage.path, "models"), message))
        else:
            gone |= set(off)
    gone |= set(_switched_off(node, ("features",), section_of(tree, "features"), left))
    node = _without(node, gone, _weighed(tree))
    tree = node.plain()
    # What was never read is reported as such, and not what it reads as well.
    never = [(section, name) for section in ("features", "stages") for name in section_of(tree, section)]
    rest = in_use(tree, [path for path in never if path not in read])
    left.unread = [path for path in sorted(read, key=str) if path not in rest and path not in gone and _has(node, path)]
    return _without(node, set(left.unread), {}), left


def _switched_off(node: Node, at: KeyPath, entries: Mapping[str, Any], left: LeftOut) -> list[KeyPath]:
    paths = []
    for name, entry in entries.items():
        if isinstance(entry, dict) and entry.get("enabled") is False:
            paths.append((*at, name))
            left.origins[(*at, name)] = _get(node, (*at, name, "enabled")).origin
    return paths


def _get(node: Node, path: KeyPath) -> Node:
    for segment in path:
        node = node.value[segment]
    return node


def _has(node: Node, path: KeyPath) -> bool:
    for segment in path:
        if not isinstance(node.value, dict) or segment not in node.value:
            return False
        node = node.value[segment]
    return True


def _without(node: Node, gone: set[KeyPath], weighed: Mapping[KeyPath, KeyPath], at: KeyPath = ()) -> Node:
    """Return a recipe without some entries and all that names them, and without the key ``enabled``.

    Args:
        node: The recipe, or a part of it.
        gone: The paths of the entries.
        weighed: The parameters of blends that name models, each with the path of the stage whose models they are.
        at: Where the part stands.
    """
    if not isinstance(node.value, dict):
        return node
    kept = {}
    for key, inner in node.value.items():
        path = (*at, key)
        if path in gone or (key == "enabled" and isinstance(inner.value, bool) and _is_entry(at)):
            continue
        if key == "features" and _is_entry(at):
            kept[key] = _without_names(inner, {path[1] for path in gone if path[0] == "features"})
        elif path in weighed:
            models = (*weighed[path], "models")
            kept[key] = _without_names(inner, {entry[-1] for entry in gone if entry[:-1] == models})
        else:
            kept[key] = _without(inner, gone, weighed, path)
    return Node(kept, node.origin)


def _is_entry(path: KeyPath) -> bool:
    """Whether a path leads to a model or a feature block."""
    return family_at(path) in ("model", "feature")


def _weighed(tree: Mapping[str, Any]) -> dict[KeyPath, KeyPath]:
    """Return the parameters of blends that name models, each with the path of the stage whose models they are."""
    return {
        named.path: stage.path
        for stage in stage_sections(tree)
        for named in names_given((*stage.path, "blend"), "blend", stage.section.get("blend"), "model")
    }


def _without_names(node: Node, names: set[str | int]) -> Node:
    """Return a list without some names (unless nothing would remain), or values by name without those of some."""
    if isinstance(node.value, dict):
        return Node({key: inner for key, inner in node.value.items() if key not in names}, node.origin)
    if not isinstance(node.value, list):
        return node
    kept = [item for item in node.value if not (isinstance(item.value, str) and item.value in names)]
    return Node(kept, node.origin) if kept else node
