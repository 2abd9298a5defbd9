"""Writing a recipe with other values into a file, as a change of its own text.

What the file must mean is known; what the text means where it will lie is found by reading it there. Each difference
becomes one change of the text, until there is none. So search nodes, overrides, a preset, and relative paths that mean
something else in another folder are all written by the same rule.

A file of ``extends: recipe.yaml`` and the found values would be shorter to write, but every later edit of the recipe,
of its search space above all, would change or break the tuned one without a word.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kit.config.checks.check import check
from kit.config.checks.paths import file_paths
from kit.config.checks.references.enabled import leave_out
from kit.config.layers.extends import extended_files, read_extended
from kit.config.layers.presets import choose_preset
from kit.config.layers.search_nodes import is_search
from kit.config.load import Loaded, loaded, preset_findings
from kit.config.schema import RecipeConfig
from kit.config.search.dimensions import same
from kit.config.search.search_space import SearchSpace
from kit.config.text.nodes import Node
from kit.config.text.origins import KeyPath, shown_path
from kit.config.text.text_edits import has, put, remove
from kit.config.text.yaml_file import inline, read_text, read_yaml
from kit.errors import ConfigError
from kit.files import new_file

_ROUNDS = 8
_ROOT: KeyPath = ("data", "root")
_ABSENT = object()
"""The value of what is to be removed."""


def write_recipe(
    path: Path, space: SearchSpace, filled: Node, wanted: Loaded[RecipeConfig], file: Path, head: str
) -> None:
    """Write a recipe whose search nodes have been replaced.

    Args:
        path: The recipe's file, whose text is changed.
        filled: What the file is to say, before anything that is switched off was left out.
        wanted: The same, checked.
        space: The search space, which knows what other values read.
        file: The file to write; it appears by rename.
        head: Lines of comments to begin with.

    Raises:
        ConfigError: The file is one that the recipe extends, or these values cannot be written as a file.
        RunError: The file cannot be written.
    """
    file = Path(os.path.abspath(file))
    if file in extended_files(path)[1:]:
        raise ConfigError(f"{shown_path(file)}: the recipe {shown_path(path)} extends this file; write another one")
    goal = _Goal(filled, wanted, space, file)
    text = goal.reached_from(read_text(path), path)
    if text is None:  # what the extended files say cannot be undone by merging, or anchors are in the way
        text = goal.flat()
        if not goal.is_reached(read_extended(file, text)):
            raise ConfigError(f"{shown_path(path)}: with these values and --set options it cannot be written as a file")
    with new_file(file) as temporary:
        temporary.write_text(head + text, encoding="utf-8")


class _Goal:
    """The meaning that the written file must have.

    Args:
        filled: See `write_recipe`.
        wanted: See `write_recipe`.
        space: See `write_recipe`.
        file: Where it will lie.
    """

    def __init__(self, filled: Node, wanted: Loaded[RecipeConfig], space: SearchSpace, file: Path) -> None:
        self._wanted = wanted
        self._file = file
        self._tree, self._paths = _meaning(filled, wanted.root)
        _, left = leave_out(filled, space.read)
        for section, name in [(str(section), str(name)) for section, name in left.unread]:
            if section == "features":
                self._tree[section][name]["enabled"] = False
            else:
                del self._tree[section][name]

    def reached_from(self, text: str, path: Path) -> str | None:
        """Return the changed text of the recipe at ``path``, or None where changes do not lead to the goal."""
        original = text
        if has(text, ("extends",)):
            text = self._move_extends(path.parent, text)
        text = self._move_presets(read_extended(path, original), text)
        for _ in range(_ROUNDS):
            node = read_extended(self._file, text)
            if "preset" in node.value:
                text = remove(text, ("preset",)) if has(text, ("preset",)) else put(text, ("preset",), None)
                continue
            changes = list(_changes(self._now(node), self._tree))
            if not changes:
                return self._without_misfits(text) if self.is_reached(node) else None
            # With another kind, or with candidates, other parameters are inherited; they are looked at afterwards.
            first = [change for change in changes if change[0][-1] == "kind" or "choose" in change[0]]
            for where, value in first or changes:
                text = self._changed(text, where, value)
        return None

    def _without_misfits(self, text: str) -> str:
        """Return the text without those of its presets that do not fit what has become of the recipe."""
        findings = preset_findings(choose_preset(read_extended(self._file, text)), self._file)
        for where in dict.fromkeys(("presets", str(finding.path[1])) for finding in findings):
            text = remove(text, where)
        return text

    def flat(self) -> str:
        """Return a text that says everything by itself."""
        tree = {key: value for key, value in self._tree.items() if key != "default_recipe"}
        return "".join(f"{inline(key)}: {inline(self._portable(value, (key,)))}\n" for key, value in tree.items())

    def _now(self, node: Node) -> dict[str, Any]:
        """Return the present meaning of a text, comparable to the goal."""
        chosen = choose_preset(node).node
        tree, _ = _meaning(chosen, _root(chosen, self._file))
        return tree

    def is_reached(self, node: Node) -> bool:
        """Whether a text, as it was read, means what it must."""
        checked = check(RecipeConfig, choose_preset(node).node, self._file)
        if checked.findings:
            return False
        return _with_root(loaded(self._file, checked, [])) == _with_root(self._wanted)

    def _changed(self, text: str, where: KeyPath, value: Any) -> str:
        if value is _ABSENT:
            return remove(text, where) if has(text, where) else put(text, where, None)
        # A list is replaced as a whole where the text does not have it.
        for length, segment in enumerate(where):
            if isinstance(segment, int) and not has(text, where[: length + 1]):
                where = where[:length]
                value = _at(self._tree, where)
                break
        return put(text, where, self._portable(value, where))

    def _portable(self, value: Any, at: KeyPath) -> Any:
        """Return a value in which paths are relative to the file."""
        if at in self._paths or at == _ROOT:
            return self._relative(Path(value))
        if isinstance(value, dict):
            return {key: self._portable(inner, (*at, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._portable(inner, (*at, index)) for index, inner in enumerate(value)]
        return value

    def _relative(self, path: Path) -> str:
        return relative_path(path, self._file)

    def _move_extends(self, folder: Path, text: str) -> str:
        """Return the text with the paths of what it extends, until now relative to ``folder``, relative to the file."""
        extends = read_yaml(self._file, text).value["extends"].plain()
        alone = isinstance(extends, str)
        for index, name in enumerate([extends] if alone else extends):
            if os.path.abspath(folder / name) != os.path.abspath(self._file.parent / name):
                text = put(text, ("extends",) if alone else ("extends", index), self._relative(folder / name))
        return text

    def _move_presets(self, original: Node, text: str) -> str:
        """Return the text with the paths in its presets relative to the file."""
        nodes = (original, read_extended(self._file, text))
        before, after = (choose_preset(_without_choice(node)) for node in nodes)
        for name, (_, old) in before.others.items():
            wanted, read = (file_paths(node.plain(), node.origins()) for node in (old, after.others[name][1]))
            for where, absolute in wanted.items():
                place = ("presets", name, *where)
                if read.get(where) != absolute and has(text, place):
                    text = put(text, place, self._relative(Path(absolute)))
        return text


def relative_path(path: Path, file: Path) -> str:
    """Return a path as a configuration file writes it: relative to itself, and seen to be a path."""
    relative = Path(os.path.relpath(path, file.parent)).as_posix()
    return relative if relative.startswith("..") else f"./{relative}"


def _meaning(node: Node, root: Path) -> tuple[dict[str, Any], dict[KeyPath, str]]:
    """Return a recipe as plain values with absolute paths, and where these stand."""
    tree, origins = node.plain(), node.origins()
    paths = file_paths(tree, origins)
    for where, absolute in paths.items():
        _at(tree, where[:-1])[where[-1]] = absolute
    tree["data"]["root"] = str(Path(os.path.abspath(root)))
    return tree, paths


def _root(node: Node, file: Path) -> Path:
    """Return where the tables are that a recipe means."""
    root = node.value["data"].value.get("root")
    written = node.value["competition"] if root is None else root
    return (written.origin.file or file).parent / ("data" if root is None else root.value)


def _with_root(recipe: Loaded[RecipeConfig]) -> tuple[dict[str, Any], str]:
    tree = {key: value for key, value in recipe.tree.items() if key != "default_recipe"}
    data = {key: value for key, value in tree["data"].items() if key != "root"}
    return {**tree, "data": data}, os.path.abspath(recipe.root)


def _changes(now: Any, goal: Any, at: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Yield the places where two plain trees differ and the values that they are to have."""
    if isinstance(now, dict) and isinstance(goal, dict) and not is_search(now, at):
        for key in [*goal, *(key for key in now if key not in goal)]:
            if key not in now or key not in goal:
                yield (*at, key), goal.get(key, _ABSENT)
            else:
                yield from _changes(now[key], goal[key], (*at, key))
    elif isinstance(now, list) and isinstance(goal, list) and len(now) == len(goal):
        for index, (current, wanted) in enumerate(zip(now, goal, strict=True)):
            yield from _changes(current, wanted, (*at, index))
    elif not same(now, goal):
        yield at, goal


def _without_choice(node: Node) -> Node:
    return Node({key: inner for key, inner in node.value.items() if key != "preset"}, node.origin)


def _at(tree: Any, path: KeyPath) -> Any:
    for segment in path:
        tree = tree[segment]
    return tree
