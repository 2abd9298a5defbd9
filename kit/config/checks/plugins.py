"""The check of every plug-in entry: does its kind exist, does it take these parameters."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Union, get_args, get_origin

from pydantic import ValidationError

from kit.config.build import as_annotated, refers_to_block
from kit.config.checks.references.left_out import LeftOut, no_block
from kit.config.checks.structure import check_structure, explain
from kit.config.messages import describe, show, unwrap
from kit.config.schema import ModelConfig, PluginConfig
from kit.config.text.mistakes import Mistake
from kit.config.text.origins import KeyPath
from kit.errors import InputError, UnknownPluginError, did_you_mean, nearest
from kit.plugins import Parameter, Plugin, PluginOf, Registry, parameter_model, parameters

_LOCATED = re.compile(r"([A-Za-z_]\w*(?:\.[\w\-]+)*): (.*)")
_GAP = object()
"""Stands for a nested plug-in that could not be constructed; why is said where that plug-in is written."""


@dataclass
class Checked:
    """The result of checking a plug-in entry.

    Attributes:
        plugin: The plug-in, constructed without what the kit supplies; None when something is wrong with it.
        problems: What is wrong.
        references: The feature blocks it refers to, by the path where the name stands.
    """

    plugin: Plugin | None = None
    mistakes: list[Mistake] = field(default_factory=list)
    references: dict[KeyPath, str] = field(default_factory=dict)


class PluginChecker:
    """Checks plug-in entries of one recipe, each feature block once.

    Args:
        blocks: The entries of the recipe's ``features``, written out.
        left_out: The blocks that were switched off.
    """

    def __init__(self, blocks: Mapping[str, Any], left_out: LeftOut | None = None) -> None:
        self._entries = blocks
        self._left_out = left_out or LeftOut()
        self._blocks: dict[str, Checked] = {}
        self._open: set[str] = set()

    def block(self, name: str) -> Checked:
        """Check a feature block; in a circle of references the block that is met again counts as not constructed."""
        if name in self._open:
            return Checked()
        if name not in self._blocks:
            self._open.add(name)
            self._blocks[name] = self.entry(("features", name), "feature", self._entries[name])
            self._open.remove(name)
        return self._blocks[name]

    def entry(self, path: KeyPath, family: str, entry: Any) -> Checked:
        """Check one entry and the plug-ins inside its parameters.

        An entry that is no mapping with a word as ``kind`` and a mapping as ``params`` is left to the check of the
        structure.

        Args:
            path: Where it stands.
            family: The family of its ``kind``.
            entry: The plain entry.
        """
        result = Checked()
        params = entry.get("params", {}) if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(entry.get("kind"), str) or not isinstance(params, dict):
            return result
        try:
            cls = Registry.of(family).get(entry["kind"])
        except UnknownPluginError as error:
            result.mistakes.append(Mistake((*path, "kind"), str(error)))
            return result
        values = self._values(path, cls, params, result)
        if values is None:
            return result
        if not result.mistakes:
            result.plugin = _construct(path, cls, values, result.mistakes)
        elif any(parameter.of_library for parameter in parameters(cls) if parameter.name in values):
            # A library's own names are checked by the plug-in: what else is wrong must not hide them.
            wrong = {mistake.path[len(path) + 1] for mistake in result.mistakes if len(mistake.path) > len(path) + 1}
            _construct(path, cls, {name: value for name, value in values.items() if name not in wrong}, result.mistakes)
        return result

    def _values(
        self, path: KeyPath, cls: type[Plugin], params: dict[str, Any], result: Checked
    ) -> dict[str, Any] | None:
        """Check parameters one by one; return constructor arguments, or None when a nested plug-in is not there."""
        known = {parameter.name: parameter for parameter in parameters(cls)}
        result.mistakes.extend(_unknown_parameters(path, cls, params))
        given = {
            name: as_annotated(known[name].annotation, value)
            for name, value in params.items()
            if name in known and known[name].supplied is None
        }
        result.mistakes.extend(_missing_parameters(path, cls, given))
        result.mistakes.extend(_wrong_values(path, cls, given))
        complete = True
        for name, value in given.items():
            if known[name].plugin is not None:
                given[name] = self._nested((*path, "params", name), known[name], value, result)
                complete = complete and not _has_gap(given[name])
        return given if complete else None

    def _nested(self, path: KeyPath, parameter: Parameter, value: Any, result: Checked) -> Any:
        """Check the value of a parameter that takes plug-ins; return the plug-ins, `_GAP` for those not constructed."""
        mark = parameter.plugin
        if mark is None:
            return value
        takes_list, takes_null = nested_shape(parameter.annotation)
        if value is None and takes_null:
            return None
        if isinstance(value, list) and takes_list:
            return [self._one_nested((*path, index), mark, item, result) for index, item in enumerate(value)]
        if isinstance(value, list) or takes_list or value is None:
            expected = f"a list of {mark.family} plug-ins" if takes_list else f"one {mark.family} plug-in"
            result.mistakes.append(Mistake(path, f"expected {expected}, got {show(value)}"))
            return _GAP
        return self._one_nested(path, mark, value, result)

    def _one_nested(self, path: KeyPath, mark: PluginOf, value: Any, result: Checked) -> Any:
        if isinstance(value, str) and refers_to_block(mark):
            return self._referred(path, value, result)
        entry = {"kind": value} if isinstance(value, str) else value
        hint = partial(params_hint, mark.family, entry)
        _, mistakes = check_structure(PluginConfig, entry, path, hint)
        result.mistakes.extend(mistakes)
        checked = self.entry(path, mark.family, entry)
        result.mistakes.extend(checked.mistakes)
        result.references.update(checked.references)
        return checked.plugin if checked.plugin is not None else _GAP

    def _referred(self, path: KeyPath, name: str, result: Checked) -> Any:
        result.references[path] = name
        if name in self._entries:
            plugin = self.block(name).plugin
            return plugin if plugin is not None else _GAP
        write = f"; for a plug-in of its own write {{kind: {name}}}" if name in Registry.of("feature") else ""
        message = no_block(name, self._entries, self._left_out, nearby=not write)
        result.mistakes.append(Mistake(path, message + write))
        return _GAP


def params_hint(family: str | None, entry: Any, path: KeyPath) -> str | None:
    """Return "it belongs under params" for a key beside ``params`` that is a parameter of the entry's plug-in."""
    cls = plugin_class(family, entry)
    if cls is not None and path[-1] in settable(cls):
        return "it belongs under params"
    return None


