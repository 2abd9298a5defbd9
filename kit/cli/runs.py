"""``kit runs``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kit.cli.options import Out
from kit.cli.output import Document, answer, is_quiet, say, show_table


def runs(
    competition: Annotated[
        str | None, typer.Argument(metavar="COMPETITION", help="One competition's runs alone, by its name.")
    ] = None,
    out: Out = Path("submissions"),
) -> Document:
    """List the runs: recipe, score, date, state, size, settings."""
    from kit.training.run_table import run_table

    table = run_table(out, competition)
    if table.empty:
        say(f"no runs in {out}; `kit train` makes one")
    elif is_quiet():
        for place, name in zip(table["competition"], table["run"], strict=True):
            answer(str(out / place / "runs" / name))
    else:
        sizes = [f"{size:.1f}" for size in table["MiB"]]
        show_table(table.assign(MiB=sizes), f"Runs in {out}, the latest first")
    return table
