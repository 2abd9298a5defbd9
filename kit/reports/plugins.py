"""The catalogue of plug-ins, as text."""

from __future__ import annotations

import inspect
import textwrap
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import kit.blends
import kit.features
import kit.metrics
import kit.models
import kit.postprocess
import kit.splits
import kit.targets
from kit.config.checks.plugins import nested_shape
from kit.plugins import Parameter, Registry, parameters

FAMILIES: dict[str, Registry[Any]] = {
    registry.family: registry
    for registry in (
        kit.splits.SPLITTERS,
        kit.features.FEATURES,
        kit.features.AUGMENTERS,
        kit.targets.TARGETS,
        kit.models.MODELS,
        kit.models.KERNELS,
        kit.blends.BLENDS,
        kit.postprocess.POSTPROCESSORS,
        kit.metrics.METRICS,
    )
}
"""Every family, in the order of the road."""


def describe_plugins(family: str | None = None) -> str:
    """Return a text that lists plug-ins by family: name, one line of help, parameters with types and defaults.

    Args:
        family: One family only.

    Raises:
        UnknownPluginError: There is no such family.
    """
    chosen = FAMILIES.values() if family is None else [Registry.of(family)]
    lines: list[str] = []
    for registry in chosen:
        lines.append(f"{registry.family}s")
        for cls in registry:
            lines.append(f"  {cls.kind}: {(inspect.getdoc(cls) or '').splitlines()[0]}")
            lines += [f"      {text}" for text in _parameter_lines(cls)]
        lines.append("")
    return "\n".join(lines).rstrip()


def catalogue(family: str | None = None) -> list[dict[str, Any]]:
    """Return what `describe_plugins` lists for programs: ``family``, ``name``, ``help`` and ``parameters`` of each."""
    return [
        {
            "family": registry.family,
            "name": cls.kind,
            "help": (inspect.getdoc(cls) or "").splitlines()[0],
            "parameters": [describe_parameter(one) for one in parameters(cls) if one.supplied is None],
        }
        for registry in (FAMILIES.values() if family is None else [Registry.of(family)])
        for cls in registry
    ]


def _parameter_lines(cls: type) -> Iterator[str]:
    shown = [describe_parameter(parameter) for parameter in parameters(cls) if parameter.supplied is None]
    if shown:
        yield from textwrap.wrap(", ".join(shown), width=110, break_long_words=False, break_on_hyphens=False)


def describe_parameter(parameter: Parameter) -> str:
    """Return a parameter as ``name: type = default``."""
    kind = type_name(parameter.annotation)
    if parameter.plugin is not None:
        takes_list, _ = nested_shape(parameter.annotation)
        kind = f"{parameter.plugin.family}s" if takes_list else f"a {parameter.plugin.family}"
    value = list(parameter.default) if isinstance(parameter.default, tuple) else parameter.default
    return f"{parameter.name}: {kind}" + ("" if parameter.required else f" = {value!r}")


def type_name(annotation: Any) -> str:
    """Return a type as a person writes it, ranges included: ``int >= 1``, ``"mean" | "median"``."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        limits = " and ".join(text for mark in arguments[1:] if (text := _limit(mark)))
        return f"{type_name(arguments[0])} {limits}".rstrip()
    if origin in (Union, types.UnionType):
        return " | ".join(type_name(argument) for argument in arguments)
    if origin is Literal:
        return " | ".join(f'"{argument}"' for argument in arguments)
    if annotation is type(None):
        return "null"
    if origin is tuple and arguments[1:] == (...,):  # YAML knows lists only
        return f"list[{type_name(arguments[0])}]"
    if origin is not None:
        inner = ", ".join(type_name(argument) for argument in arguments)
        return f"{getattr(origin, '__name__', origin)}[{inner}]"
    return getattr(annotation, "__name__", str(annotation))


def _limit(mark: Any) -> str:
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    parts = [f"{sign} {getattr(mark, name)}" for name, sign in signs.items() if getattr(mark, name, None) is not None]
    if getattr(mark, "min_length", None):
        parts.append(f"of at least {mark.min_length}")
    return " and ".join(parts)
