"""``kit track``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from kit.cli.options import Out
from kit.cli.output import note, say
from kit.errors import KitError

Tracker = Literal["mlflow", "wandb"]


def track(
    run: Annotated[
        Path, typer.Argument(metavar="RUN", help="A finished run: its folder, its recipe's name, or `latest`.")
    ],
    to: Annotated[Tracker, typer.Option(help="Where to: MLflow, or Weights & Biases.")],
    out: Out = Path("submissions"),
) -> None:
    """Mirror a finished run into MLflow or Weights & Biases.

    kit track latest --to mlflow

    Recipe, scores and the small files; the run's directory stays the truth. MLflow: files in --out/mlruns, or what
    MLFLOW_TRACKING_URI names. Weights & Biases: offline files in --out/wandb, or the server with WANDB_MODE=online.
    """
    from kit.tracking import mirror
    from kit.training.named_runs import find_run

    say(f"{to}: {mirror(find_run(run, out), to, out)}")


def mirror_or_note(run: Path, tracker: Tracker, store: Path) -> None:
    """Mirror a run that is finished; where that fails it is said, and nothing else happens."""
    from kit.tracking import mirror

    try:
        say(f"{tracker}: {mirror(run, tracker, store)}")
    except KitError as error:
        note(f"warning: {error}")
