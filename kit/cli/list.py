"""``kit list``."""

from __future__ import annotations

import textwrap
from typing import Annotated

import typer

from kit.cli.output import Document, answer, is_quiet, terminal_width

_PARAMETERS = " " * 6
"""How the lines of a plug-in's parameters begin."""


def list_plugins(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A family, such as model or feature, or a plug-in, such as ridge."),
    ] = None,
) -> Document:
    """List the plug-ins by family, or show all of one."""
    from kit.reports.plugin_page import describe_plugin, family_of
    from kit.reports.plugins import catalogue, describe_plugins

    family = None if name is None else family_of(name)
    if name is not None and family is None:
        answer(describe_plugin(name))
        return [line for line in catalogue() if line["name"] == name]
    if is_quiet():
        for line in catalogue(family):
            answer(line["name"])
    else:
        text, width = describe_plugins(family), terminal_width()
        answer(text if width is None else wrapped(text, width))
    return catalogue(family)


def wrapped(text: str, width: int) -> str:
    """Return the list of plug-ins wrapped anew for a terminal of so many columns (at least 40 are used)."""
    paragraphs: list[str] = []
    for line in text.splitlines():
        if line.startswith(_PARAMETERS) and paragraphs[-1].startswith(_PARAMETERS):
            paragraphs[-1] += " " + line.strip()
        else:
            paragraphs.append(line)
    lines: list[str] = []
    for paragraph in paragraphs:
        indent = _PARAMETERS if paragraph.startswith(_PARAMETERS) else " " * 4
        lines += textwrap.wrap(
            paragraph, max(width, 40), subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        ) or [""]
    return "\n".join(lines)
