"""XGBoost for thousands of outputs: trees whose structure is found with a sketch of the gradient."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Gt, Le

from kit.arrays import Doubles, Floats, blocks
from kit.models.base import MODELS
from kit.models.boosting.library_model import LibraryParams
from kit.models.boosting.sketching import require_split_gradients, sketched_squared_error
from kit.models.boosting.vector_leaf import Training, VectorLeafBoosting
from kit.plugins import Supplied

_CONTROLLED: Mapping[str, str] = {
    "objective": "the model hands XGBoost the gradient of the squared error, and a sketch of it",
    "base_score": "the model starts from the mean of every output",
}

# Single-thread CPU seconds, XGBoost 3.2, AMD EPYC: for one column of the sketch x feature x (nodes x bins + rows x
# depth); and for one row x output, for gradient, leaf values and prediction.
_SECONDS_PER_CELL = 1.3e-8
_SECONDS_PER_ENTRY = 1.8e-8


@MODELS.register("xgboost_sketch")
class XGBoostSketch(VectorLeafBoosting):
    """XGBoost on thousands of outputs at once: splits found with a small sketch of the gradient (SketchBoost).

    Trees with a vector of all outputs in every leaf. The splits are sought with a random sketch of the gradient, the
    leaves' values come from the whole of it: a round over 18,211 outputs takes four times one over 64 (Iosipoi and
    Vakhrushev, NeurIPS 2022; their own package, Py-Boost, needs a GPU). The loss is the squared error.

    The squared error does not see a rotation of the outputs, and neither does a Gaussian projection: trained on the
    coordinates of a target SVD of full rank, the models are draws of the same distribution as those trained on all
    outputs, for a fraction of time, memory and disk. Full width is for ``random_sampling`` and ``top_outputs``.

    At 614 rows x 18,211 outputs, 100 rounds held 1.1 GiB at most, saving them 1.7; 0.4 GB on disk.

    Rests on XGBoost's experimental ``TreeObjective.split_grad`` (3.2). Runs on one thread and deterministically.
    The other parameters carry the names of XGBoost's scikit-learn interface.

    Args:
        n_estimators: Boosting rounds; with ``early_stopping_rounds`` the most to try.
        sketch_size: Columns of the sketch; as many as outputs, or more, is no sketch.
        sketch: ``random_projection``: Gaussian projections, drawn anew in every round. ``random_sampling``: outputs
            drawn with probabilities proportional to their squared gradients. ``top_outputs``: those of the greatest.
        learning_rate: Shrinkage of each tree.
        max_depth: Greatest depth of a tree; 0 for no limit.
        max_leaves: Most leaves of a tree; 0 for no limit.
        grow_policy: Split level by level, or the leaf of the greatest gain first.
        min_child_weight: Least sum of the rows' weights in a leaf.
        gamma: Least gain of a split, summed over the columns of the sketch.
        subsample: Share of the rows drawn for each tree.
        colsample_bytree: Share of the features drawn for each tree.
        colsample_bylevel: Share of those drawn for each level.
        colsample_bynode: Share of those drawn for each split.
        reg_alpha: L1 penalty on leaf values.
        reg_lambda: L2 penalty on leaf values.
        max_bin: Most bins of a feature (XGBoost's own default is 256: more thresholds than a few hundred rows can tell
            apart).
        early_stopping_rounds: Choose the rounds on held-out rows, stopping after so many without improvement; None
            trains ``n_estimators``.
        library_params: Any other parameter of XGBoost, checked against XGBoost's own configuration.
        random_state: Seed of the sketches and of row and feature sampling (None means 0).

    Attributes:
        booster_: The xgboost.Booster.
        n_outputs_: Number of outputs.
        n_features_in_: Number of features.
    """

    def __init__(
        self,
        n_estimators: Annotated[int, Ge(1)] = 100,
        sketch_size: Annotated[int, Ge(1)] = 5,
        sketch: Literal["random_projection", "random_sampling", "top_outputs"] = "random_projection",
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
        early_stopping_rounds: Annotated[int, Ge(1)] | None = None,
        library_params: LibraryParams = None,
        random_state: Annotated[int | None, Supplied("the recipe's seed")] = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.sketch_size = sketch_size
        self.sketch = sketch
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
        self.early_stopping_rounds = early_stopping_rounds
        self.library_params = library_params
        self.random_state = random_state

    def check_parameters(self) -> None:
        """Check that XGBoost can do it at all, then the parameters.

        Raises:
            ParameterError: As the other boosting models.
            MissingDependencyError: The installed XGBoost lacks ``TreeObjective.split_grad``.
        """
        require_split_gradients()
        super().check_parameters()

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds, from measured costs of histograms and of leaves."""
        splits = _SECONDS_PER_CELL * min(self.sketch_size, n_outputs) * self._cells(n_rows, n_features)
        return float(self.n_estimators * (splits + _SECONDS_PER_ENTRY * n_rows * n_outputs))

    def _tree_parameters(self) -> tuple[str, ...]:
        return tuple(name for name in super()._tree_parameters() if name not in ("sketch", "sketch_size"))

    def _controlled(self) -> Mapping[str, str]:
        return {**super()._controlled(), **_CONTROLLED}

    def _training(self, X: Floats, Y: Floats, sample_weight: Doubles | None) -> Training:
        import xgboost

        # The objective weights the gradient; XGBoost reads the weights for the quantiles that bound the bins.
        rows = xgboost.QuantileDMatrix(X, weight=sample_weight, nthread=1, max_bin=self.max_bin)
        start = _means(Y, sample_weight)
        params = {**self.booster_params(), "num_target": Y.shape[1], "base_score": start.tolist()}
        seed = self._seed()
        return Training(rows, params, sketched_squared_error(Y, sample_weight, self.sketch, self.sketch_size, seed))

    def _finished(self, booster: Any) -> Any:
        # The booster of thousands of outputs is larger than what it would let go of.
        return booster


def _means(Y: Floats, sample_weight: Doubles | None) -> Doubles:
    """Return the weighted mean of every output, summed in float64."""
    weights = np.ones(len(Y)) if sample_weight is None else sample_weight
    means = np.empty(Y.shape[1])
    for columns in blocks(*Y.shape[::-1]):
        means[columns] = weights @ Y[:, columns].astype(np.float64)
    return means / weights.sum()
