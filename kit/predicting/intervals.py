"""The intervals of a run: what its own folds, which hide a kind of rows, say of the errors in that kind."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Floats
from kit.config.schema import ColumnsConfig
from kit.errors import InputError, StateError
from kit.files import read_array, teaching_damage
from kit.predicting.conformal import Calibration
from kit.predicting.difficulty import known_of
from kit.predicting.kept import KeptTables
from kit.predicting.support import MEASURED, new_parts, support
from kit.training.joining.saved_run import SavedRun
from kit.training.scoring.summarize import EXPECTED, OOF, OOF_ROWS, RESIDUALS


@dataclass(frozen=True, eq=False)
class Intervals:
    """The intervals of a run's predictions.

    Attributes:
        calibrations: What is known of the errors, by what predictions rest on.
        forecasting: The models that say what errors they expect.
    """

    calibrations: Mapping[str, Calibration]
    forecasting: tuple[str, ...]

    @classmethod
    def read(cls, saved: SavedRun, kept: KeptTables) -> Self:
        """Learn the intervals from a run's out-of-fold residuals.

        What a validated row rests on is told by its fold's training rows: a fold that hides whole compounds calibrates
        new compounds.

        Raises:
            StateError: An older version of the kit trained the run, or a file is damaged.
        """
        run = saved.path
        if not os.path.isfile(run / RESIDUALS):
            raise StateError(f"{run} was trained by a version of the kit that did not keep residuals; train it again")
        with teaching_damage(run):
            rows, folds = pd.read_parquet(run / OOF_ROWS), pd.read_parquet(run / "folds.parquet")
            expected = pd.read_parquet(run / EXPECTED) if os.path.isfile(run / EXPECTED) else None
        residuals, oof = read_array(run / RESIDUALS), read_array(run / OOF)
        forecasting = () if expected is None else tuple(dict.fromkeys(expected["model"]))
        rests_on, units = np.empty(len(rows), dtype=object), np.empty(len(rows), dtype=object)
        inputs: list[Doubles] = []
        for name, of_fold in rows.groupby("fold", sort=False):
            own = folds[(folds["name"] == name) & (folds["part"] == "train")]
            train, hidden = kept.train.iloc[own["row"]], kept.train.iloc[of_fold["row"]]
            rests_on[of_fold.index] = support(hidden, train, kept.columns)
            units[of_fold.index] = _units(hidden, train, kept.columns)
            forecasts = [_expected(expected, model, str(name)) for model in forecasting]
            inputs.append(known_of(hidden, train, kept.columns, oof[of_fold.index], forecasts))
        X, numbers = np.vstack(inputs), rows["row"].to_numpy()
        calibrations = {}
        for kind in dict.fromkeys(rests_on):
            of_kind = np.flatnonzero(rests_on == kind)
            fitted = Calibration.fit(residuals[of_kind], X[of_kind], units[of_kind], numbers[of_kind])
            if fitted is not None and kind != MEASURED:
                calibrations[kind] = fitted
        return cls(calibrations, forecasting)

    def half_widths(self, level: float, rests_on: np.ndarray, X: Doubles, n_targets: int) -> Floats:
        """Return half the widths of intervals.

        Args:
            level: The share of measurements that they are to cover.
            rests_on: (n_rows,) what the predictions rest on.
            X: (n_rows, n_inputs) what the rows' difficulty is told by.
            n_targets: The number of targets.

        Returns:
            (n_rows, n_targets) float32; NaN where no folds of the run hide such rows.
        """
        widths = np.full((len(rests_on), n_targets), np.nan, dtype=np.float32)
        for kind, calibration in self.calibrations.items():
            of_kind = np.flatnonzero(rests_on == kind)
            if len(of_kind) and (multiplier := calibration.multiplier(level)) is not None:
                widths[of_kind] = calibration.half_widths(X[of_kind], multiplier)
        return widths


def check_level(level: float) -> None:
    """Check the share of measurements that an interval is to cover.

    Raises:
        InputError: It is not between 0 and 1.
    """
    if not 0 < level < 1:
        raise InputError(f"an interval of {level:g} was asked for; expected a share between 0 and 1, such as 0.9")


def _expected(table: pd.DataFrame | None, model: str, fold: str) -> Doubles:
    """Return what a model expects of the errors of a fold's rows, in their order."""
    assert table is not None
    own = table[(table["model"] == model) & (table["part"] == "validation") & (table["fold"] == fold)]
    return own["expected"].to_numpy(dtype=np.float64)


def _units(rows: pd.DataFrame, train: pd.DataFrame, columns: ColumnsConfig) -> np.ndarray:
    """Return labels of what is exchangeable: rows, or all rows of the same new compound, group or other part."""
    new = new_parts(rows, train, columns) > 0
    labels = np.array([f"row {number}" for number in rows.index], dtype=object)
    for at in np.flatnonzero(new.any(axis=1)):
        labels[at] = repr([str(rows[name].iloc[at]) for name in new.columns if new[name].iloc[at]])
    return labels
