"""The names that XGBoost knows, and which of them a recipe may set."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from kit.errors import MissingDependencyError
from kit.models.boosting.names.library_names import LibraryNames

BOOSTERS = ("gbtree", "dart")

# XGBoost's configuration lists a parameter under each of its names and does not say which are the same; and its Python
# package has names of its own for what is no parameter of the booster.
_ALIASES: Mapping[str, str] = {
    "eta": "learning_rate",
    "lambda": "reg_lambda",
    "alpha": "reg_alpha",
    "min_split_loss": "gamma",
    "nthread": "n_jobs",
    "random_state": "seed",
    "num_boost_round": "n_estimators",
    "num_round": "n_estimators",
}

_REASONS: Mapping[str, str] = {
    "a task runs on one thread; tasks run side by side": "n_jobs",
    "every seed follows from the recipe's seed": "seed seed_per_iteration",
    "the kit writes its own log": "verbosity callbacks importance_type",
    "the rounds are chosen by the competition's metric over all outputs": "eval_metric disable_default_eval_metric",
    "outputs share one histogram matrix": "tree_method updater updater_seq process_type refresh_leaf",
    "this model fits one booster per output": "multi_strategy num_target",
    "a task runs on one machine's CPU": "device fail_on_invalid_gpu_id",
    "the kit checks names itself": "validate_parameters",
    "the kit hands over finite numbers": (
        "missing enable_categorical feature_types feature_weights max_cat_to_onehot max_cat_threshold sparse_threshold"
    ),
    "it belongs to classification": "num_class scale_pos_weight",
    "it is for XGBoost's own developers": "debug_synchronize",
}
CONTROLLED: Mapping[str, str] = {name: reason for reason, names in _REASONS.items() for name in names.split()}

# Parameters that stand among the state of a model in XGBoost's configuration.
_OF_THE_MODEL = ("base_score", "num_parallel_tree")


@cache
def xgboost_names(constructor: tuple[str, ...], booster: str, objective: str) -> LibraryNames:
    """Return the names that the installed XGBoost reads, and who sets them.

    Args:
        constructor: The names of our model's constructor parameters.
        booster: "gbtree" or "dart".
        objective: The loss of one output, or of classes; some have parameters of their own.

    The names are those of the configuration of a booster trained for one round on eight made-up rows.

    Raises:
        MissingDependencyError: XGBoost is not installed.
    """
    try:
        import xgboost
    except ImportError:
        raise MissingDependencyError("the model 'xgboost' needs XGBoost: pip install 'xgboost-cpu>=3.2'") from None
    ramp = [float(value) for value in range(8)]
    rows = xgboost.QuantileDMatrix([[value] for value in ramp], label=ramp, nthread=1)
    params: dict[str, Any] = {"tree_method": "hist", "nthread": 1, "booster": booster, "objective": objective}
    if objective.startswith("multi:"):
        params["num_class"] = len(ramp)
    config = json.loads(xgboost.train(params, rows, 1).save_config())
    known = {*_of_sections(config), *_OF_THE_MODEL, *_ALIASES, *constructor, *CONTROLLED}
    main = {name: _ALIASES.get(name, name) for name in known}
    own = {main[name]: name for name in constructor}
    return LibraryNames("XGBoost", main, own, CONTROLLED, f" with booster {booster} and objective {objective}")


def _of_sections(config: Any) -> Iterator[str]:
    """Yield the names in every section of parameters ("…_param", not the "…_model_param" that hold state)."""
    if isinstance(config, list):
        for item in config:
            yield from _of_sections(item)
    elif isinstance(config, dict):
        for key, value in config.items():
            if key.endswith("_param") and not key.endswith("_model_param"):
                yield from value
            else:
                yield from _of_sections(value)
