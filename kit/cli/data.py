"""``kit data``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kit.cli.options import help_when_alone
from kit.cli.output import note, say
from kit.errors import InputError

data = typer.Typer(name="data", help="Make the tables of a competition.", rich_markup_mode=None)
data.callback(invoke_without_command=True)(help_when_alone)


@data.command()
def simulate(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write the tables.")],
    like: Annotated[
        str,
        typer.Option(
            metavar="DESIGN", help="The design to imitate: open-problems (614 x 18,211), open-problems-ranks or demo."
        ),
    ] = "demo",
    seed: Annotated[
        int, typer.Option(min=0, metavar="N", help="Another seed gives other numbers in the same design.")
    ] = 0,
) -> None:
    """Write a synthetic competition and its hidden truth.

    The three files of Kaggle's, the true values of the rows to predict (truth.parquet), and both without noise. Files
    that are there are not replaced.
    """
    import json

    from kit.data.simulate import get_design, is_complete, write
    from kit.data.simulate import simulate as make
    from kit.data.simulate.files import FILES, IN_PROGRESS, MARKER

    if is_complete(out, get_design(like), seed):
        note(f"{out} holds these tables already")
    else:
        taken = [name for name in FILES if (out / name).exists()]
        # What an interrupted simulation left is the kit's own.
        if taken and not (out / IN_PROGRESS).exists():
            raise InputError(
                f"{out} holds {', '.join(taken)} already: real tables, or another design or seed; remove them, or "
                "choose another folder with --out"
            )
        write(make(like, seed), out)
    counts = json.loads((out / MARKER).read_text(encoding="utf-8"))["counts"]
    size = f"{counts['train_rows']} rows x {counts['genes']} targets, {counts['test_rows']} rows to predict"
    say(f"{out}: {size}, and their hidden truth")
