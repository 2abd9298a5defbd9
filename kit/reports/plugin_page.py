"""All of one plug-in, as text: what it does, its parameters, how a recipe names it."""

from __future__ import annotations

import inspect
import sys
import textwrap
from dataclasses import dataclass

from kit.config.show.docstrings import parameter_descriptions
from kit.errors import UnknownPluginError, nearest
from kit.plugins import Parameter, Plugin, parameters
from kit.reports.plugins import FAMILIES, describe_parameter

_WIDTH = 110
_SECTIONS = ("Args:", "Attributes:")


def family_of(name: str) -> str | None:
    """Return the family of a name, which may be its heading (``models``); None where it is no family's."""
    return next((family for family in FAMILIES if name in (family, f"{family}s")), None)


def describe_plugin(kind: str) -> str:
    """Return the page of a plug-in; of all, where several families have one of the name.

    Raises:
        UnknownPluginError: No family has one; the message names the nearest plug-in or family.
    """
    found = [registry.get(kind) for registry in FAMILIES.values() if kind in registry]
    if not found:
        known = {*FAMILIES, *(name for registry in FAMILIES.values() for name in registry.kinds())}
        near = nearest(kind, known)
        hint = f"did you mean {near!r}?" if near else f"families: {', '.join(FAMILIES)}; `kit list` shows all"
        raise UnknownPluginError(f"no family and no plug-in is called {kind!r} ({hint})")
    return "\n\n".join(map(_page, found))


@dataclass(frozen=True)
class PluginPage:
    """What there is to say about a plug-in.

    Attributes:
        title: Its family and short name.
        about: Its docstring up to the sections.
        parameters: Each as ``name: type = default``, and what its docstring says of it.
        entry: How a recipe names it, with the parameters that it needs.
        statement: How Python imports it.
    """

    title: str
    about: str
    parameters: dict[str, str]
    entry: str
    statement: str


def plugin_page(cls: type[Plugin]) -> PluginPage:
    """Return what there is to say about a plug-in."""
    told = parameter_descriptions(cls)
    shown = [parameter for parameter in parameters(cls) if parameter.supplied is None]
    needed = ", ".join(f"{parameter.name}: {_example(parameter)}" for parameter in shown if parameter.required)
    return PluginPage(
        title=f"{cls.family} {cls.kind}",
        about=_about(cls),
        parameters={describe_parameter(parameter): told.get(parameter.name, "") for parameter in shown},
        entry=f"{{kind: {cls.kind}, params: {{{needed}}}}}" if needed else f"{{kind: {cls.kind}}}",
        statement=f"from {importable_from(cls)} import {cls.__name__}",
    )


def _page(cls: type[Plugin]) -> str:
    page = plugin_page(cls)
    lines = [page.title, "", page.about]
    if page.parameters:
        lines += ["", "parameters"]
    for parameter, told in page.parameters.items():
        lines.append(f"  {parameter}")
        lines += textwrap.wrap(told, _WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
    lines += ["", f"in a recipe: {page.entry}", f"in Python: {page.statement}"]
    return "\n".join(lines)


def importable_from(cls: type) -> str:
    """Return the shortest name of a package or module that hands a class out."""
    parts = cls.__module__.split(".")
    names = [".".join(parts[:length]) for length in range(1, len(parts))]
    handing_out = (name for name in names if getattr(sys.modules.get(name), cls.__name__, None) is cls)
    return next(handing_out, cls.__module__)


def _about(cls: type[Plugin]) -> str:
    """Return a class's docstring before its sections."""
    lines = (inspect.getdoc(cls) or "").splitlines()
    end = next((at for at, line in enumerate(lines) if line in _SECTIONS), len(lines))
    return "\n".join(lines[:end]).rstrip()


def _example(parameter: Parameter) -> str:
    return "{kind: …}" if parameter.plugin is not None else "…"
