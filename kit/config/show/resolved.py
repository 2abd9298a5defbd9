"""Writing a configuration out: with the origin of every value for readers, plain for run directories."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML

from kit.config.build import refers_to_block
from kit.config.checks.plugins import settable
from kit.config.layers.kit_version import written_by
from kit.config.layers.plugin_sites import family_at
from kit.config.load import Loaded
from kit.config.text.origins import KeyPath
from kit.config.text.yaml_file import inline
from kit.plugins import Parameter, Plugin, Registry

_COMMENT_COLUMN = 60


def dump(loaded: Loaded[Any], root: Path | None = None) -> str:
    """Return the configuration as YAML that depends on no other file.

    Defaults of the structure are written, those of plug-ins' parameters are not. ``data.root`` is absolute, ``extends``
    is gone, and ``kit_version`` says which kit wrote the text, where the files do not say it. Loading the text gives an
    equal configuration, these two aside.

    Args:
        loaded: The configuration.
        root: Where the tables really are (after ``--data`` and KIT_DATA), if that is known.
    """
    asked = loaded.config.kit_version or written_by()
    values = _written(loaded.config.model_copy(update={"kit_version": asked}))
    values["data"]["root"] = str((root or loaded.root).resolve())
    stream = io.StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.width = 10**6
    writer.dump(values, stream)
    return stream.getvalue()


def render(loaded: Loaded[Any]) -> str:
    """Return the configuration as YAML with all defaults, those of plug-ins' parameters included.

    Every line that holds a value ends in a comment with its origin: ``# competitions/x.yaml:23``, ``# --set …`` or
    ``# default``.
    """
    values = _with_parameter_defaults(_written(loaded.config), ())
    lines: list[tuple[str, str]] = []
    _lines(values, (), 0, loaded, lines)
    column = min(max((len(text) for text, comment in lines if comment), default=0), _COMMENT_COLUMN)
    return "".join(f"{text:<{column}}  # {comment}\n" if comment else f"{text}\n" for text, comment in lines)


def plain(loaded: Loaded[Any]) -> dict[str, Any]:
    """Return what `render` writes as plain values, and where each of them comes from, by its path."""
    values = _with_parameter_defaults(_written(loaded.config), ())
    return {"values": values, "origins": dict(_origins(values, (), loaded))}


def _origins(value: Any, path: KeyPath, loaded: Loaded[Any]) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _origins(inner, (*path, key), loaded)
    else:
        yield ".".join(map(str, path)), str(loaded.origins.exact(_written_path(path, loaded)))


def _written(value: Any) -> Any:
    """Return a checked object as plain values; what is None or empty by default is left out."""
    if isinstance(value, BaseModel):
        plain = {}
        for name, field in type(value).model_fields.items():
            inner = getattr(value, name)
            # Switched off entries are gone from a checked configuration, and so are the presets not chosen.
            if inner is None or name == "enabled":
                continue
            written = _written(inner)
            if written != {} or field.is_required():
                plain[name] = written
        return plain
    if isinstance(value, dict):
        return {key: _written(inner) for key, inner in value.items()}
    return [_written(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _with_parameter_defaults(value: Any, path: KeyPath, chosen: frozenset[str] = frozenset()) -> Any:
    """Return plain values in which every plug-in has all its parameters, but for those that are to be chosen."""
    if isinstance(value, list):
        return [_with_parameter_defaults(inner, (*path, index)) for index, inner in enumerate(value)]
    if not isinstance(value, dict):
        return value
    candidates = frozenset(value.get("choose") or ())
    if family_at(path) == "model":
        chosen = candidates
    inside = {key: inner for key, inner in value.items() if key != "params"}
    inside = {
        key: _with_parameter_defaults(
            inner,
            (*path, key),
            frozenset(name.removeprefix("target.") for name in chosen if name.startswith("target.")),
        )
        for key, inner in inside.items()
    }
    family = family_at(path)
    if family is None:
        return inside if "params" not in value else {**inside, "params": value["params"]}
    params = _all_parameters(family, value, chosen)
    # `kind` first, its parameters next, then what else the entry says.
    return {"kind": value["kind"], **({"params": params} if params else {}), **inside}


def _all_parameters(family: str, entry: dict[str, Any], chosen: frozenset[str]) -> dict[str, Any]:
    given = entry.get("params", {})
    values = {}
    for name, parameter in settable(Registry.of(family).get(entry["kind"])).items():
        if name in given:
            values[name] = _nested(parameter, given[name])
        elif not parameter.required and f"params.{name}" not in chosen:
            values[name] = _plain_default(parameter.default)
    return values


def _nested(parameter: Parameter, value: Any) -> Any:
    """Return the value of a parameter; plug-ins in it get their defaults too."""
    if parameter.plugin is None or value is None:
        return value
    if isinstance(value, list):
        return [_nested(parameter, item) for item in value]
    if isinstance(value, str):
        if refers_to_block(parameter.plugin):
            return value
        value = {"kind": value}
    params = _all_parameters(parameter.plugin.family, value, frozenset())
    return {"kind": value["kind"], **({"params": params} if params else {})}


def _plain_default(value: Any) -> Any:
    if isinstance(value, Plugin):
        return {"kind": value.kind, "params": _plain_default(value.get_params(deep=False))}
    if isinstance(value, dict):
        return {key: _plain_default(inner) for key, inner in value.items()}
    return [_plain_default(inner) for inner in value] if isinstance(value, (list, tuple)) else value


def _lines(value: Any, path: KeyPath, indent: int, loaded: Loaded[Any], lines: list[tuple[str, str]]) -> None:
    """Append the lines of a mapping or a list of mappings, as pairs of text and comment."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in items:
        at = (*path, key)
        head = " " * indent + (f"{inline(key)}:" if isinstance(value, dict) else "-")
        if inner and (isinstance(inner, dict) or (isinstance(inner, list) and any(map(_is_deep, inner)))):
            start = len(lines)
            if isinstance(value, dict):
                lines.append((head, ""))
            _lines(inner, at, indent + 2, loaded, lines)
            if not isinstance(value, dict):  # the entry's first line carries the dash
                text, comment = lines[start]
                lines[start] = (f"{head} {text[indent + 2 :]}", comment)
        else:
            lines.append((f"{head} {inline(inner)}", str(loaded.origins.exact(_written_path(at, loaded)))))


def _written_path(path: KeyPath, loaded: Loaded[Any]) -> KeyPath:
    """Return where a value was written: nested plug-ins may be a word that stands for ``{kind: word}``."""
    if path not in loaded.origins and path[-1] == "kind" and "params" in path:
        return path[:-1]
    return path


def _is_deep(value: Any) -> bool:
    return isinstance(value, (dict, list))
