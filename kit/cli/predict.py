"""``kit predict``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kit.cli.options import Out
from kit.cli.output import say, show_table


def predict(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="A finished run: its folder, its recipe's name, or `latest`.")
    ],
    rows: Annotated[
        Path,
        typer.Argument(
            metavar="ROWS",
            help="A table of the rows to predict (.csv, .parquet, .feather, .h5ad) with the key columns, and the "
            "metadata that features read (SMILES); what is known of a compound need not be repeated.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="TABLE",
            help="The table to write: .csv, .parquet or .h5ad (default: ROWS.predicted.csv, in this folder).",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a table that is there.")] = False,
    out: Out = Path("submissions"),
) -> None:
    """Predict new rows with a finished run.

    Such as `kit predict latest pairs.csv -o predicted.parquet`.

    The column rests_on says what each prediction rests on: "seen parts" (each value of the keys is in training rows, in
    other combinations), "new compound", "new group", "new group and compound" (no training row has it: it is predicted
    by its structure where the recipe's features use it, else by its group's mean, or by the overall model), or
    "measured" (a training row has the same keys). Tables of any length are read and written in blocks of rows.
    """
    import pandas as pd

    from kit.predicting import RunPredictor
    from kit.predicting.streaming import predict_table
    from kit.training.named_runs import find_run

    predictor = RunPredictor.load(find_run(run, out))
    target = output if output is not None else Path(f"{rows.name.partition('.')[0]}.predicted.csv")
    written = predict_table(predictor, rows, target, overwrite)
    counts = pd.DataFrame({"rests_on": list(written.rests_on), "rows": list(written.rests_on.values())})
    show_table(counts, f"{written.n_rows} rows x {len(predictor.targets)} targets, by {predictor.saved.path.name}")
    say()
    say(f"predictions: {written.path}")
