"""``kit data``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kit.cli.output import say

data = typer.Typer(name="data", help="Make tables.", no_args_is_help=True)


@data.callback()
def _data() -> None:
    """Make tables."""


@data.command()
def simulate(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write the tables.")],
    like: Annotated[str, typer.Option(help="The design to imitate: open-problems (614 x 18,211) or demo.")] = "demo",
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives other numbers in the same design.")] = 0,
) -> None:
    """Write a synthetic competition: the three files of Kaggle's, and the hidden truth."""
    from kit.data.simulate import simulate as make
    from kit.data.simulate import write

    simulated = make(like, seed)
    write(simulated, out)
    n_rows, n_targets = simulated.train_targets.shape
    say(f"{out}: {n_rows} rows x {n_targets} targets, {len(simulated.test)} rows to predict, and their hidden truth")
