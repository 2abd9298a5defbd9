"""Printing: rich on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def say(text: str = "") -> None:
    """Print a line to standard output."""
    print(text, flush=True)


def note(text: str) -> None:
    """Print a line that is not the result to standard error."""
    print(text, file=sys.stderr, flush=True)


def show_table(frame: pd.DataFrame, title: str, digits: int = 4) -> None:
    """Print a data frame: a ruled table on a terminal, aligned columns elsewhere; numbers with so many digits."""
    cells = [[_cell(value, digits) for value in line] for line in frame.itertuples(index=False)]
    numeric = [kind in "fiu" for kind in (frame[name].dtype.kind for name in frame.columns)]
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(title=title, title_justify="left")
        for name, right in zip(frame.columns, numeric, strict=True):
            table.add_column(str(name), justify="right" if right else "left")
        for line in cells:
            table.add_row(*line)
        Console().print(table)
        return
    header = [str(name) for name in frame.columns]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    say(title)
    for line in [header, *cells]:
        parts = [
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(line, widths, numeric, strict=True)
        ]
        say("  " + "  ".join(parts).rstrip())


def _cell(value: object, digits: int) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.{digits}f}"
    return str(value)
