"""XGBoost for many outputs over one shared QuantileDMatrix."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from kit.arrays import Doubles, Floats
from kit.models.base import MODELS
from kit.models.boosting.names.library_names import LibraryNames
from kit.models.boosting.names.xgboost_names import BOOSTERS, xgboost_names
from kit.models.boosting.per_output import PerOutputBoosting, Trainer
from kit.models.boosting.xgboost_options import ObjectiveName, XGBoostOptions, fixed_parameters

# Single-thread CPU seconds for one feature x (nodes x bins + rows x depth), XGBoost 3.2, AMD EPYC.
_SECONDS_PER_CELL = 6e-9


@MODELS.register("xgboost")
@dataclass(eq=False, repr=False)
class XGBoost(XGBoostOptions, PerOutputBoosting):
    """XGBoost, one booster per output over one shared QuantileDMatrix.

    The features are binned once for all outputs; each output's labels are put in place before its booster is updated.
    XGBoost draws rows and features from one generator for all boosters of a process; it is seeded anew in every round,
    so that an output's booster does not depend on which other outputs are trained beside it.

    Parameters carry the names of XGBoost's scikit-learn interface. Runs on one thread and deterministically.

    Args:
        objective: Loss of one output: squared error, absolute error or pseudo-Huber
            (``library_params: {huber_slope: …}``).

    Attributes:
        boosters_: One xgboost.Booster per output.
        n_outputs_: Number of outputs.
        n_features_in_: Number of features.
    """

    native_suffix: ClassVar[str] = ".ubj"
    libraries = ("xgboost", "xgboost-cpu")

    objective: ObjectiveName = "reg:squarederror"

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds, from a measured cost of filling and scanning histograms."""
        return float(_SECONDS_PER_CELL * self.n_estimators * n_outputs * self._cells(n_rows, n_features))

    def _names(self) -> LibraryNames:
        booster = (self.library_params or {}).get("booster", BOOSTERS[0])
        if booster not in BOOSTERS:
            booster = BOOSTERS[0]
        return xgboost_names(self._tree_parameters(), booster, self.objective)

    def _own_problems(self) -> list[str]:
        booster = (self.library_params or {}).get("booster", BOOSTERS[0])
        if booster in BOOSTERS:
            return []
        return [f"library_params.booster: {booster!r} is no booster of trees; expected one of {', '.join(BOOSTERS)}"]

    def _own_params(self) -> dict[str, Any]:
        return {**self._tree_values(), **fixed_parameters(self._seed())}

    def _try(self, params: dict[str, Any]) -> None:
        import xgboost

        # These must fit the number of features, which is not known before the fit.
        tried = {k: v for k, v in params.items() if k not in ("monotone_constraints", "interaction_constraints")}
        ramp = np.arange(16, dtype=np.float32)
        rows = xgboost.QuantileDMatrix(ramp[:, None], label=ramp, nthread=1, max_bin=self.max_bin)
        xgboost.Booster(tried, [rows]).update(rows, 0)

    def _trainer(self, X: Floats, Y: Floats, sample_weight: Doubles | None, X_val: Floats | None) -> Trainer:
        return _SharedMatrix(self.booster_params(), X, Y, sample_weight, X_val)

    def _predict_each(self, X: Floats) -> list[np.ndarray]:
        import xgboost

        rows = xgboost.DMatrix(X, nthread=1)
        return [booster.predict(rows) for booster in self.boosters_]

    def _save_booster(self, booster: Any, path: Path) -> None:
        # Python's own writing: XGBoost says nothing on a full disk.
        path.write_bytes(booster.save_raw("ubj"))

    def _load_booster(self, path: Path) -> Any:
        import xgboost

        return xgboost.Booster({"nthread": 1}, model_file=path)


class _SharedMatrix(Trainer):
    """Boosters over one QuantileDMatrix, which is labelled anew before every update.

    A booster holds the histograms of all nodes of a level: 500 MB at 2,000 features x 480 rows and depth 6. So where
    outputs advance together, each is trained for a block of rounds and then lets go of everything but its trees. What
    it rebuilds for the next block is the same, but for the generators of row and feature sampling, which start afresh:
    with sampling the path is another draw of the same distribution than that of an unbroken fit.
    """

    block_rounds: ClassVar[int] = 10

    def __init__(
        self, params: dict[str, Any], X: Floats, Y: Floats, sample_weight: Doubles | None, X_val: Floats | None
    ) -> None:
        import xgboost

        self.params = params
        self.labels = np.ascontiguousarray(Y.T)
        self.boosters: dict[int, Any] = {}
        self.rows = xgboost.QuantileDMatrix(
            X, label=self.labels[0], weight=sample_weight, nthread=1, max_bin=params["max_bin"]
        )
        self.n_val = 0 if X_val is None else X_val.shape[0]
        self.validation = None if X_val is None else xgboost.DMatrix(X_val, nthread=1)

    def advance(self, output: int, n_rounds: int) -> Floats:
        predictions = np.empty((n_rounds, self.n_val), dtype=np.float32)
        # The boosters share this label array: without this line all of them would fit the last output.
        self.rows.set_label(self.labels[output])
        booster = self.boosters[output] if output in self.boosters else self._start(output)
        first = booster.num_boosted_rounds()
        for done in range(n_rounds):
            booster.update(self.rows, first + done)
            if self.validation is not None:
                # The matrix is in the booster's cache, so this adds the newest tree to the prediction before it.
                predictions[done] = booster.predict(self.validation)
        return predictions

    def pause(self, output: int) -> None:
        self.boosters[output].reset()

    def finish(self, output: int) -> Any:
        import xgboost

        # Through its file format: lets go of the training data, and is what a saved model will be.
        return xgboost.Booster({"nthread": 1}, model_file=self.boosters.pop(output).save_raw("ubj"))

    def _start(self, output: int) -> Any:
        import xgboost

        cache = [self.rows] if self.validation is None else [self.rows, self.validation]
        self.boosters[output] = xgboost.Booster(self.params, cache)
        return self.boosters[output]
