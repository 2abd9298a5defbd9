"""A gradient of few columns that finds the structure of trees for thousands of outputs.

After L. Iosipoi and A. Vakhrushev, "SketchBoost: fast gradient boosted decision tree for multioutput problems",
NeurIPS 2022. A tree's splits are sought with a sketch S (n_rows, k) of the gradient G (n_rows, n_outputs), k much
smaller than the outputs; the leaves then get their values from G. A split's gain is a sum over columns of squared sums
over rows, so a sketch serves if it keeps the inner products between rows: E[S S'] = G G' for the random ones.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from kit.arrays import Doubles, Floats
from kit.errors import MissingDependencyError
from kit.gaps import has_gaps

SketchKind = Literal["random_projection", "random_sampling", "top_outputs"]

_UPDATE = "XGBoosterTrainOneIterWithSplitGrad"


def sketch(gradient: Floats, kind: SketchKind, size: int, generator: np.random.Generator) -> Floats:
    """Return a (n_rows, size) sketch of a (n_rows, n_outputs) gradient; the gradient itself if it is no wider.

    Args:
        gradient: One column for each output.
        kind: ``random_projection``: products with Gaussian vectors of variance 1 / size. ``random_sampling``: columns
            drawn with replacement, with probabilities p proportional to their squared norms, divided by
            sqrt(size p). ``top_outputs``: the columns of the greatest norms.
        size: Columns of the sketch.
        generator: Where the random numbers come from.
    """
    n_outputs = gradient.shape[1]
    if size >= n_outputs:
        return gradient
    if kind == "random_projection":
        directions = generator.standard_normal((n_outputs, size), dtype=np.float32)
        directions /= np.float32(np.sqrt(size))
        return gradient @ directions
    norms = np.einsum("ij,ij->j", gradient, gradient, dtype=np.float64)
    if kind == "top_outputs":
        return np.ascontiguousarray(gradient[:, np.argsort(-norms, kind="stable")[:size]])
    total = norms.sum()
    # Nothing is left to fit: any columns do.
    shares = norms / total if total > 0 else np.full(n_outputs, 1 / n_outputs)
    drawn = generator.choice(n_outputs, size, p=shares)
    return np.asarray(gradient[:, drawn] / np.sqrt(size * shares[drawn]), dtype=np.float32)


def require_split_gradients() -> None:
    """Check that the installed XGBoost takes one gradient for the splits and another for the leaves.

    Raises:
        MissingDependencyError: It does not; its interface is experimental and may change with any version.
    """
    try:
        import xgboost
    except ImportError:
        raise MissingDependencyError("'xgboost_sketch' needs XGBoost: pip install 'xgboost-cpu>=3.2'") from None
    # The package imports its module of objectives by itself, where it has one.
    interface = getattr(getattr(xgboost, "objective", None), "TreeObjective", None)
    if not hasattr(interface, "split_grad") or not hasattr(xgboost.core._LIB, _UPDATE):
        raise MissingDependencyError(
            "'xgboost_sketch' needs xgboost.objective.TreeObjective.split_grad, an experiment that XGBoost has from "
            f"3.2 on; {xgboost.__version__} is installed and does not have it: pip install 'xgboost-cpu==3.2.*'"
        )


def sketched_squared_error(Y: Floats, sample_weight: Doubles | None, kind: SketchKind, size: int, seed: int) -> Any:
    """Return an objective of XGBoost: half the weighted squared error, with sketches for the splits.

    Args:
        Y: (n_rows, n_outputs) targets, NaN in gaps.
        sample_weight: (n_rows,) weights.
        kind: See `sketch`.
        size: See `sketch`.
        seed: Every round draws from a generator of its own, seeded by this and the round.
    """
    from xgboost.objective import TreeObjective

    weights = np.ones(len(Y)) if sample_weight is None else sample_weight
    hessian = np.asarray(weights, dtype=np.float32)[:, None]
    gradient = np.empty_like(Y)
    gaps = np.isnan(Y) if has_gaps(Y) else None
    of_leaves = np.broadcast_to(hessian, Y.shape) if gaps is None else np.where(gaps, np.float32(0), hessian)

    class SketchedSquaredError(TreeObjective):
        def __call__(self, iteration: int, y_pred: np.ndarray, dtrain: Any) -> tuple[np.ndarray, np.ndarray]:
            # In place: at 18,211 outputs every copy of the gradient is 45 MB.
            np.subtract(y_pred.reshape(Y.shape), Y, out=gradient)
            if sample_weight is not None:
                np.multiply(gradient, hessian, out=gradient)
            if gaps is not None:
                gradient[gaps] = 0
            return gradient, of_leaves

        def split_grad(
            self, iteration: int, grad: np.ndarray, hess: np.ndarray
        ) -> tuple[np.ndarray, np.ndarray] | None:
            reduced = sketch(grad, kind, size, np.random.default_rng([seed, iteration]))
            return None if reduced is grad else (reduced, np.broadcast_to(hessian, reduced.shape))

    return SketchedSquaredError()
