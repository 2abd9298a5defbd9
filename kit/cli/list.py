"""``kit list``."""

from __future__ import annotations

from typing import Annotated

import typer

from kit.cli.output import say


def list_plugins(
    family: Annotated[str | None, typer.Argument(help="One family only, such as model or feature.")] = None,
) -> None:
    """List every plug-in by family, with its parameters and one line of help."""
    from kit.reports.plugins import describe_plugins

    say(describe_plugins(family))
