"""``kit runs``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kit.cli.options import Out
from kit.cli.output import say, show_table


def runs(
    competition: Annotated[
        str | None, typer.Argument(metavar="COMPETITION", help="One competition's runs alone, by its name.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the table for programs.")] = False,
    out: Out = Path("submissions"),
) -> None:
    """List the runs: score, date, state, size, settings.

    kit runs
    """
    from kit.training.run_table import run_table

    table = run_table(out, competition)
    if as_json:
        say(table.to_json(orient="records", indent=1))
    elif table.empty:
        say(f"no runs in {out}; `kit train` makes one")
    else:
        show_table(table, f"Runs in {out}")
