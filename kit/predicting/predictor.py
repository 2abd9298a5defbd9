"""A finished run that predicts new rows, and says what each prediction rests on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.data.columns import twice
from kit.data.mistakes import Mistakes
from kit.data.tables.frame_table import FrameTable
from kit.data.tables.set_table import with_sets
from kit.errors import DataError, InputError
from kit.predicting.kept import KeptTables
from kit.predicting.support import support
from kit.training.joining.saved_run import SavedRun

RESTS_ON = "rests_on"
"""The column that says what a prediction rests on."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """Predictions of new rows.

    Attributes:
        rows: (n_rows, …) the rows' id (where they have one) and keys, and `RESTS_ON`.
        values: (n_rows, n_targets) float32.
        targets: The targets' names.
    """

    rows: pd.DataFrame
    values: Floats
    targets: tuple[str, ...]

    def frame(self) -> pd.DataFrame:
        """Return one table: the rows, and a column for every target."""
        return pd.concat([self.rows, pd.DataFrame(self.values, columns=list(self.targets))], axis=1)


class RunPredictor:
    """A finished run that predicts rows, also of compounds and groups that it has never seen.

    Args:
        saved: The run's fitted models.
        kept: What it keeps of its tables.
    """

    def __init__(self, saved: SavedRun, kept: KeptTables) -> None:
        self.saved, self.kept = saved, kept

    @classmethod
    def load(cls, path: Path) -> Self:
        """Load a run.

        Args:
            path: The run's directory.

        Raises:
            StateError: It is no finished run, a file in it was changed, or an older version of the kit trained it.
        """
        saved = SavedRun(path)
        return cls(saved, KeptTables.read(saved.path, saved.recipe.columns))

    @property
    def targets(self) -> tuple[str, ...]:
        """The targets' names."""
        return self.kept.targets

    def predict(self, rows: pd.DataFrame, warn: bool = True) -> Predicted:
        """Predict rows.

        Args:
            rows: (n_rows, …) the key columns, and metadata that the recipe's features read; what is known of a
                compound (its structure) need not be repeated. Other columns are passed over.
            warn: Whether to warn of values that no training row has.

        Raises:
            InputError: A key column is missing or has gaps, there are no rows, or metadata are not as in the training
                rows.
        """
        table = FrameTable(rows, "the rows")
        mistakes = Mistakes(DataError)
        mistakes.add(*twice(table))
        mistakes.raise_if_any("the rows")
        given = with_sets(table, self.kept.columns.sets)
        wanted = self.kept.read_columns(given.columns, "the rows")
        if rows.empty:
            raise InputError("there are no rows to predict")
        return self.predict_texts(given.frame(wanted), "the rows", warn=warn)

    def predict_texts(self, rows: pd.DataFrame, source: str, warn: bool = False) -> Predicted:
        """Predict rows that hold canonical texts.

        Args:
            rows: (n_rows, …) as `kit.predicting.kept.KeptTables.complete` takes them.
            source: What their table is called in messages.
            warn: Whether to warn of values that no training row has.

        Raises:
            InputError: As `predict` says.
        """
        known = self.kept.complete(rows, source)
        values = self.saved.predict(known, warn=warn)
        columns = self.kept.columns
        named = known[[name for name in dict.fromkeys([columns.id, *columns.keys]) if name in known]].copy()
        named[RESTS_ON] = support(known, self.kept.train, columns)
        return Predicted(named.reset_index(drop=True), np.asarray(values), self.targets)
