"""Predictions of an earlier stage as features (stacking)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats, require_columns
from kit.errors import InputError
from kit.features.base import FEATURES, Projector
from kit.features.encoders.targets import ProjectingBuilder
from kit.plugins import NameOf, Supplied

_SEPARATOR = " | "


def with_predictions(rows: pd.DataFrame, stage: str, predictions: Floats) -> pd.DataFrame:
    """Return rows with a stage's predictions as further columns, one a target.

    Args:
        rows: (n_rows, …) keys and metadata, numbered from 0.
        stage: The stage's name.
        predictions: (n_rows, n_targets) float32, out-of-fold where the rows are training rows.
    """
    names = [f"{stage}{_SEPARATOR}{index}" for index in range(predictions.shape[1])]
    columns = pd.DataFrame(np.asarray(predictions, dtype=np.float32), columns=names, index=rows.index)
    return pd.concat([rows, columns], axis=1)


@FEATURES.register("stage_predictions")
@dataclass(eq=False, repr=False)
class StagePredictions(ProjectingBuilder):
    """Uses an earlier stage's predictions for the row as features (stacking, Wolpert 1992).

    The predictions stand in columns of the rows (`with_predictions`). Training puts out-of-fold predictions there for
    the rows that it fits on, and predictions of models fitted on all of these for rows that are new; predictions of
    models for the rows they were fitted on never. The fourth place of the Open Problems competition gave its boosting
    the predictions of support vector machines.

    Args:
        stage: The name of the earlier stage.
        projector: Maps the predictions to coordinates; without it there is one feature a target.
    """

    stage: Annotated[str, NameOf("stage")]
    projector: Annotated[Projector | None, Supplied("the target transform, with `space: reduced`")] = None

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Keep the projection onto the coordinates.

        Args:
            rows: (n_rows, …) with the stage's predictions in columns.
            Y: Not used.

        Raises:
            InputError: The rows have no predictions of the stage.
        """
        self.check_parameters()
        n_targets = self._predictions(rows).shape[1]
        self.n_targets_ = n_targets
        self.basis_ = None
        if self.projector is not None:
            # A linear map is known by what it makes of the unit vectors; the row count keeps the temporary small.
            blocks = [
                self.projector.project(np.eye(min(512, n_targets - start), n_targets, start, dtype=np.float32))
                for start in range(0, n_targets, 512)
            ]
            self.basis_ = np.vstack(blocks)
        return self

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return (n_rows, n_components) coordinates of the predictions, or (n_rows, n_targets) without a projector.

        Raises:
            InputError: The rows have no predictions of the stage, or of another number of targets.
        """
        check_is_fitted(self, "n_targets_")
        predictions = self._predictions(rows)
        if predictions.shape[1] != self.n_targets_:
            raise InputError(
                f"the stage {self.stage!r} predicts {predictions.shape[1]} targets for these rows, "
                f"{self.n_targets_} when this block was fitted"
            )
        return predictions if self.basis_ is None else predictions @ self.basis_

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return the names of the columns: the stage and the coordinate or target."""
        check_is_fitted(self, "n_targets_")
        width = self.n_targets_ if self.basis_ is None else self.basis_.shape[1]
        return np.asarray([f"{self.stage}_{index}" for index in range(width)], dtype=str)

    def _predictions(self, rows: pd.DataFrame) -> Floats:
        require_columns(rows, [], self.kind)
        prefix = f"{self.stage}{_SEPARATOR}"
        names = [name for name in rows.columns if isinstance(name, str) and name.startswith(prefix)]
        if not names:
            raise InputError(
                f"the rows have no predictions of the stage {self.stage!r}; in a recipe training adds them, alone use "
                "kit.features.stage_predictions.with_predictions(rows, stage, predictions)"
            )
        return rows[names].to_numpy(dtype=np.float32)
