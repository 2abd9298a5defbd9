"""XGBoost for thousands of outputs: trees whose structure is found with a sketch of the gradient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from kit.arrays import Doubles, Floats, blocks
from kit.gaps import has_gaps, split_gaps
from kit.models.base import MODELS
from kit.models.boosting.sketching import require_split_gradients, sketched_squared_error
from kit.models.boosting.vector_leaf import Training, VectorLeafBoosting
from kit.models.boosting.xgboost_options import Bins, Count, XGBoostOptions

_CONTROLLED: Mapping[str, str] = {
    "objective": "the model hands XGBoost the gradient of the squared error, and a sketch of it",
    "base_score": "the model starts from the mean of every output",
}

# Single-thread CPU seconds, XGBoost 3.2, AMD EPYC: for one column of the sketch x feature x (nodes x bins + rows x
# depth); and for one row x output, for gradient, leaf values and prediction.
_SECONDS_PER_CELL = 1.3e-8
_SECONDS_PER_ENTRY = 1.8e-8


@MODELS.register("xgboost_sketch")
@dataclass(eq=False, repr=False)
class XGBoostSketch(XGBoostOptions, VectorLeafBoosting):
    """XGBoost on thousands of outputs at once: splits found with a small sketch of the gradient (SketchBoost).

    Trees with a vector of all outputs in every leaf. The splits are sought with a random sketch of the gradient, the
    leaves' values come from the whole of it: a round over 18,211 outputs takes four times one over 64 (Iosipoi and
    Vakhrushev, NeurIPS 2022; their own package, Py-Boost, needs a GPU). The loss is the squared error.

    The squared error does not see a rotation of the outputs, and neither does a Gaussian projection: trained on the
    coordinates of a target SVD of full rank, the models are draws of the same distribution as those trained on all
    outputs, for a fraction of time, memory and disk. Full width is for ``random_sampling`` and ``top_outputs``.

    Outputs may have gaps (NaN in Y): these have no part in gradient and leaves.

    At 614 rows x 18,211 outputs, 100 rounds held 1.1 GiB at most, saving them 1.7; 0.4 GB on disk.

    Rests on XGBoost's experimental ``TreeObjective.split_grad`` (3.2). Runs on one thread and deterministically.
    The other parameters carry the names of XGBoost's scikit-learn interface.

    Args:
        sketch_size: Columns of the sketch; as many as outputs, or more, is no sketch.
        sketch: ``random_projection``: Gaussian projections, drawn anew in every round. ``random_sampling``: outputs
            drawn with probabilities proportional to their squared gradients. ``top_outputs``: those of the greatest.
        max_bin: Most bins of a feature (XGBoost's own default is 256: more thresholds than a few hundred rows can tell
            apart).

    Attributes:
        booster_: The xgboost.Booster.
        n_outputs_: Number of outputs.
        n_features_in_: Number of features.
    """

    allow_nan_targets: ClassVar[bool] = True

    max_bin: Bins = 64
    sketch_size: Count = 5
    sketch: Literal["random_projection", "random_sampling", "top_outputs"] = "random_projection"

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
    """Return the weighted mean of every output by what was measured, summed in float64; 0 where nothing was."""
    weights = np.ones(len(Y)) if sample_weight is None else sample_weight
    means = np.empty(Y.shape[1])
    if has_gaps(Y):
        values, measured = split_gaps(Y)
        totals = weights @ measured
        return np.divide(weights @ values, totals, out=np.zeros(Y.shape[1]), where=totals > 0)
    for columns in blocks(*Y.shape[::-1]):
        means[columns] = weights @ Y[:, columns].astype(np.float64)
    mean: Doubles = means / weights.sum()
    return mean
