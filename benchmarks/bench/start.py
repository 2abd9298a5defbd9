"""Start-up: help of the command line, and what an import loads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench.side_by_side import Line, command, commands_in_turns

# As many commands as the kit has, with nothing behind them.
_BARE = """\
import typer
app = typer.Typer()
for name in range(24):
    app.command(str(name))(lambda: None)
app()
"""

_HEAVY = ("torch", "transformers", "lightgbm", "xgboost", "catboost", "pandas", "sklearn")


def lines(folder: Path) -> Iterator[Line]:
    """Yield the lines of start-up."""
    bare = folder / "bare.py"
    bare.write_text(_BARE)
    mine, theirs = commands_in_turns(["-m", "kit.cli.main", "--help"], [str(bare), "--help"])
    yield Line("`kit --help`", mine, "a bare Typer program of 24 commands", theirs, "≤ 1.2")
    loaded = command("-c", f"import sys, kit; print([n for n in {_HEAVY!r} if n in sys.modules])").out.strip()
    mine, theirs = commands_in_turns(["-c", "import kit"], ["-c", "pass"])
    yield Line("`import kit`", mine, "`python -c pass`", theirs, "no torch, no booster", f"loads of these: {loaded}")
