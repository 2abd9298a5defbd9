"""Start-up: help of the command line, and what an import loads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.bench.side_by_side import Line, command, commands_in_turns
from kit.cli.main import app

_COMMANDS = len(app.registered_commands) + len(app.registered_groups)

# As many commands as the kit has, with nothing behind them.
_BARE = f"""\
import typer
app = typer.Typer()
for name in range({_COMMANDS}):
    app.command(str(name))(lambda: None)
app()
"""

_UNWANTED = ("torch", "transformers", "lightgbm", "xgboost", "catboost")
_HEAVY = (*_UNWANTED, "pandas", "sklearn")


def lines(folder: Path) -> Iterator[Line]:
    """Yield the lines of start-up."""
    bare = folder / "bare.py"
    bare.write_text(_BARE)
    mine, theirs = commands_in_turns(["-m", "kit.cli.main", "--help"], [str(bare), "--help"])
    yield Line("`kit --help`", mine, f"a bare Typer program of {_COMMANDS} commands", theirs, most=1.2)
    loaded = command("-c", f"import sys, kit; print([n for n in {_HEAVY!r} if n in sys.modules])").out.strip()
    mine, theirs = commands_in_turns(["-c", "import kit"], ["-c", "pass"])
    aims = {"no torch, no booster": not any(name in loaded for name in _UNWANTED)}
    yield Line("`import kit`", mine, "`python -c pass`", theirs, aims=aims, note=f"loads of these: {loaded}")
