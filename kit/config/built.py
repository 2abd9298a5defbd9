"""Recipes that were built in a program: plain values in place of a file's text, checked and written as files are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kit.config.checks.paths import file_paths
from kit.config.layers.extends import extended_files, merge, read_extended
from kit.config.layers.overrides import apply_overrides
from kit.config.layers.plugin_sites import normalise
from kit.config.layers.presets import choose_preset
from kit.config.load import Loaded, checked_recipe
from kit.config.schema import RecipeConfig
from kit.config.text.nodes import Node
from kit.config.text.origins import Origin, shown_path
from kit.config.text.yaml_file import inline
from kit.config.writing import relative_path
from kit.errors import ConfigError
from kit.files import new_file


def build_recipe(
    values: Mapping[str, Any], competition: Path, name: str, overrides: Iterable[str] = ()
) -> Loaded[RecipeConfig]:
    """Return a recipe that extends a competition file by plain values, as a file of them would.

    Args:
        values: What a recipe's file says, ``extends`` aside. Paths are relative to the current folder.
        competition: What it extends: a competition file, or another recipe.
        name: The recipe's name, which messages, runs and submissions carry.
        overrides: Values in place of its own, ``key=value`` each.

    Raises:
        ConfigError: Lists every problem, each with its place in the recipe.
    """
    shown = name if name == "recipe" else f"recipe {name}"
    own = _node(dict(values), Origin(Path.cwd() / shown))
    node = merge(read_extended(competition), normalise(own))
    return checked_recipe(Path.cwd() / f"{name}.yaml", choose_preset(node, overrides))


def changed_values(values: Mapping[str, Any], overrides: Iterable[str]) -> dict[str, Any]:
    """Return the values of a recipe changed by ``key=value`` texts.

    Raises:
        ConfigError: A text is none, or leads nowhere.
    """
    changed: dict[str, Any] = apply_overrides(normalise(_node(dict(values), Origin())), overrides).plain()
    return changed


def write_built(values: Mapping[str, Any], competition: Path, wanted: Loaded[RecipeConfig], file: Path) -> None:
    """Write a built recipe as a file that extends its competition; loading it gives the same recipe.

    Args:
        values: As in `build_recipe`.
        competition: As there.
        wanted: What `build_recipe` made of them.
        file: The file; it appears by rename.

    Raises:
        ConfigError: The recipe extends this file, or the values cannot be written.
        RunError: The file cannot be written.
    """
    file = Path(os.path.abspath(file))
    if file in extended_files(competition):
        raise ConfigError(f"{shown_path(file)}: the recipe {wanted.name} extends this file; write another one")
    tree = _portable(values, file)
    lines = [f"extends: {inline(relative_path(competition, file))}"]
    for key, value in tree.items():
        if isinstance(value, dict) and value and key in ("features", "models", "stages", "presets"):
            lines += [f"{key}:", *(f"  {inline(name)}: {inline(entry)}" for name, entry in value.items())]
        else:
            lines.append(f"{key}: {inline(value)}")
    text = "".join(f"{line}\n" for line in lines)
    read = checked_recipe(file, choose_preset(read_extended(file, text)))
    if read.config.model_dump(exclude={"data": {"root"}}) != wanted.config.model_dump(exclude={"data": {"root"}}):
        raise ConfigError(f"{shown_path(file)}: the recipe {wanted.name} cannot be written as a file of plain values")
    with new_file(file) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _node(value: Any, origin: Origin) -> Node:
    if isinstance(value, dict):
        return Node({str(key): _node(inner, origin) for key, inner in value.items()}, origin)
    if isinstance(value, list):
        return Node([_node(inner, origin) for inner in value], origin)
    return Node(value, origin)


def _portable(values: Mapping[str, Any], file: Path) -> dict[str, Any]:
    """Return values in which the paths of files are relative to the file that will hold them."""
    node = normalise(_node(dict(values), Origin(Path.cwd() / file.name)))
    tree: dict[str, Any] = node.plain()
    for path, absolute in file_paths(tree, node.origins()).items():
        inner: Any = tree
        for segment in path[:-1]:
            inner = inner[segment]
        inner[path[-1]] = relative_path(Path(absolute), file)
    return tree
