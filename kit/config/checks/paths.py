"""Paths in plug-ins' parameters and of further rows, which a recipe writes relative to its own file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kit.config.checks.plugins import plugin_class
from kit.config.checks.references.stages import stage_sections
from kit.config.layers.plugin_sites import plugin_entries
from kit.config.text.origins import KeyPath, Origins
from kit.plugins import parameters


def resolve_paths(tree: dict[str, Any], origins: Origins) -> None:
    """Replace parameters marked `kit.plugins.FilePath`, and the tables of pseudo-labels, by absolute paths, in place.

    A value from ``--set`` is relative to the current folder. A word that is no existing path beside the file is left as
    it is unless it says that it is a path (``./x``, ``../x``): it may be the id of a model on a hub.
    """
    for path, absolute in file_paths(tree, origins).items():
        inner: Any = tree
        for segment in path[:-1]:
            inner = inner[segment]
        inner[path[-1]] = absolute


def file_paths(tree: dict[str, Any], origins: Origins) -> dict[KeyPath, str]:
    """Return the absolute path of every file that a plain tree names, by the place of its name."""
    paths: dict[KeyPath, str] = {}
    for path, family, entry in plugin_entries(tree):
        paths.update(_parameter_paths(path, family, entry, origins))
    for stage in stage_sections(tree):
        rows, where = stage.pseudo_labels.get("rows"), (*stage.path, "pseudo_labels", "rows")
        if isinstance(rows, str) and rows != "test":
            paths[where] = str(_located(rows, where, origins).resolve())
    return paths


def _parameter_paths(path: KeyPath, family: str, entry: Any, origins: Origins) -> Iterator[tuple[KeyPath, str]]:
    cls = plugin_class(family, entry)
    params = entry.get("params") if isinstance(entry, dict) else None
    if cls is None or not isinstance(params, dict):
        return
    for parameter in parameters(cls):
        value = params.get(parameter.name)
        where = (*path, "params", parameter.name)
        if parameter.is_path and isinstance(value, str):
            file = _located(value, where, origins)
            if os.path.exists(file) or value.startswith(("./", "../")):
                yield where, str(file.resolve())
        elif parameter.plugin is not None:
            for index, item in enumerate(value if isinstance(value, list) else [value]):
                inner = (*where, index) if isinstance(value, list) else where
                yield from _parameter_paths(inner, parameter.plugin.family, item, origins)


def _located(value: str, where: KeyPath, origins: Origins) -> Path:
    file = origins[where].file
    return (file.parent if file is not None else Path.cwd()) / Path(value).expanduser()