def plugin_class(family: str | None, entry: Any) -> type[Plugin] | None:
    """Return the class of an entry, or None when its kind does not exist."""
    kind = entry.get("kind") if isinstance(entry, dict) else None
    if family is None or not isinstance(kind, str) or kind not in Registry.of(family):
        return None
    return Registry.of(family).get(kind)


def settable(cls: type[Plugin]) -> dict[str, Parameter]:
    """Return the parameters of a class that a recipe can set, by name."""
    return {parameter.name: parameter for parameter in parameters(cls) if parameter.supplied is None}


def unknown_parameter(cls: type[Plugin], name: str) -> str | None:
    """Return why a recipe cannot set a parameter of that name, or None when it can."""
    known = settable(cls)
    if name in known:
        return None
    supplied = {parameter.name: parameter.supplied for parameter in parameters(cls) if parameter.supplied is not None}
    if name in supplied:
        return f"cannot be set here: it comes from {supplied[name].source}; remove the line"
    explained = cls.explain_parameter(name)
    if explained is not None:
        return f"{cls.__name__} has no parameter {name!r}: {explained}"
    hint = did_you_mean(name, known) or " (it has none)"
    if nearest(name, known) is None:
        if name in ModelConfig.model_fields:
            hint = f" ({name!r} stands beside params, not in it)"
        elif place := next((parameter.name for parameter in known.values() if parameter.of_library), None):
            hint += f"; parameters of the library itself go under {place}"
    return f"{cls.__name__} has no parameter {name!r}{hint}"


def _unknown_parameters(path: KeyPath, cls: type[Plugin], params: dict[str, Any]) -> list[Mistake]:
    messages = [((*path, "params", name), unknown_parameter(cls, name)) for name in params]
    return [Mistake(where, message) for where, message in messages if message is not None]


def _missing_parameters(path: KeyPath, cls: type[Plugin], given: dict[str, Any]) -> list[Mistake]:
    missing = [parameter for name, parameter in settable(cls).items() if parameter.required and name not in given]
    return [
        Mistake(path, f"{cls.__name__} needs the parameter {parameter.name!r} ({_expected(parameter)})")
        for parameter in missing
    ]


def _wrong_values(path: KeyPath, cls: type[Plugin], given: dict[str, Any]) -> list[Mistake]:
    """Compare values with the constructor's annotations; missing ones and nested plug-ins are checked elsewhere."""
    model = parameter_model(cls)
    try:
        model.model_validate(given)
    except ValidationError as error:
        mistakes = explain(error, model, given, (*path, "params"))
        return [mistake for mistake in mistakes if mistake.path[len(path) + 1] in given]
    return []


def _expected(parameter: Parameter) -> str:
    if parameter.plugin is None:
        return describe(parameter.annotation)
    what = "the name of a feature block or " if refers_to_block(parameter.plugin) else ""
    what += f"a {parameter.plugin.family} plug-in, {{kind: …, params: {{…}}}}"
    return f"a list, each {what}" if nested_shape(parameter.annotation)[0] else what


def nested_shape(annotation: Any) -> tuple[bool, bool]:
    """Return whether a parameter for plug-ins takes a list of them, and whether it takes null."""
    inner, _ = unwrap(annotation)
    options = get_args(inner) if get_origin(inner) in (Union, types.UnionType) else (inner,)
    origins = [get_origin(unwrap(option)[0]) or option for option in options]
    return any(origin in (list, Sequence) for origin in origins), type(None) in options


def _has_gap(value: Any) -> bool:
    return value is _GAP or (isinstance(value, list) and any(item is _GAP for item in value))


def _construct(path: KeyPath, cls: type[Plugin], values: dict[str, Any], mistakes: list[Mistake]) -> Plugin | None:
    """Construct a plug-in and let it check what concerns several parameters, or those of a library."""
    supplied = {parameter.name: None for parameter in parameters(cls) if parameter.supplied and parameter.required}
    try:
        plugin = cls(**values, **supplied)
        plugin.check_parameters()
    except InputError as error:
        mistakes.extend(_located(path, cls, line) for line in str(error).splitlines())
        return None
    return plugin


def _located(path: KeyPath, cls: type[Plugin], message: str) -> Mistake:
    """Place a message that begins with the parameter it is about ("library_params.num_leaf: …") at that one."""
    message = message.removeprefix(f"{cls.__name__}: ")
    match = _LOCATED.fullmatch(message)
    if match is not None and (where := match.group(1).split("."))[0] in settable(cls):
        inside = [int(segment) if segment.isdigit() else segment for segment in where]
        return Mistake((*path, "params", *inside), match.group(2))
    return Mistake(path, message)
