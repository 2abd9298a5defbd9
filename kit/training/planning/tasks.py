"""One fit of a plan, and what a stage hands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from kit.training.planning.row_splits import RowSplit
from kit.training.planning.stages import LAST, Teaching


@dataclass(frozen=True)
class Task:
    """One fit.

    Attributes:
        stage: The stage's name.
        model: The model's name in the recipe.
        repeat: The repeat, from 0.
        part: Its training rows, and the rows hidden from it.
        seed: The seed of every random number in the fit.
        key: The content key: equal for fits that compute the same.
        reads: The earlier stages whose predictions are its features, with the parts of its training rows whose
            predictions together are out-of-fold.
        teaching: Where its pseudo-labelled rows come from.
    """

    stage: str
    model: str
    repeat: int
    part: RowSplit
    seed: int
    key: str
    reads: Mapping[str, tuple[RowSplit, ...]] = field(default_factory=dict)
    teaching: Teaching | None = None

    @property
    def path(self) -> PurePosixPath:
        """The task's directory within the run."""
        return PurePosixPath("tasks", self.stage, self.model, f"seed={self.repeat}", self.part.directory)

    def __str__(self) -> str:
        stage = "" if self.stage == LAST else f"{self.stage}: "
        return f"{stage}{self.model}, repeat {self.repeat}, {self.part.name}"


@dataclass(frozen=True)
class Output:
    """What a stage predicts with a part: its models joined, for later stages to take.

    Attributes:
        stage: The stage's name.
        part: The part.
        key: The content key.
    """

    stage: str
    part: RowSplit
    key: str

    @property
    def path(self) -> PurePosixPath:
        """Its directory within the run."""
        return output_path(self.stage, self.part)


def output_path(stage: str, part: RowSplit) -> PurePosixPath:
    """Return the directory of a stage's predictions with a part, within the run."""
    return PurePosixPath("stages", stage, part.directory)
