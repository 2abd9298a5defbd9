"""Parameters that all LightGBM models share, and what LightGBM says to them."""

# No ``from __future__ import annotations`` here: the annotations must be types, not text, since those of a model's
# constructor are read in the names of the model's own module.
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Gt, Le

from kit.models.boosting.library_model import LibraryBoosting, LibraryParams
from kit.models.boosting.names.library_names import LibraryNames
from kit.models.boosting.names.lightgbm_names import idle_problems, lightgbm_names
from kit.plugins import Supplied

# LightGBM keeps a histogram for each leaf, of each booster: 160 MB a booster at 2,000 features x 480 rows, 10 GB where
# 64 outputs advance together, and half a second each to allocate. It recomputes what the pool cannot hold.
HISTOGRAM_POOL_MB = 24

# Single-thread CPU seconds for one feature x (leaves x bins + rows x depth), LightGBM 4.7, AMD EPYC.
SECONDS_PER_CELL = 3.5e-9


@dataclass(eq=False, repr=False)
class LightGBMOptions(LibraryBoosting):
    """How LightGBM grows its trees.

    Args:
        n_estimators: Boosting rounds; with ``early_stopping_rounds`` the most to try.
        learning_rate: Shrinkage of each tree.
        num_leaves: Most leaves of a tree.
        max_depth: Greatest depth of a tree; -1 or 0 for no limit.
        min_data_in_leaf: Fewest rows in a leaf.
        feature_fraction: Share of the features drawn for each tree.
        bagging_fraction: Share of the rows drawn, every ``bagging_freq`` rounds; below 1 needs ``bagging_freq`` >= 1.
        bagging_freq: Draw rows anew after so many rounds; 0 draws none.
        lambda_l1: L1 penalty on leaf values.
        lambda_l2: L2 penalty on leaf values.
        min_gain_to_split: Least gain of a split.
        max_bin: Most bins of a feature.
        extra_trees: Try one random threshold a feature instead of all.
        linear_tree: Fit a linear model in each leaf.
        early_stopping_rounds: Choose the rounds on held-out rows, stopping after so many without improvement; None
            trains ``n_estimators``.
        library_params: Any other parameter of LightGBM by its name or alias, checked against LightGBM's own list.
        random_state: Seed of bagging, feature sampling and random thresholds (None means 0).
    """

    libraries = ("lightgbm",)

    n_estimators: Annotated[int, Ge(1)] = 100
    learning_rate: Annotated[float, Gt(0)] = 0.1
    num_leaves: Annotated[int, Ge(2), Le(131072)] = 31
    max_depth: Annotated[int, Ge(-1)] = -1
    min_data_in_leaf: Annotated[int, Ge(0)] = 20
    feature_fraction: Annotated[float, Gt(0), Le(1)] = 1.0
    bagging_fraction: Annotated[float, Gt(0), Le(1)] = 1.0
    bagging_freq: Annotated[int, Ge(0)] = 0
    lambda_l1: Annotated[float, Ge(0)] = 0.0
    lambda_l2: Annotated[float, Ge(0)] = 0.0
    min_gain_to_split: Annotated[float, Ge(0)] = 0.0
    max_bin: Annotated[int, Ge(2)] = 255
    extra_trees: bool = False
    linear_tree: bool = False
    early_stopping_rounds: Annotated[int, Ge(1)] | None = None
    library_params: LibraryParams = None
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

    def _cells(self, n_rows: int, n_features: int) -> float:
        """Return how many entries of histograms are filled and scanned for one tree."""
        leaves = max(2, min(self.num_leaves, n_rows // max(1, self.min_data_in_leaf)))
        bins = max(2, min(self.max_bin, n_rows // 3))
        return float(n_features * self.feature_fraction * (leaves * bins + n_rows * np.log2(leaves)))

    def _names(self) -> LibraryNames:
        return lightgbm_names(self._tree_parameters())

    def _own_problems(self) -> list[str]:
        problems = idle_problems(self.booster_params(), self.library_params or {})
        if self.bagging_fraction < 1 and self.bagging_freq == 0:
            problems.append(
                f"bagging_fraction: {self.bagging_fraction} has no effect while bagging_freq is 0; "
                "set bagging_freq to 1 or more, or bagging_fraction to 1"
            )
        return problems

    def _own_params(self) -> dict[str, Any]:
        return {
            **self._tree_values(),
            "seed": self._seed(),
            "metric": "none",
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "feature_pre_filter": False,
            "histogram_pool_size": HISTOGRAM_POOL_MB,
            "verbosity": -1,
        }

    def _try(self, params: dict[str, Any]) -> None:
        import lightgbm

        # These must fit the number of features, which is not known before the fit.
        sized = ("monotone_constraints", "feature_contri", "max_bin_by_feature", "interaction_constraints")
        tried = {k: v for k, v in params.items() if k not in sized and not k.startswith(("cegb_", "monotone_"))}
        ramp = np.arange(16, dtype=np.float32)
        lightgbm.Booster(tried, lightgbm.Dataset(ramp[:, None], label=ramp, params=tried).construct())

    def _library_error(self) -> type[Exception]:
        import lightgbm

        return lightgbm.basic.LightGBMError
