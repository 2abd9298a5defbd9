"""``kit``: the commands, and what an error becomes."""

from __future__ import annotations

import os
import sys

import typer

from kit.cli.check import check
from kit.cli.config import config
from kit.cli.data import data
from kit.cli.folds import folds
from kit.cli.list import list_plugins
from kit.cli.schema import schema
from kit.cli.score import score
from kit.cli.train import train
from kit.errors import InputError, KitError

app = typer.Typer(
    name="kit",
    help="A modelling kit for perturbation response: from tables and a recipe to a checked submission.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich" if sys.stdout.isatty() else None,
)
app.command()(train)
app.command()(score)
app.command()(check)
app.command()(config)
app.command()(schema)
app.command()(folds)
app.command("list")(list_plugins)
app.add_typer(data)


def main() -> None:
    """Run the command line; exit with 0 (done), 1 (something failed while working) or 2 (wrong input)."""
    # One thread a task. The commands import NumPy and the boosters when they are called, so their thread pools see it.
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    try:
        app()
    except KitError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, InputError) else 1)
    except KeyboardInterrupt:
        print("stopped; the same command continues", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
