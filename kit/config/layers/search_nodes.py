"""Search nodes: mappings that stand where a value may stand and say what `kit tune` tries there.

    learning_rate: {search: [1.0e-4, 1.0e-2], log: true, value: 1.0e-3}
    hidden: {choice: [[256], [512, 256]], value: [256]}

A mapping is a search node when it has the key ``search`` or ``choice``; but not directly under ``models``,
``features``, ``stages`` and ``params``, where keys are names of users and plug-in authors. A plug-in whose parameter is
a mapping with a key of that name could not be given it in a recipe; none of the kit's has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kit.config.layers.plugin_sites import is_named
from kit.config.text.nodes import Node
from kit.config.text.origins import KeyPath

MARKS = ("search", "choice")
"""The keys that make a mapping a search node."""
INHERITED = "\0value"
"""The key of a value that is inherited, which may lie outside of what is searched; no file can have it."""
DETAILS = ("log", "step", "value")
"""Further keys of a search node. Alone, in a file that extends another, they change the inherited node."""


def is_search(value: Any, at: KeyPath) -> bool:
    """Whether the value of a node, or a plain value, at a path is a search node."""
    if not isinstance(value, dict) or not any(mark in value for mark in MARKS):
        return False
    return at[-1:] != ("params",) and not is_named(at)


def search_nodes(node: Node, at: KeyPath = ()) -> Iterator[tuple[KeyPath, Node]]:
    """Yield path and node of every search node, outermost ones only."""
    if is_search(node.value, at):
        yield at, node
    elif isinstance(node.value, dict):
        for key, inner in node.value.items():
            yield from search_nodes(inner, (*at, key))
    elif isinstance(node.value, list):
        for index, inner in enumerate(node.value):
            yield from search_nodes(inner, (*at, index))


def present_node(search: dict[str, Node]) -> Node | None:
    """Return the value that a search node has now, its own or the inherited one."""
    return search.get("value", search.get(INHERITED))


def merged_search(base: Node, child: Node, at: KeyPath) -> Node | None:
    """Merge a base and a child of which one is a search node; return None when they merge key by key.

    A search node replaces what was there, which becomes its ``value`` if it has none of its own. Anything else replaces
    a search node, but for a mapping that has details of one alone.
    """
    if is_search(child.value, at):
        if "value" in child.value:
            return child
        value = present_node(base.value) if is_search(base.value, at) else base
        return child if value is None else Node({**child.value, INHERITED: value}, child.origin)
    if is_search(base.value, at):
        details = isinstance(child.value, dict) and child.value and all(key in DETAILS for key in child.value)
        return None if details else child
    return None


def replaced(node: Node, values: dict[KeyPath, Node], at: KeyPath = ()) -> Node:
    """Return a configuration with other nodes at some paths."""
    if at in values:
        return values[at]
    if isinstance(node.value, dict):
        return Node({key: replaced(inner, values, (*at, key)) for key, inner in node.value.items()}, node.origin)
    if isinstance(node.value, list):
        return Node([replaced(inner, values, (*at, index)) for index, inner in enumerate(node.value)], node.origin)
    return node


def as_node(value: Any, like: Node) -> Node:
    """Return a plain value as a node whose every part was written where another node was."""
    if isinstance(value, dict):
        return Node({key: as_node(inner, like) for key, inner in value.items()}, like.origin)
    if isinstance(value, (list, tuple)):
        return Node([as_node(inner, like) for inner in value], like.origin)
    return Node(value, like.origin)
