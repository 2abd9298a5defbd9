"""``kit list``."""

from __future__ import annotations

import textwrap
from typing import Annotated

import typer

from kit.cli.output import say, terminal_width

_PARAMETERS = " " * 6
"""How the lines of a plug-in's parameters begin."""


def list_plugins(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A family, such as model or feature, or a plug-in, such as ridge."),
    ] = None,
) -> None:
    """List the plug-ins by family, or show all of one.

    Such as `kit list models`, `kit list ridge`.
    """
    from kit.reports.plugin_page import describe_plugin, family_of
    from kit.reports.plugins import describe_plugins

    family = None if name is None else family_of(name)
    if name is not None and family is None:
        say(describe_plugin(name))
        return
    text, width = describe_plugins(family), terminal_width()
    say(text if width is None else wrapped(text, width))


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
