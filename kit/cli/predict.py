"""``kit predict``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kit.cli.options import Out, RunName
from kit.cli.output import Document, answer, note, say, show_table


def predict(
    run: RunName,
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
    interval: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Add intervals that cover this share of measurements, such as 0.9."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a table that is there.")] = False,
    out: Out = Path("submissions"),
) -> Document:
    """Predict new rows with a finished run.

    The column rests_on says what each prediction rests on: "seen parts" (each value of the keys is in training rows, in
    other combinations), "new compound", "new group", "new group and compound" (no training row has it: it is predicted
    by its structure where the recipe's features use it, else by its group's mean, or by the overall model), or
    "measured" (a training row has the same keys).

    Intervals (columns TARGET.low and TARGET.high) are made from the run's out-of-fold residuals, those of each kind of
    rows from folds that hide such rows: where folds hide whole compounds, new compounds have intervals. Where none do,
    the column interval says "not calibrated", and the interval's cells are empty.

    Tables of any length are read and written in blocks of rows.
    """
    import pandas as pd

    from kit.predicting import RunPredictor
    from kit.predicting.intervals import check_level
    from kit.predicting.streaming import predict_table
    from kit.training.named_runs import find_run

    if interval is not None:
        check_level(interval)
    predictor = RunPredictor.load(find_run(run, out))
    target = output if output is not None else Path(f"{rows.name.partition('.')[0]}.predicted.csv")
    written = predict_table(predictor, rows, target, interval, overwrite)
    counts = pd.DataFrame({"rests_on": list(written.rests_on), "rows": list(written.rests_on.values())})
    if interval is not None:
        known = predictor.intervals.calibrations
        counts["calibrated_on"] = [known[kind].n_rows if kind in written.widths else 0 for kind in counts["rests_on"]]
        counts["width"] = [written.widths.get(kind) for kind in counts["rests_on"]]
    show_table(counts, f"{written.n_rows} rows x {len(predictor.targets)} targets, by {predictor.saved.path.name}")
    say()
    if interval is not None and len(written.widths) < len(written.rests_on):
        missing = [kind for kind in written.rests_on if kind not in written.widths]
        note(
            f"warning: no intervals for {', '.join(missing)}: none of the run's folds hides such rows, or too few; "
            "train with folds that do (`kit list splitter`; mix joins several)"
        )
    answer(f"predictions: {written.path}")
    return {"predictions": written.path, "rows": written.n_rows, "targets": len(predictor.targets), "rests_on": counts}
