"""Post-processing that reads columns of the rows, and looks at several rows together."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import pandas as pd

from kit.arrays import Floats
from kit.errors import InputError
from kit.postprocess.base import Postprocessor


class RowsPostprocessor(Postprocessor):
    """Changes predictions by what columns of their rows say.

    What becomes of a row may depend on the rows of its own batch (`batch_of`) that are predicted with it, and on no
    others: rows of another batch change nothing.
    """

    @property
    @abstractmethod
    def batch_of(self) -> list[str]:
        """The columns that name a row's batch."""

    @abstractmethod
    def fit(self, Y: Floats, rows: pd.DataFrame | None = None) -> Self:
        """Learn from the (n_rows, n_targets) targets of the original training rows, and these (n_rows, …) rows."""

    @abstractmethod
    def transform(self, predictions: Floats, rows: pd.DataFrame | None = None) -> Floats:
        """Return the changed (n, n_targets) predictions of (n, …) rows; the arguments stay as they are."""

    def check_rows(self, rows: pd.DataFrame | None, n_rows: int) -> pd.DataFrame:
        """Return the rows.

        Raises:
            InputError: There are none, or not one a prediction.
        """
        if rows is None:
            raise InputError(f"{self.kind}: reads columns of the rows; pass them beside the matrix")
        if len(rows) != n_rows:
            raise InputError(f"{self.kind}: expected a row for each of {n_rows} lines of the matrix, got {len(rows)}")
        return rows


class Step(Protocol):
    """A fitted step that changes predictions: a post-processor, or one with its rows."""

    def transform(self, predictions: Floats, /) -> Floats:
        """Return the changed (n, n_targets) predictions."""


@dataclass(frozen=True)
class WithRows:
    """A fitted step for predictions of certain rows, all of them at once."""

    step: RowsPostprocessor
    rows: pd.DataFrame

    def transform(self, predictions: Floats, /) -> Floats:
        """Return the changed (n_rows, n_targets) predictions."""
        return self.step.transform(predictions, self.rows)


def for_rows(steps: Sequence[Postprocessor], rows: pd.DataFrame) -> list[Step]:
    """Return fitted steps for the predictions of (n_rows, …) rows."""
    return [WithRows(step, rows) if isinstance(step, RowsPostprocessor) else step for step in steps]


def row_by_row(steps: Sequence[object]) -> bool:
    """Say whether predictions may go through steps some rows at a time."""
    return not any(isinstance(step, (RowsPostprocessor, WithRows)) for step in steps)
