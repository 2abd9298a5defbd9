"""``extends``: a file that says only how it differs from another.

The rules of merging a child into what it extends:

* Mappings merge key by key, all the way down; lists and single values are replaced.
* A mapping whose ``kind`` the child changes starts afresh: the inherited ``params`` (and the candidates that ``choose``
  had for them) belong to another plug-in and are dropped. ``blend: median`` counts as ``blend: {kind: median}``.
* ``null`` removes an inherited entry (``models: {lgb: null}``). Inside of ``params`` it is a value like any other.
* A parameter that the child fixes is no longer chosen; a parameter for which it gives candidates is no longer fixed.
* A search node merges as a whole, never key by key. Where the child searches a value, the inherited value becomes the
  node's present value (``value``), unless the node has its own; where the child fixes a value that is searched, that
  value takes the node's place.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from kit.config.layers.kit_version import check_kit_version
from kit.config.layers.plugin_sites import normalise
from kit.config.layers.search_nodes import merged_search
from kit.config.text.nodes import Node
from kit.config.text.origins import KeyPath, shown_path
from kit.config.text.yaml_file import missing_file_hint, read_yaml
from kit.errors import ConfigError

MOST_FILES = 100
"""The files that one recipe extends, each counted as often as it is named."""


def read_extended(path: Path, text: str | None = None) -> Node:
    """Read a file and all that it extends, merged; ``extends`` itself is gone from the result.

    Paths in ``extends`` are relative to the file they stand in; of a list, later files win.

    Args:
        path: The file.
        text: What it is to hold, where it is not written yet.

    Raises:
        ConfigError: A file is missing or damaged or for another version of the kit, or files extend each other in a
            circle.
    """
    return _read(Path(os.path.abspath(path)), (), [], text)


def extended_files(path: Path) -> list[Path]:
    """Return a file and all that it extends, as absolute paths.

    Raises:
        ConfigError: As in `read_extended`.
    """
    files: list[Path] = []
    pending = [Path(os.path.abspath(path))]
    while pending:
        file = pending.pop(0)
        if file not in files:
            files.append(file)
            pending.extend(parent for parent, _ in _parents(file, read_yaml(file).value.get("extends")))
    return files


def merge(base: Node, child: Node, at: KeyPath = ()) -> Node:
    """Return ``base`` changed by ``child``, by the rules above; both must be normalised.

    Args:
        base: What is inherited.
        child: What is said anew.
        at: The path of both.
    """
    searched = merged_search(base, child, at)
    if searched is not None:
        return searched
    if not isinstance(base.value, dict) or not isinstance(child.value, dict):
        return child
    merged = _without_superseded(base.value, child.value)
    for key, node in child.value.items():
        if key not in merged:
            merged[key] = node
        elif node.value is None and "params" not in at:
            del merged[key]
        else:
            merged[key] = merge(merged[key], node, (*at, key))
    # An override changes what is inside a mapping; the mapping itself still stands in its file.
    return Node(merged, child.origin if child.origin.override is None else base.origin)


def _read(path: Path, chain: tuple[Path, ...], read: list[Path], text: str | None = None) -> Node:
    """Read a file that the files of ``chain`` extend; ``read`` lists all that were read so far."""
    node = read_yaml(path, text)
    check_kit_version(node)
    read.append(path)
    own = normalise(Node({key: value for key, value in node.value.items() if key != "extends"}, node.origin))
    merged: Node | None = None
    for parent, name in _parents(path, node.value.get("extends")):
        if parent in (*chain, path):
            circle = " → ".join(shown_path(file) for file in (*chain, path, parent))
            raise ConfigError(f"{name.origin}: extends: the files extend each other in a circle: {circle}")
        if not os.path.isfile(parent):
            raise ConfigError(
                f"{name.origin}: extends: no such file {shown_path(parent)}{missing_file_hint(parent)}; the path is "
                "relative to the file it stands in"
            )
        if len(read) >= MOST_FILES:
            raise ConfigError(f"{name.origin}: extends: more than {MOST_FILES} files extend each other")
        inherited = _read(parent, (*chain, path), read)
        merged = inherited if merged is None else merge(merged, inherited)
    return own if merged is None else merge(merged, own)


def _parents(path: Path, extends: Node | None) -> list[tuple[Path, Node]]:
    if extends is None:
        return []
    names = extends.value if isinstance(extends.value, list) else [extends]
    if not names or not all(isinstance(name.value, str) and name.value for name in names):
        raise ConfigError(f"{extends.origin}: extends: expected the path of a file or a list of such paths")
    return [(Path(os.path.normpath(path.parent / name.value)), name) for name in names]


def _without_superseded(base: dict[str, Node], child: dict[str, Node]) -> dict[str, Node]:
    """Return the inherited entries less those that the child's ``kind``, ``params`` or ``choose`` put aside."""
    kept = dict(base)
    fixed = {f"params.{name}" for name in _keys(child.get("params"))}
    prefixes = []
    if _kind_changes(base, child):
        kept.pop("params", None)
        prefixes.append("params.")
    if "target" in base and "target" in child:
        fixed |= {f"target.params.{name}" for name in _keys(_mapping(child["target"]).get("params"))}
        if _kind_changes(_mapping(base["target"]), _mapping(child["target"])):
            prefixes.append("target.params.")
    if "choose" in kept:
        kept["choose"] = _less(kept["choose"], lambda path: path in fixed or path.startswith(tuple(prefixes)))
    chosen = _keys(child.get("choose"))
    if "params" in kept:
        kept["params"] = _less(kept["params"], lambda name: f"params.{name}" in chosen)
    if "target" in kept and "params" in _mapping(kept["target"]):
        params = _less(kept["target"].value["params"], lambda name: f"target.params.{name}" in chosen)
        kept["target"] = Node({**kept["target"].value, "params": params}, kept["target"].origin)
    return kept


def _kind_changes(base: dict[str, Node], child: dict[str, Node]) -> bool:
    return "kind" in base and "kind" in child and base["kind"].value != child["kind"].value


def _less(node: Node, drop: Callable[[str], bool]) -> Node:
    if not isinstance(node.value, dict):
        return node
    return Node({key: value for key, value in node.value.items() if not drop(key)}, node.origin)


def _mapping(node: Node | None) -> dict[str, Node]:
    return node.value if node is not None and isinstance(node.value, dict) else {}


def _keys(node: Node | None) -> set[str]:
    return set(_mapping(node))
