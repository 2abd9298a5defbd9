"""XGBoost's own loss of classes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kit.arrays import Floats
from kit.models.base import MODELS
from kit.models.boosting.names.library_names import LibraryNames
from kit.models.boosting.names.xgboost_names import xgboost_names
from kit.models.boosting.saved_booster import SavedBooster
from kit.models.boosting.xgboost_options import XGBoostOptions, fixed_parameters
from kit.models.classifiers.base import hard_rows
from kit.models.classifiers.boosted import BoostedClassifier, Path

_OBJECTIVE = "multi:softprob"

# Single-thread CPU seconds for one feature x (nodes x bins + rows x depth), XGBoost 3.2, AMD EPYC.
_SECONDS_PER_CELL = 6e-9


@MODELS.register("xgboost_classifier")
@dataclass(eq=False, repr=False)
class XGBoostClassifier(XGBoostOptions, SavedBooster, BoostedClassifier):
    """XGBoost of classes: in each round a tree for every class, on the gradient of the softmax's cross-entropy.

    Parameters carry the names of XGBoost's scikit-learn interface. Runs on one thread and deterministically.

    Attributes:
        booster_: The xgboost.Booster; absent where all rows are of one class.
    """

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds, from a measured cost of filling and scanning histograms."""
        return float(_SECONDS_PER_CELL * self.n_estimators * n_outputs * self._cells(n_rows, n_features))

    def _names(self) -> LibraryNames:
        names = xgboost_names(self._tree_parameters(), "gbtree", _OBJECTIVE)
        controlled = {**names.controlled, **dict.fromkeys(("objective", "booster"), "this model has trees of classes")}
        return replace(names, main={**names.main, **{name: name for name in controlled}}, controlled=controlled)

    def _own_params(self) -> dict[str, Any]:
        return {**self._tree_values(), "objective": _OBJECTIVE, **fixed_parameters(self._seed())}

    def _try(self, params: dict[str, Any]) -> None:
        # These must fit the number of features, which is not known before the fit.
        tried = {k: v for k, v in params.items() if k not in ("monotone_constraints", "interaction_constraints")}
        ramp = np.arange(4, dtype=np.float32)
        _Classes(tried, ramp[:, None], np.eye(4, dtype=np.float32), None).advance()

    def _path(self, X: Floats, shares: Floats, X_val: Floats | None) -> Path:
        return _Classes(self.booster_params(), X, shares, X_val)

    def _probabilities(self, X: Floats) -> np.ndarray:
        import xgboost

        probabilities: np.ndarray = self.booster_.predict(xgboost.DMatrix(X, nthread=1))
        return probabilities


class _Classes:
    """One xgboost.Booster in training."""

    def __init__(self, params: dict[str, Any], X: Floats, shares: Floats, X_val: Floats | None) -> None:
        import xgboost

        rows, codes, weights = hard_rows(shares)
        self._rows = xgboost.QuantileDMatrix(X[rows], label=codes, weight=weights, nthread=1, max_bin=params["max_bin"])
        self._validation = None if X_val is None else xgboost.DMatrix(X_val, nthread=1)
        cached = [self._rows] if self._validation is None else [self._rows, self._validation]
        self._booster = xgboost.Booster({**params, "num_class": shares.shape[1]}, cached)
        self._done = 0

    def advance(self) -> None:
        """Train one more round."""
        self._booster.update(self._rows, self._done)
        self._done += 1

    def prediction(self) -> np.ndarray:
        """Return the (n_val, n_seen) probabilities of the validation rows after the rounds so far."""
        # The matrix is in the booster's cache, so this adds the newest trees to the prediction before it.
        probabilities: np.ndarray = self._booster.predict(self._validation)
        return probabilities

    def finish(self) -> Any:
        """Return the booster through its file format: without its training data, as a saved one will be."""
        import xgboost

        return xgboost.Booster({"nthread": 1}, model_file=self._booster.save_raw("ubj"))
