"""LightGBM for many outputs over one shared Dataset."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np

from kit.arrays import Doubles, Floats
from kit.models.base import MODELS
from kit.models.boosting.lightgbm_options import SECONDS_PER_CELL, LightGBMOptions
from kit.models.boosting.per_output import PerOutputBoosting, Trainer


@MODELS.register("lightgbm")
@dataclass(eq=False, repr=False)
class LightGBM(LightGBMOptions, PerOutputBoosting):
    """LightGBM, one booster per output over one shared Dataset.

    The features are binned once for all outputs. Boosters that share a Dataset read one label array, so each output's
    labels are put in place before its boosters are updated; the result equals separate fits exactly.

    Parameters carry LightGBM's main names, except ``n_estimators`` (its num_iterations), ``early_stopping_rounds`` and
    ``random_state``, which carry scikit-learn's. Runs on one thread and deterministically.

    Args:
        objective: Loss of one output: squared error, absolute error or Huber's (``library_params: {alpha: …}``).

    Attributes:
        boosters_: One lightgbm.Booster per output.
        n_outputs_: Number of outputs.
        n_features_in_: Number of features.
    """

    native_suffix: ClassVar[str] = ".txt"

    objective: Literal["regression", "regression_l1", "huber"] = "regression"

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds, from a measured cost of filling and scanning histograms."""
        return float(SECONDS_PER_CELL * self.n_estimators * n_outputs * self._cells(n_rows, n_features))

    def _trainer(self, X: Floats, Y: Floats, sample_weight: Doubles | None, X_val: Floats | None) -> Trainer:
        return _SharedDataset(self.booster_params(), X, Y, sample_weight, X_val)

    def _predict_each(self, X: Floats) -> list[np.ndarray]:
        return [booster.predict(X, num_threads=1) for booster in self.boosters_]

    def _save_booster(self, booster: Any, path: Path) -> None:
        path.write_text(booster.model_to_string(num_iteration=-1), encoding="utf-8")

    def _load_booster(self, path: Path) -> Any:
        import lightgbm

        return lightgbm.Booster(model_file=path)


class _SharedDataset(Trainer):
    """Boosters over one lightgbm.Dataset, which is labelled anew before every update."""

    def __init__(
        self, params: dict[str, Any], X: Floats, Y: Floats, sample_weight: Doubles | None, X_val: Floats | None
    ) -> None:
        import lightgbm

        self.params = params
        self.labels = np.ascontiguousarray(Y.T)
        self.boosters: dict[int, Any] = {}
        self.dataset = lightgbm.Dataset(X, label=self.labels[0], weight=sample_weight, params=params).construct()
        self.n_val = 0 if X_val is None else X_val.shape[0]
        self.validation = None
        if X_val is not None:
            # LightGBM keeps the score of these rows up to date, tree by tree; their labels are never read.
            unused = np.zeros(self.n_val, dtype=np.float32)
            self.validation = lightgbm.Dataset(X_val, label=unused, reference=self.dataset, params=params).construct()

    def advance(self, output: int, n_rounds: int) -> Floats:
        predictions = np.empty((n_rounds, self.n_val), dtype=np.float32)
        for done in range(n_rounds):
            # The boosters share this label array: without this line all of them would fit the last output.
            self.dataset.set_label(self.labels[output])
            booster = self.boosters[output] if output in self.boosters else self._start(output)
            booster.update()
            if self.validation is not None:
                predictions[done] = validation_prediction(booster)
        return predictions

    def pause(self, output: int) -> None:
        # A booster cannot let go of its training data and go on; its size is bounded by the histogram pool.
        pass

    def finish(self, output: int) -> Any:
        import lightgbm

        # Through text, as lightgbm.train does it: lets go of the Dataset, and is what a saved model will be.
        return lightgbm.Booster(model_str=self.boosters.pop(output).model_to_string(num_iteration=-1))

    def _start(self, output: int) -> Any:
        import lightgbm

        booster = lightgbm.Booster(self.params, self.dataset)
        if self.validation is not None:
            booster.add_valid(self.validation, "validation")
        self.boosters[output] = booster
        return booster


def validation_prediction(booster: Any) -> np.ndarray:
    """Return the present prediction of the validation rows, which LightGBM hands to an evaluation function."""
    taken: list[np.ndarray] = []

    def take(prediction: np.ndarray, _: Any) -> tuple[str, float, bool]:
        taken.append(prediction.copy())
        return "taken", 0.0, False

    booster.eval_valid(take)
    return taken[0]
