"""LightGBM for many outputs over one shared Dataset."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Gt, Le

from kit.arrays import Doubles, Floats
from kit.models.base import MODELS
from kit.models.boosting.library_model import LibraryParams
from kit.models.boosting.names.library_names import LibraryNames
from kit.models.boosting.names.lightgbm_names import idle_problems, lightgbm_names
from kit.models.boosting.per_output import PerOutputBoosting, Trainer
from kit.plugins import Supplied

# LightGBM keeps a histogram for each leaf, of each booster: 160 MB a booster at 2,000 features x 480 rows, 10 GB where
# 64 outputs advance together, and half a second each to allocate. It recomputes what the pool cannot hold.
HISTOGRAM_POOL_MB = 24

# Single-thread CPU seconds for one feature x (leaves x bins + rows x depth), LightGBM 4.7, AMD EPYC.
_SECONDS_PER_CELL = 3.5e-9


@MODELS.register("lightgbm")
@dataclass(eq=False, repr=False)
class LightGBM(PerOutputBoosting):
    """LightGBM, one booster per output over one shared Dataset.

    The features are binned once for all outputs. Boosters that share a Dataset read one label array, so each output's
    labels are put in place before its boosters are updated; the result equals separate fits exactly.

    Parameters carry LightGBM's main names, except ``n_estimators`` (its num_iterations), ``early_stopping_rounds`` and
    ``random_state``, which carry scikit-learn's. Runs on one thread and deterministically.

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
        objective: Loss of one output: squared error, absolute error or Huber's (``library_params: {alpha: …}``).
        early_stopping_rounds: Choose the rounds on held-out rows, stopping after so many without improvement; None
            trains ``n_estimators``.
        library_params: Any other parameter of LightGBM by its name or alias, checked against LightGBM's own list.
        random_state: Seed of bagging, feature sampling and random thresholds (None means 0).

    Attributes:
        boosters_: One lightgbm.Booster per output.
        n_outputs_: Number of outputs.
        n_features_in_: Number of features.
    """

    native_suffix: ClassVar[str] = ".txt"
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
    objective: Literal["regression", "regression_l1", "huber"] = "regression"
    early_stopping_rounds: Annotated[int, Ge(1)] | None = None
    library_params: LibraryParams = None
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds, from a measured cost of filling and scanning histograms."""
        leaves = max(2, min(self.num_leaves, n_rows // max(1, self.min_data_in_leaf)))
        bins = max(2, min(self.max_bin, n_rows // 3))
        cells = n_features * self.feature_fraction * (leaves * bins + n_rows * np.log2(leaves))
        return float(_SECONDS_PER_CELL * self.n_estimators * n_outputs * cells)

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
                predictions[done] = _validation_prediction(booster)
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


def _validation_prediction(booster: Any) -> np.ndarray:
    """Return the present prediction of the validation rows, which LightGBM hands to an evaluation function."""
    taken: list[np.ndarray] = []

    def take(prediction: np.ndarray, _: Any) -> tuple[str, float, bool]:
        taken.append(prediction.copy())
        return "taken", 0.0, False

    booster.eval_valid(take)
    return taken[0]
