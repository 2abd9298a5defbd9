"""XGBoost whose trees carry a vector of all outputs in every leaf."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kit.arrays import Doubles, Floats
from kit.errors import InputError
from kit.models.base import MODELS
from kit.models.boosting.vector_leaf import Training, VectorLeafBoosting
from kit.models.boosting.xgboost_options import Bins, ObjectiveName, XGBoostOptions

MOST_OUTPUTS = 64
"""Histograms are as wide as the outputs: beyond this a fit takes gigabytes and hours."""

# Single-thread CPU seconds for one output x feature x (nodes x bins + rows x depth), XGBoost 3.2, AMD EPYC.
_SECONDS_PER_CELL = 1.3e-8


@MODELS.register("xgboost_vector_leaf")
@dataclass(eq=False, repr=False)
class XGBoostVectorLeaf(XGBoostOptions, VectorLeafBoosting):
    """XGBoost, trees shared by all outputs: one vector in every leaf (64 outputs at most).

    A split is good if it is good for all outputs together, which regularises: few rows determine one structure instead
    of one for each output. Outputs of greater variance count for more, as the first coordinates of a target SVD do.
    XGBoost's ``multi_strategy`` "multi_output_tree". For more outputs see ``xgboost_sketch``.

    Parameters carry the names of XGBoost's scikit-learn interface. Runs on one thread and deterministically.

    Args:
        max_bin: Most bins of a feature. Time and memory grow with bins x outputs; XGBoost's own default of 256 takes
            four times as much as 64, for more thresholds than a few hundred rows can tell apart.
        objective: Loss: squared error, absolute error or pseudo-Huber (``library_params: {huber_slope: …}``).

    Attributes:
        booster_: The xgboost.Booster.
        n_outputs_: Number of outputs.
        n_features_in_: Number of features.
    """

    most_outputs: ClassVar[int | None] = MOST_OUTPUTS

    max_bin: Bins = 64
    objective: ObjectiveName = "reg:squarederror"

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds, from a measured cost of filling and scanning histograms."""
        return float(_SECONDS_PER_CELL * self.n_estimators * n_outputs * self._cells(n_rows, n_features))

    def _xgboost_objective(self) -> str:
        return self.objective

    def _training(self, X: Floats, Y: Floats, sample_weight: Doubles | None) -> Training:
        import xgboost

        if Y.shape[1] > MOST_OUTPUTS:
            raise InputError(
                f"Y: {Y.shape[1]} outputs, but the histograms of {self.kind!r} are as wide as the outputs and "
                f"{MOST_OUTPUTS} is its limit; give the target transform {MOST_OUTPUTS} components or fewer, "
                "or take 'xgboost_sketch'"
            )
        rows = xgboost.QuantileDMatrix(X, label=Y, weight=sample_weight, nthread=1, max_bin=self.max_bin)
        return Training(rows, self.booster_params())
