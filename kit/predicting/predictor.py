"""A finished run that predicts new rows, and says what each prediction rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
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
from kit.predicting.difficulty import known_of
from kit.predicting.intervals import Intervals, check_level
from kit.predicting.kept import KeptTables
from kit.predicting.support import support
from kit.training.joining.saved_run import SavedRun

PROBABILITY = "probability"
"""The column that says how likely the class is that a row is given, beside the column of the label."""

RESTS_ON = "rests_on"
"""The column that says what a prediction rests on."""

INTERVAL, CALIBRATED, NOT_CALIBRATED = "interval", "calibrated", "not calibrated"
"""The column that says whether the run's folds hide such rows, so that there is an interval, and what it says."""

LOW, HIGH = ".low", ".high"
"""What stands behind a target's name in the columns of its interval."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """Predictions of new rows.

    Attributes:
        rows: (n_rows, …) the rows' id (where they have one) and keys, for classes the label and `PROBABILITY`, and
            `RESTS_ON`.
        values: (n_rows, n_targets) float32.
        targets: The targets' names.
        half_widths: (n_rows, n_targets) half the widths of the intervals about ``values``, NaN where none is known;
            None where none was asked for. ``rows`` then says in `INTERVAL` which are calibrated.
    """

    rows: pd.DataFrame
    values: Floats
    targets: tuple[str, ...]
    half_widths: Floats | None = None

    @property
    def low(self) -> Floats:
        """The lower ends of the intervals."""
        assert self.half_widths is not None
        return self.values - self.half_widths

    @property
    def high(self) -> Floats:
        """The upper ends of the intervals."""
        assert self.half_widths is not None
        return self.values + self.half_widths

    def columns(self) -> Iterator[tuple[str, Floats]]:
        """Yield the name of each column of numbers, and its (n_rows,) values: every target, and its interval."""
        parts = {"": self.values}
        if self.half_widths is not None:
            parts |= {LOW: self.low, HIGH: self.high}
        for place, target in enumerate(self.targets):
            for ending, values in parts.items():
                yield f"{target}{ending}", values[:, place]

    def frame(self) -> pd.DataFrame:
        """Return one table: the rows, and for every target a column, with intervals three: ``.low`` and ``.high``."""
        return pd.concat([self.rows, pd.DataFrame(dict(self.columns()), index=self.rows.index)], axis=1)


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

    def check_intervals(self) -> None:
        """Check that predictions are numbers, which alone have intervals.

        Raises:
            InputError: They are classes.
        """
        problem = self.saved.recipe.problem
        if problem.reads_labels:
            raise InputError(
                f"the run learns a label ({self.kept.columns.label!r}; problem_type: {problem.name}), and an "
                f"interval is of a measured number: leave the interval out (of a class, {PROBABILITY!r} says how sure "
                "a prediction is)"
            )

    @cached_property
    def intervals(self) -> Intervals:
        """What the run's folds say of errors; learnt when it is first asked for.

        Raises:
            StateError: An older version of the kit trained the run, or a file is damaged.
        """
        return Intervals.read(self.saved, self.kept)

    def predict(self, rows: pd.DataFrame, warn: bool = True, interval: float | None = None) -> Predicted:
        """Predict rows.

        Args:
            rows: (n_rows, …) the key columns, and metadata that the recipe's features read; what is known of a
                compound (its structure) need not be repeated. Other columns are passed over.
            warn: Whether to warn of values that no training row has.
            interval: The share of measurements that intervals are to cover, such as 0.9 (default: no intervals).

        Raises:
            InputError: A key column is missing or has gaps, there are no rows, metadata are not as in the training
                rows, or the interval is not in (0, 1).
        """
        table = FrameTable(rows, "the rows")
        mistakes = Mistakes(DataError)
        mistakes.add(*twice(table))
        mistakes.raise_if_any("the rows")
        given = with_sets(table, self.kept.columns.sets)
        wanted = self.kept.read_columns(given.columns, "the rows")
        if rows.empty:
            raise InputError("there are no rows to predict")
        return self.predict_texts(given.frame(wanted, self.plain_of(wanted)), "the rows", warn, interval)

    def plain_of(self, names: Sequence[str]) -> list[str]:
        """Return those columns of new rows that may be read as numbers; the others are read as text."""
        plain = set(self.kept.plain)
        return [name for name in names if name in plain]

    def predict_texts(
        self, rows: pd.DataFrame, source: str, warn: bool = False, interval: float | None = None
    ) -> Predicted:
        """Predict rows that hold canonical texts, or numbers where `plain_of` allows them.

        Args:
            rows: (n_rows, …) as `kit.predicting.kept.KeptTables.complete` takes them.
            source: What their table is called in messages.
            warn: Whether to warn of values that no training row has.
            interval: The share of measurements that intervals are to cover.

        Raises:
            InputError: As `predict` says.
        """
        if interval is not None:
            check_level(interval)
            self.check_intervals()
        known = self.kept.complete(rows, source)
        values = self.saved.predict(known, warn=warn)
        columns = self.kept.columns
        named = known[[name for name in dict.fromkeys([columns.id, *columns.keys]) if name in known]].copy()
        problem = self.saved.recipe.problem
        answers = problem.answers(values, self.targets)
        if answers is not None:
            named[columns.label], named[PROBABILITY] = answers, values.max(axis=1)
        rests_on = support(known, self.kept.train, columns)
        named[RESTS_ON] = rests_on
        half_widths = None
        if interval is not None:
            forecasts = [self.saved.expected_errors(name, known) for name in self.intervals.forecasting]
            X = known_of(known, self.kept.train, columns, values, forecasts)
            half_widths = self.intervals.half_widths(interval, rests_on, X, len(self.targets))
            named[INTERVAL] = np.where(np.isnan(half_widths).any(axis=1), NOT_CALIBRATED, CALIBRATED)
        names = problem.columns(self.targets, values.shape[1])
        return Predicted(named.reset_index(drop=True), np.asarray(values), names, half_widths)
