"""The tasks of a plan: fits, and the joined predictions that one stage passes to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from kit.config.checks.references.stages import LAST_STAGE
from kit.training.planning.row_splits import RowSplit
from kit.training.planning.stages import Teaching

METRICS_FILE = "metrics.json"
"""In a task's directory: chosen values, the key of its target transform, reports, time and memory."""


@dataclass(frozen=True)
class Task:
    """One fit.

    Attributes:
        stage: The stage's name.
        model: The model's name in the recipe.
        repeat: The repeat, from 0.
        split: Its training rows, and the rows hidden from it.
        seed: The seed of every random number in the fit.
        key: The content key: equal for fits that compute the same.
        reads: The earlier stages whose predictions are its features, each with the inner splits whose hidden rows
            together are its training rows: their predictions are out-of-fold.
        teaching: Where its pseudo-labelled rows come from.
    """

    stage: str
    model: str
    repeat: int
    split: RowSplit
    seed: int
    key: str
    reads: Mapping[str, tuple[RowSplit, ...]] = field(default_factory=dict)
    teaching: Teaching | None = None

    @property
    def shown_model(self) -> str:
        """The model's name, with that of an earlier stage before it."""
        return self.model if self.stage == LAST_STAGE else f"{self.stage}: {self.model}"

    @property
    def path(self) -> PurePosixPath:
        """The task's directory within the run."""
        return PurePosixPath("tasks", self.stage, self.model, f"seed={self.repeat}", self.split.directory)

    def __str__(self) -> str:
        stage = "" if self.stage == LAST_STAGE else f"{self.stage}: "
        return f"{stage}{self.model}, repeat {self.repeat}, {self.split.name}"


@dataclass(frozen=True)
class Output:
    """The joined predictions of a stage's models fitted on one row split, for later stages to read.

    Attributes:
        stage: The stage's name.
        split: The rows that its models were fitted on, and those hidden from them.
        key: The content key: equal for predictions that are computed in the same way.
    """

    stage: str
    split: RowSplit
    key: str

    @property
    def path(self) -> PurePosixPath:
        """Its directory within the run."""
        return output_path(self.stage, self.split)


def output_path(stage: str, split: RowSplit) -> PurePosixPath:
    """Return the directory of what a stage predicts when fitted on a split, within the run."""
    return PurePosixPath("stages", stage, split.directory)
