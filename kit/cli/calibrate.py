"""``kit calibrate``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kit.cli.inputs import present, read_tables
from kit.cli.options import DataRoot, Out
from kit.cli.output import Document, answer, is_quiet, note, show_table
from kit.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


def calibrate(
    predictions: Annotated[
        Path,
        typer.Argument(
            metavar="PREDICTIONS",
            help="A finished run (its folder, its recipe's name, or `latest`), or with TRUTH predictions by id (a "
            "table).",
        ),
    ],
    truth: Annotated[
        Path | None,
        typer.Argument(
            metavar="TRUTH",
            help="True values by id. Without it, a run's out-of-fold predictions are held against its training table.",
        ),
    ] = None,
    floor: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The floor, as tables name it (default: the best for each metric); cell-eval2's is the context's "
            "mean, such as 'per cell_type'.",
        ),
    ] = None,
    ceiling: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="With TRUTH: values by id that nothing is expected to beat, such as a second measurement (default: "
            "no error at all).",
        ),
    ] = None,
    replicates: Annotated[
        list[str],
        typer.Option(
            metavar="COLUMN",
            help="Without TRUTH: a key column in which replicates differ (donor, plate). The mean of a row's other "
            "replicates is the ceiling; rows that have none are left out. May be given many times.",
        ),
    ] = [],  # noqa: B006 - typer reads the default
    competition: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With TRUTH: the competition file (default: the run's).")
    ] = None,
    data: DataRoot = None,
    out: Out = Path("submissions"),
) -> Document:
    """Show the field's metrics between floor and ceiling.

    The floor is 0 and the ceiling 1; both are measured. Each metric has its dynamic range: how far floor and ceiling
    are apart in standard errors. The ceiling of a run is that of replicates where rows have them, else of simulated
    data without noise, else what the target transform alone loses, else no error at all.
    """
    from kit.metrics.calibration import TITLE, shown
    from kit.training.named_runs import find_run

    predictions = find_run(predictions, out)
    if truth is None:
        for option, given in (("--ceiling", ceiling), ("--competition", competition)):
            if given is not None:
                raise InputError(f"{option} is for predictions that are held against a TRUTH; give one")
        table = _of_run(predictions, floor, replicates, data)
    else:
        if replicates:
            raise InputError("--replicates is for a run without TRUTH; give a second measurement as --ceiling FILE")
        table = _of_test_rows(predictions, present(truth), floor, ceiling, competition, data)
    show_table(shown(table), TITLE)
    if is_quiet():
        for line in table.itertuples():
            answer(f"{line.metric}: {line.calibrated:.4f}")
    return table


def _of_run(run: Path, floor: str | None, replicates: list[str], data: Path | None) -> pd.DataFrame:
    from kit.blending.finished_run import FinishedRun
    from kit.config import load_recipe
    from kit.config.load import RESOLVED
    from kit.training.planning.plan import make_plan
    from kit.training.scoring.calibration import calibrated_run
    from kit.training.workspace import Workspace

    if not os.path.isdir(run):
        raise InputError(f"{run} is a file: give the TRUTH to hold it against; only a run's folder needs none")
    finished, recipe = FinishedRun.read(run), load_recipe(run / RESOLVED)
    tables = read_tables(recipe, data)
    finished.check_made_of(tables)
    with recipe.placing():
        plan = make_plan(recipe.config, tables)
    return calibrated_run(Workspace(recipe.config, tables, plan, run), finished.oof, replicates, floor)


def _of_test_rows(
    predictions: Path,
    truth: Path,
    floor: str | None,
    ceiling: Path | None,
    competition: Path | None,
    data: Path | None,
) -> pd.DataFrame:
    from kit.config import load_competition
    from kit.data import read_predictions
    from kit.training.scoring.calibration import calibrated_test_rows
    from kit.training.scoring.predictions import read_pair, run_configuration, run_submission

    file = run_submission(predictions)
    source = competition or run_configuration(predictions)
    if source is None:
        raise InputError(
            f"floors need the training table, and nothing says which competition {predictions} is of; give "
            "--competition FILE"
        )
    loaded = load_competition(source)
    gaps = loaded.config.columns.missing_targets == "allow"
    given, true = read_pair(file, truth, loaded.config.columns.id, gaps=gaps)
    upper = None
    if ceiling is not None:
        upper = read_predictions(present(ceiling), true.targets, loaded.config.columns.id)
    for warning in dict.fromkeys([*given.warnings, *true.warnings]):
        note(f"warning: {warning}")
    return calibrated_test_rows(given, true, read_tables(loaded, data), upper, floor)
