"""``kit track``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from kit.cli.options import Out, RunName
from kit.cli.output import Document, answer, note, say
from kit.errors import KitError

Tracker = Literal["mlflow", "wandb"]


def track(
    run: RunName,
    to: Annotated[Tracker, typer.Option(help="Where to: MLflow, or Weights & Biases.")],
    out: Out = Path("submissions"),
) -> Document:
    """Mirror a finished run into MLflow or Weights & Biases.

    Recipe, scores and the small files; the run's directory stays the truth. MLflow: files in --out/mlruns, or what
    MLFLOW_TRACKING_URI names. Weights & Biases: offline files in --out/wandb, or the server with WANDB_MODE=online.
    """
    from kit.tracking import mirror
    from kit.training.named_runs import find_run

    found = find_run(run, out)
    place = mirror(found, to, out)
    answer(f"{to}: {place}")
    return {"run": found, "to": to, "place": place}


def mirror_or_note(run: Path, tracker: Tracker, store: Path) -> None:
    """Mirror a run that is finished; where that fails it is said, and nothing else happens."""
    from kit.tracking import mirror

    try:
        say(f"{tracker}: {mirror(run, tracker, store)}")
    except KitError as error:
        note(f"warning: {error}")
