"""Parameters that all XGBoost models share: their constructors are written from these fields and the models' own."""

# No ``from __future__ import annotations`` here: the annotations must be types, not text, since those of a model's
# constructor are read in the names of the model's own module.
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import Ge, Gt, Le

from kit.models.boosting.library_model import LibraryParams
from kit.plugins import Supplied

Count = Annotated[int, Ge(1)]
Share = Annotated[float, Gt(0), Le(1)]
Bins = Annotated[int, Ge(2)]
ObjectiveName = Literal["reg:squarederror", "reg:absoluteerror", "reg:pseudohubererror"]


@dataclass(eq=False, repr=False)
class XGBoostOptions:
    """How XGBoost grows its trees; the names are those of its scikit-learn interface.

    Args:
        n_estimators: Boosting rounds; with ``early_stopping_rounds`` the most to try.
        learning_rate: Shrinkage of each tree.
        max_depth: Greatest depth of a tree; 0 for no limit.
        max_leaves: Most leaves of a tree; 0 for no limit.
        grow_policy: Split level by level, or the leaf of the greatest gain first.
        min_child_weight: Least sum of hessians in a leaf: for squared error, of the rows' weights.
        gamma: Least gain of a split, summed over the outputs of the tree.
        subsample: Share of the rows drawn for each tree.
        colsample_bytree: Share of the features drawn for each tree.
        colsample_bylevel: Share of those drawn for each level.
        colsample_bynode: Share of those drawn for each split.
        reg_alpha: L1 penalty on leaf values.
        reg_lambda: L2 penalty on leaf values.
        max_bin: Most bins of a feature.
        early_stopping_rounds: Choose the rounds on held-out rows, stopping after so many without improvement; None
            trains ``n_estimators``.
        library_params: Any other parameter of XGBoost, checked against XGBoost's own configuration.
        random_state: Seed of everything random (None means 0).
    """

    n_estimators: Count = 100
    learning_rate: Annotated[float, Gt(0)] = 0.3
    max_depth: Annotated[int, Ge(0)] = 6
    max_leaves: Annotated[int, Ge(0)] = 0
    grow_policy: Literal["depthwise", "lossguide"] = "depthwise"
    min_child_weight: Annotated[float, Ge(0)] = 1.0
    gamma: Annotated[float, Ge(0)] = 0.0
    subsample: Share = 1.0
    colsample_bytree: Share = 1.0
    colsample_bylevel: Share = 1.0
    colsample_bynode: Share = 1.0
    reg_alpha: Annotated[float, Ge(0)] = 0.0
    reg_lambda: Annotated[float, Ge(0)] = 1.0
    max_bin: Bins = 256
    early_stopping_rounds: Count | None = None
    library_params: LibraryParams = None
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

    def _cells(self, n_rows: int, n_features: int) -> float:
        """Return how many entries of histograms are filled and scanned for one column of gradients in one tree."""
        depth = min(self.max_depth or 30, int(np.log2(max(2, n_rows))))
        nodes = min(2**depth, self.max_leaves or n_rows)
        bins = max(2, min(self.max_bin, n_rows))
        return float(n_features * self.colsample_bytree * (nodes * bins + n_rows * depth))

    def _library_error(self) -> type[Exception]:
        import xgboost

        error: type[Exception] = xgboost.core.XGBoostError
        return error


def fixed_parameters(seed: int) -> dict[str, Any]:
    """Return what every booster is trained with: reproducible, on one thread, silent, scored by the kit."""
    return {
        "seed": seed,
        "seed_per_iteration": True,
        "tree_method": "hist",
        "nthread": 1,
        "disable_default_eval_metric": True,
        "verbosity": 1,
    }
