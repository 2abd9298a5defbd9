"""From what a program says of a recipe, plug-in objects among it, to the plain values that a file would say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from kit.config.layers.plugin_sites import is_named
from kit.config.text.origins import KeyPath, dotted
from kit.config.text.yaml_file import inline
from kit.errors import ConfigError
from kit.plugins import Plugin, Registry, parameters


def plain(value: Any, at: KeyPath = ()) -> Any:
    """Return a value of a recipe as a file would have it.

    A plug-in object becomes ``{kind: …, params: {…}}`` with the parameters that differ from their defaults, a class its
    kind; a mapping whose ``kind`` is an object keeps its other keys. Features and models in a list have the names of
    their kinds.

    Args:
        value: Words, numbers, lists, mappings, paths, plug-ins.
        at: Its place in the recipe.

    Raises:
        ConfigError: It is nothing that a file can hold.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Path):
        return str(value.absolute())
    if isinstance(value, Plugin):
        return _entry(value, at)
    if isinstance(value, type) and issubclass(value, Plugin):
        return {"kind": _kind(value, at)}
    if isinstance(value, Mapping):
        return _mapping(value, at)
    if isinstance(value, (list, tuple)):
        return _by_kind(value, at) if is_named(at) else [plain(item, (*at, index)) for index, item in enumerate(value)]
    raise ConfigError(
        f"{dotted(at)}: a {type(value).__name__} cannot be part of a recipe; expected a plug-in of the kit, its name, "
        "a number, a text, a list or a dict of these"
    )


def override(path: str, value: Any) -> str:
    """Return ``path=value`` as ``--set`` takes it."""
    return f"{path}={inline(plain(value, tuple(path.split('.'))))}"


def _mapping(value: Mapping[Any, Any], at: KeyPath) -> dict[str, Any]:
    entry = {str(key): plain(inner, (*at, str(key))) for key, inner in value.items()}
    if not isinstance(entry.get("kind"), dict):
        return entry
    if "params" in entry:
        raise ConfigError(f"{dotted(at)}: the object given as its kind has its parameters; remove params")
    return {**entry.pop("kind"), **entry}


def _by_kind(values: Iterable[Any], at: KeyPath) -> dict[str, Any]:
    """Return the entries of a list by the names of their kinds."""
    named: dict[str, Any] = {}
    for index, value in enumerate(values):
        entry = plain(value, (*at, index))
        kind = entry if isinstance(entry, str) else entry.get("kind") if isinstance(entry, dict) else None
        if not isinstance(kind, str):
            raise ConfigError(f"{dotted((*at, index))}: expected a plug-in or its name, got {value!r}")
        if kind in named:
            raise ConfigError(f"{dotted(at)}: two are {kind!r}; give a dict with a name for each: {{'first': …}}")
        named[kind] = entry
    return named


def _entry(plugin: Plugin, at: KeyPath) -> dict[str, Any]:
    cls = type(plugin)
    changed = {}
    for parameter in parameters(cls):
        value = getattr(plugin, parameter.name)
        alike = type(value) is type(parameter.default) and value == parameter.default
        if parameter.supplied is None and value is not parameter.default and not alike:
            changed[parameter.name] = plain(value, (*at, "params", parameter.name))
    return {"kind": _kind(cls, at), **({"params": changed} if changed else {})}


def _kind(cls: type[Plugin], at: KeyPath) -> str:
    """Return the name of a class, under which a recipe finds it.

    Raises:
        ConfigError: It finds another class there, or none.
    """
    if not cls.family or Registry.of(cls.family).get(cls.kind) is not cls:
        raise ConfigError(
            f"{dotted(at)}: {cls.__name__} has no name in a registry; put @MODELS.register('short_name') (or that of "
            "its family) above the class"
        )
    return str(cls.kind)
