"""Paths in plug-ins' parameters, which a recipe writes relative to its own file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kit.config.origins import KeyPath, Origins
from kit.config.plugins import plugin_class
from kit.config.positions import plugin_entries
from kit.plugins import parameters


def resolve_paths(tree: dict[str, Any], origins: Origins) -> None:
    """Replace parameters marked `kit.plugins.FilePath` by absolute paths, in place.

    A value from ``--set`` is relative to the current folder. A word that is no existing path beside the file is left as
    it is unless it says that it is a path (``./x``, ``../x``): it may be the id of a model on a hub.
    """
    for path, family, entry in plugin_entries(tree):
        _resolve(path, family, entry, origins)


def _resolve(path: KeyPath, family: str, entry: Any, origins: Origins) -> None:
    cls = plugin_class(family, entry)
    params = entry.get("params") if isinstance(entry, dict) else None
    if cls is None or not isinstance(params, dict):
        return
    for parameter in parameters(cls):
        value = params.get(parameter.name)
        where = (*path, "params", parameter.name)
        if parameter.is_path and isinstance(value, str):
            file = origins[where].file
            found = (file.parent if file is not None else Path.cwd()) / Path(value).expanduser()
            if found.exists() or value.startswith(("./", "../")):
                params[parameter.name] = str(found.resolve())
        elif parameter.plugin is not None:
            for index, item in enumerate(value if isinstance(value, list) else [value]):
                inner = (*where, index) if isinstance(value, list) else where
                _resolve(inner, parameter.plugin.family, item, origins)
