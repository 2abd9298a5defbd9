"""XGBoost whose trees carry a vector of all outputs in every leaf."""

from __future__ import annotations

<<<<<<< HEAD
from dataclasses import dataclass
=======
from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Gt, Le
>>>>>>> f6c77dd (Limits of outputs and recipes that predict nothing are known before the first fit)

from kit.arrays import Doubles, Floats
from kit.errors import InputError
from kit.models.base import MODELS
from kit.models.boosting.vector_leaf import Training, VectorLeafBoosting
from kit.models.boosting.xgboost_options import Bins, ObjectiveName, XGBoostOptions

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

<<<<<<< HEAD
    max_bin: Bins = 64
    objective: ObjectiveName = "reg:squarederror"
=======
    # Histograms are as wide as the outputs: beyond this a fit takes gigabytes and hours.
    most_outputs: ClassVar[int] = 64

    def __init__(
        self,
        n_estimators: Annotated[int, Ge(1)] = 100,
        learning_rate: Annotated[float, Gt(0)] = 0.3,
        max_depth: Annotated[int, Ge(0)] = 6,
        max_leaves: Annotated[int, Ge(0)] = 0,
        grow_policy: Literal["depthwise", "lossguide"] = "depthwise",
        min_child_weight: Annotated[float, Ge(0)] = 1.0,
        gamma: Annotated[float, Ge(0)] = 0.0,
        subsample: Annotated[float, Gt(0), Le(1)] = 1.0,
        colsample_bytree: Annotated[float, Gt(0), Le(1)] = 1.0,
        colsample_bylevel: Annotated[float, Gt(0), Le(1)] = 1.0,
        colsample_bynode: Annotated[float, Gt(0), Le(1)] = 1.0,
        reg_alpha: Annotated[float, Ge(0)] = 0.0,
        reg_lambda: Annotated[float, Ge(0)] = 1.0,
        max_bin: Annotated[int, Ge(2)] = 64,
        objective: Literal["reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror"] = "reg:squarederror",
        early_stopping_rounds: Annotated[int, Ge(1)] | None = None,
        library_params: LibraryParams = None,
        random_state: Annotated[int | None, Supplied("the recipe's seed")] = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.max_depth = max_depth
        self.max_leaves = max_leaves
        self.grow_policy = grow_policy
        self.min_child_weight = min_child_weight
        self.gamma = gamma
        self.subsample = subsample
        self.colsample_bytree = colsample_bytree
        self.colsample_bylevel = colsample_bylevel
        self.colsample_bynode = colsample_bynode
        self.reg_alpha = reg_alpha
        self.reg_lambda = reg_lambda
        self.max_bin = max_bin
        self.objective = objective
        self.early_stopping_rounds = early_stopping_rounds
        self.library_params = library_params
        self.random_state = random_state
>>>>>>> f6c77dd (Limits of outputs and recipes that predict nothing are known before the first fit)

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds, from a measured cost of filling and scanning histograms."""
        return float(_SECONDS_PER_CELL * self.n_estimators * n_outputs * self._cells(n_rows, n_features))

    def _xgboost_objective(self) -> str:
        return self.objective

    def _training(self, X: Floats, Y: Floats, sample_weight: Doubles | None) -> Training:
        import xgboost

        if Y.shape[1] > self.most_outputs:
            raise InputError(
                f"Y: {Y.shape[1]} outputs, but the histograms of {self.kind!r} are as wide as the outputs and "
                f"{self.most_outputs} is its limit; give the target transform {self.most_outputs} components or fewer, "
                "or take 'xgboost_sketch'"
            )
        rows = xgboost.QuantileDMatrix(X, label=Y, weight=sample_weight, nthread=1, max_bin=self.max_bin)
        return Training(rows, self.booster_params())
