"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kit.cli.output import answer, note

Recipe = Annotated[
    Path, typer.Argument(metavar="YAML", help="A recipe, or a competition file (its default_recipe is taken).")
]
Overrides = Annotated[
    list[str], typer.Option("--set", metavar="A.B=C", help="Set a value of the recipe; may be given many times.")
]
DataRoot = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="The folder of the tables (instead of data.root, KIT_DATA): parquet, CSV, feather, .h5ad, in .zip or not.",
    ),
]
RunName = Annotated[
    Path, typer.Argument(metavar="RUN", help="A finished run: its folder, its recipe's name, or `latest`.")
]
Report = Annotated[
    bool,
    typer.Option("--report/--no-report", envvar="KIT_REPORT", help="Write report.html, the page of what was found."),
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where runs, submissions and the ledger are kept.")]


def _say_version(wanted: bool) -> None:
    if wanted:
        from kit.version import __version__

        answer(f"kit {__version__}")
        raise typer.Exit


def top(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Print the version, or the help when no command was given, which is wrong input."""
    help_when_alone(context)


def help_when_alone(context: typer.Context) -> None:
    """Print a group's help when no command was given, which is wrong input."""
    if context.invoked_subcommand is None:
        note(context.get_help())
        raise typer.Exit(2)
