"""``kit list``."""

from __future__ import annotations

import textwrap
from typing import Annotated

import typer

from kit.cli.output import say, terminal_width

_PARAMETERS = " " * 6
"""How the lines of a plug-in's parameters begin."""


def list_plugins(
    family: Annotated[
        str | None, typer.Argument(metavar="FAMILY", help="One family only, such as model or feature.")
    ] = None,
) -> None:
    """List the plug-ins by family, with their parameters."""
    from kit.reports.plugins import FAMILIES, describe_plugins

    # The headings of the list are in the plural: `kit list models` is what one reads there.
    if family is not None and family.removesuffix("s") in FAMILIES:
        family = family.removesuffix("s")
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
