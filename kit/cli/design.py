"""``kit design``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from kit.cli.inputs import read_tables
from kit.cli.options import DataRoot, Out
from kit.cli.output import Document, answer, is_quiet, note, say, show_table
from kit.errors import InputError


def design(
    run: Annotated[
        Path,
        typer.Argument(
            metavar="RUN",
            help="A finished run of a recipe with coregionalized_gp: its folder, its recipe's name, or `latest`.",
        ),
    ],
    add: Annotated[int, typer.Option(metavar="N", min=1, help="How many pairs to choose.")] = 24,
    contexts: Annotated[
        list[str] | None,
        typer.Option(metavar="GROUP", help="Where can be measured (a cell type); may be given many times."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="CSV", help="Write the table to this file too.")
    ] = None,
    data: DataRoot = None,
    out: Out = Path("submissions"),
) -> Document:
    """Say which pairs to measure next, and what that gains.

    A pair is chosen for what its measurement tells of the other rows of the test table, given those chosen before it.
    """
    from kit.config import load_recipe
    from kit.config.load import RESOLVED
    from kit.designing import design as design_run
    from kit.digits import format_number
    from kit.files import new_file
    from kit.training.joining.saved_run import SavedRun
    from kit.training.named_runs import find_run

    run = find_run(run, out)
    saved = SavedRun(run)
    if output is not None and not os.path.isdir(output.parent):
        raise InputError(f"-o: {output}: there is no folder {output.parent}")
    designed = design_run(saved, read_tables(load_recipe(run / RESOLVED), data), add, contexts)
    if designed.passed_over:
        note(
            f"warning: {designed.passed_over} rows of the test table are left out: no training row has such a category"
        )
    show_table(
        designed.table,
        f"{add} of {designed.n_candidates} pairs that are not measured, chosen by {', '.join(designed.models)}",
    )
    say()
    total = designed.table["total"].iloc[-1]
    say("gain: how much of the squared error of the other wanted rows, but for noise, a measurement lowers (per cent)")
    say(f"all {add}: {total:.1f} %; as many drawn at random: {designed.at_random:.1f} %")
    before, after = map(format_number, (designed.before, designed.after))
    say(f"expected error of the {designed.n_wanted} wanted rows that remain: {before}, then {after}")
    if output is not None:
        with new_file(output) as temporary:
            designed.table.to_csv(temporary, index=False)
        answer(f"table: {output}")
    elif is_quiet():
        keys = designed.table[saved.recipe.columns.keys]
        for pair in keys.itertuples(index=False):
            answer(", ".join(map(str, pair)))
    return {
        "pairs": designed.table,
        "at_random": designed.at_random,
        "error_before": designed.before,
        "error_after": designed.after,
        "wanted_rows": designed.n_wanted,
        "table": output,
    }
