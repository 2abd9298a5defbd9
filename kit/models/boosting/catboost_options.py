"""Parameters that all CatBoost models share, and what CatBoost says to them."""

# No ``from __future__ import annotations`` here: the annotations must be types, not text, since those of a model's
# constructor are read in the names of the model's own module.
import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Gt, Le

from kit.arrays import Doubles, Floats
from kit.errors import StateError
from kit.models.boosting.library_model import LibraryBoosting, LibraryParams
from kit.models.boosting.names.catboost_names import catboost_names, idle_problems
from kit.models.boosting.names.library_names import LibraryNames
from kit.plugins import Supplied, parameters

# Single-thread CPU seconds for one output x feature x leaf x border, CatBoost 1.2.10, AMD EPYC.
_SECONDS_PER_CELL = 5e-9

# When and where a model was trained, which CatBoost writes into it.
_PRIVATE = ("train_finish_time", "model_guid")


@dataclass(eq=False, repr=False)
class CatBoostOptions(LibraryBoosting):
    """How CatBoost grows its trees.

    Args:
        iterations: Boosting rounds; with ``early_stopping_rounds`` the most to try.
        learning_rate: Shrinkage of each tree.
        depth: Depth of a tree.
        l2_leaf_reg: L2 penalty on leaf values.
        rsm: Share of the features drawn for each level.
        bootstrap_type: How a tree's rows are weighted: at random (Bayesian), drawn (Bernoulli), drawn by their
            gradients (MVS), all alike (No).
        bagging_temperature: Spread of the Bayesian weights; 0 weights all alike.
        subsample: Share of the rows that Bernoulli and MVS draw; None means CatBoost's 0.66 and 0.8.
        random_strength: Noise that is added to the scores of splits, in standard deviations of the gradient.
        border_count: Most thresholds of a feature. Time is proportional to it; CatBoost's own default is 254, more
            than a few hundred rows can tell apart.
        min_data_in_leaf: Fewest rows in a leaf; only where trees are not oblivious.
        grow_policy: Oblivious trees; level by level; or the leaf of the greatest gain first.
        boosting_type: Plain; or Ordered, where a row's gradient comes from a model without it.
        early_stopping_rounds: Choose the rounds on held-out rows, stopping after so many without improvement; None
            trains ``iterations``.
        library_params: Any other parameter of CatBoost by its name or alias, checked against CatBoost's constructor.
        random_state: Seed of everything random (None means 0).

    Attributes:
        booster_: The catboost.CatBoost.
    """

    path_parameter: ClassVar[str | None] = "iterations"
    loss_function: ClassVar[str]
    native_attributes = ("booster_",)
    libraries = ("catboost",)

    iterations: Annotated[int, Ge(1)] = 100
    learning_rate: Annotated[float, Gt(0), Le(1)] = 0.1
    depth: Annotated[int, Ge(1), Le(16)] = 6
    l2_leaf_reg: Annotated[float, Ge(0)] = 3.0
    rsm: Annotated[float, Gt(0), Le(1)] = 1.0
    bootstrap_type: Literal["Bayesian", "Bernoulli", "MVS", "No"] = "Bayesian"
    bagging_temperature: Annotated[float, Ge(0)] = 1.0
    subsample: Annotated[float, Gt(0), Le(1)] | None = None
    random_strength: Annotated[float, Ge(0)] = 1.0
    border_count: Annotated[int, Ge(1), Le(65535)] = 64
    min_data_in_leaf: Annotated[int, Ge(1)] = 1
    grow_policy: Literal["SymmetricTree", "Depthwise", "Lossguide"] = "SymmetricTree"
    boosting_type: Literal["Plain", "Ordered"] = "Plain"
    early_stopping_rounds: Annotated[int, Ge(1)] | None = None
    library_params: LibraryParams = None
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds, from a measured cost of scoring one threshold."""
        leaves = 2**self.depth if self.grow_policy == "SymmetricTree" else min(2**self.depth, n_rows)
        cells = n_features * self.rsm * leaves * min(self.border_count, n_rows)
        return float(_SECONDS_PER_CELL * self.iterations * n_outputs * cells)

    def save_native(self, directory: Path) -> None:
        """Write the booster in CatBoost's binary format.

        Raises:
            OSError: The disk is full.
        """
        import catboost

        path = str(directory / "booster.cbm")
        self.booster_.save_model(path)
        # On a full disk CatBoost writes a part and says nothing.
        try:
            catboost.CatBoost().load_model(path)
        except catboost.CatBoostError:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path) from None

    def load_native(self, directory: Path) -> None:
        """Read the booster that `save_native` wrote.

        Raises:
            StateError: The file is missing.
        """
        import catboost

        path = directory / "booster.cbm"
        if not path.is_file():
            raise StateError(f"{path} is missing; the model cannot predict without its booster")
        self.booster_ = catboost.CatBoost().load_model(str(path))

    def _names(self) -> LibraryNames:
        return catboost_names(self._tree_parameters())

    def _own_problems(self) -> list[str]:
        names = self._names()
        extra = {names.main[name]: f"library_params.{name}" for name in self.library_params or {} if name in names.main}
        own = {p.name: p.name for p in parameters(type(self)) if getattr(self, p.name) != p.default}
        return list(idle_problems(self.booster_params(), {**own, **extra}))

    def _own_params(self) -> dict[str, Any]:
        values = self._tree_values()
        # CatBoost refuses some of them beside others even at their defaults.
        if self.subsample is None:
            del values["subsample"]
        if self.bootstrap_type != "Bayesian":
            del values["bagging_temperature"]
        return {
            **values,
            "loss_function": self.loss_function,
            "random_seed": self._seed(),
            "thread_count": 1,
            "allow_const_label": True,
            "allow_writing_files": False,
            "logging_level": "Silent",
        }

    def _try_on(self, params: dict[str, Any], targets: np.ndarray) -> None:
        """Train one round on 16 made-up rows with these targets."""
        import catboost

        # These must fit the number of features, which is not known before the fit.
        sized = ("monotone_constraints", "feature_weights", "ignored_features", "per_float_feature_quantization")
        tried = {k: v for k, v in params.items() if k not in sized and not k.endswith("_feature_use_penalties")}
        catboost.CatBoost({**tried, "iterations": 1}).fit(np.arange(16, dtype=np.float32)[:, None], targets)

    def _library_error(self) -> type[Exception]:
        import catboost

        error: type[Exception] = catboost.CatBoostError
        return error


def trained(params: dict[str, Any], X: Floats, targets: np.ndarray, weights: Doubles | None, **options: Any) -> Any:
    """Return a catboost.CatBoost fitted on (n_rows, n_features) features, without what tells one fit from the next.

    Args:
        params: Everything that is handed to CatBoost.
        X: (n_rows, n_features) features.
        targets: (n_rows, …) targets or labels.
        weights: (n_rows,) weights.
        options: More of its ``fit``.
    """
    import catboost

    booster = catboost.CatBoost(params)
    booster.fit(catboost.Pool(X, targets, weight=weights, thread_count=1), **options)
    metadata = booster.get_metadata()
    for key in _PRIVATE:
        metadata[key] = ""
    return booster


def varies(values: Floats) -> bool:
    """Whether any column differs between rows, by what is not NaN; CatBoost does not train where none does."""
    return bool((np.fmin.reduce(values, axis=0) < np.fmax.reduce(values, axis=0)).any())
