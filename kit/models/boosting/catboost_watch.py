"""Scoring a CatBoost fit on held-out rows after every round, and ending it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from kit.arrays import Floats
from kit.models.boosting.rounds import RoundScores


class Watch:
    """Sees every round's prediction of the validation rows and ends the fit when the scores say so.

    CatBoost shows its running predictions to custom metrics alone, and for the training rows too. So the validation
    rows are labelled with a number that no training target has; it is never fitted to. A custom metric cannot end a
    fit, a callback can.

    Args:
        scores: Takes the predictions.
        Y: (n_rows, n_outputs) training targets.
    """

    def __init__(self, scores: RoundScores, Y: Floats) -> None:
        self._scores = scores
        self._n_outputs = Y.shape[1]
        # A quarter of the range stays, so that CatBoost's float32 labels cannot overflow.
        self._mark = np.float32(min(2 * float(np.nanmax(np.abs(Y))) + 1, float(np.finfo(np.float32).max)))
        self._error: BaseException | None = None
        self._going = True

    def pool(self, X_val: Floats) -> Any:
        """Return the validation rows as CatBoost takes them."""
        import catboost

        labels = np.full((len(X_val), self._n_outputs), self._mark)
        return catboost.Pool(X_val, labels, thread_count=1)

    def metric(self) -> Any:
        """Return the metric through which CatBoost shows its predictions (``eval_metric``)."""
        import catboost

        watch = self

        class Metric(catboost.MultiTargetCustomMetric):  # type: ignore[misc] # CatBoost has no types
            def __deepcopy__(self, memo: Any) -> Self:
                # CatBoost copies its parameters.
                return self

            def is_max_optimal(self) -> bool:
                return False

            def get_final_error(self, error: float, weight: float) -> float:
                return error

            def evaluate(self, approxes: Any, targets: Any, weight: Any) -> tuple[float, float]:
                if watch._going and targets[0][0] == watch._mark:
                    watch._take(approxes)
                return 0.0, 1.0

        return Metric()

    def after_iteration(self, info: Any) -> bool:
        """Return whether CatBoost is to go on (a callback of CatBoost)."""
        return self._going

    def finish(self) -> None:
        """Raise what the loss has raised, which CatBoost would have turned into an error of its own."""
        if self._error is not None:
            raise self._error

    def _take(self, columns: Sequence[Any]) -> None:
        try:
            prediction = np.stack([np.asarray(column) for column in columns], axis=1)
            self._going = self._scores.add(prediction.astype(np.float32))
        except BaseException as error:
            self._error, self._going = error, False
