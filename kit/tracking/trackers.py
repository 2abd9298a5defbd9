"""One run, one tracker."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

from kit.errors import KitError, MissingDependencyError, RunError
from kit.tracking.record import RunRecord
from kit.tracking.to_mlflow import write_to_mlflow
from kit.tracking.to_wandb import write_to_wandb

TRACKERS: dict[str, Callable[[RunRecord, Path], str]] = {"mlflow": write_to_mlflow, "wandb": write_to_wandb}
"""What writes a run into a tracker, by the tracker's name, which is that of its package and of the kit's extra."""


def check_installed(tracker: str) -> None:
    """Check that a tracker can be used.

    Raises:
        MissingDependencyError: Its package is not installed.
    """
    if importlib.util.find_spec(tracker) is None:
        raise MissingDependencyError(f"{tracker} is not installed: pip install 'perturbation-kit[{tracker}]'")


def mirror(run: Path, tracker: str, store: Path) -> str:
    """Write what a finished run's files say into a tracker; once, however often it is called.

    Args:
        run: The run's directory, which is only read.
        tracker: One of `TRACKERS`.
        store: The folder of a local store, where the tracker's own variables name no other.

    Returns:
        Where it is, in words.

    Raises:
        StateError: The run is not finished, or was changed.
        MissingDependencyError: The tracker's package is not installed.
        RunError: The tracker failed; the run is as it was.
    """
    check_installed(tracker)
    record = RunRecord.read(run)
    try:
        return TRACKERS[tracker](record, store)
    except KitError:
        raise
    # Whatever a tracker raises: a server that is away, a full disk, a token that is refused.
    except Exception as error:
        reason = " ".join(str(error).split())[:300] or type(error).__name__
        raise RunError(
            f"{tracker} did not take {run.name} ({reason}); the run itself is complete: `kit track {run.name} --to "
            f"{tracker}` tries again"
        ) from error
