"""The names that CatBoost knows, and which of them a recipe may set."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from kit.errors import MissingDependencyError
from kit.models.boosting.names.library_names import LibraryNames

# CatBoost's constructor lists a parameter under each of its names and does not say which are the same.
_ALIASES: Mapping[str, str] = {
    "eta": "learning_rate",
    "max_bin": "border_count",
    "max_depth": "depth",
    "colsample_bylevel": "rsm",
    "random_state": "random_seed",
    "reg_lambda": "l2_leaf_reg",
    "n_estimators": "iterations",
    "num_boost_round": "iterations",
    "num_trees": "iterations",
    "early_stopping_rounds": "od_wait",
    "num_leaves": "max_leaves",
    "min_child_samples": "min_data_in_leaf",
    "objective": "loss_function",
    "verbose": "logging_level",
    "silent": "logging_level",
    "verbose_eval": "logging_level",
}

_REASONS: Mapping[str, str] = {
    "a task runs on one thread; tasks run side by side": "thread_count",
    "every seed follows from the recipe's seed": "random_seed",
    "the kit writes its own log, and a fit no files": (
        "logging_level metric_period allow_writing_files train_dir name metadata save_snapshot snapshot_file "
        "snapshot_interval output_borders"
    ),
    "the rounds are chosen by the competition's metric over all outputs": (
        "eval_metric custom_metric od_type od_pval use_best_model best_model_min_trees eval_fraction"
    ),
    "the model's trees have all outputs in every leaf: MultiRMSE": "loss_function",
    "a task runs on one machine's CPU": (
        "task_type device_config devices gpu_ram_part pinned_memory_size gpu_cat_features_storage data_partition "
        "used_ram_limit dev_score_calc_obj_block_size dev_efb_max_buckets fixed_binary_splits"
    ),
    "the kit hands over finite numbers": (
        "nan_mode input_borders cat_features one_hot_max_size counter_calc_method ctr_leaf_count_limit "
        "store_all_simple_ctr max_ctr_complexity final_ctr_computation_mode simple_ctr combinations_ctr "
        "per_feature_ctr ctr_description ctr_target_border_count ctr_history_unit model_size_reg text_features "
        "tokenizers dictionaries feature_calcers text_processing embedding_features "
        "sparse_features_conflict_fraction has_time sampling_unit"
    ),
    "it belongs to classification or ranking": "target_border",
    "constant targets are no error": "allow_const_label",
}
CONTROLLED: Mapping[str, str] = {name: reason for reason, names in _REASONS.items() for name in names.split()}

# What CatBoost reads only beside certain values of another parameter; elsewhere the knob would turn nothing.
_ONLY_WITH: Mapping[str, tuple[str, tuple[Any, ...]]] = {
    "min_data_in_leaf": ("grow_policy", ("Depthwise", "Lossguide")),
    "max_leaves": ("grow_policy", ("Lossguide",)),
    "bagging_temperature": ("bootstrap_type", ("Bayesian",)),
    "subsample": ("bootstrap_type", ("Bernoulli", "MVS")),
    "mvs_reg": ("bootstrap_type", ("MVS",)),
    "fold_len_multiplier": ("boosting_type", ("Ordered",)),
    "fold_permutation_block": ("boosting_type", ("Ordered",)),
    "approx_on_full_history": ("boosting_type", ("Ordered",)),
}
# What CatBoost reads only where another parameter is given.
_ONLY_BESIDE: Mapping[str, tuple[str, ...]] = {
    "leaf_estimation_backtracking": ("leaf_estimation_iterations",),
    "model_shrink_mode": ("model_shrink_rate", "langevin", "posterior_sampling", "diffusion_temperature"),
    "penalties_coefficient": ("first_feature_use_penalties", "per_object_feature_penalties"),
}


@cache
def catboost_names(constructor: tuple[str, ...]) -> LibraryNames:
    """Return the names of the installed CatBoost's own constructor, and who sets them.

    Args:
        constructor: The names of our model's constructor parameters.

    Raises:
        MissingDependencyError: CatBoost is not installed.
    """
    try:
        import catboost
    except ImportError:
        raise MissingDependencyError("the model 'catboost' needs CatBoost: pip install 'catboost>=1.2'") from None
    listed = list(inspect.signature(catboost.CatBoostRegressor.__init__).parameters)[1:]
    known = {*listed, *_ALIASES, *constructor, *CONTROLLED}
    main = {name: _ALIASES.get(name, name) for name in known}
    own = {main[name]: name for name in constructor}
    return LibraryNames("CatBoost", main, own, CONTROLLED)


def idle_problems(params: Mapping[str, Any], given: Mapping[str, str]) -> Iterator[str]:
    """Yield a message for each parameter that CatBoost would not read beside the others.

    Args:
        params: Everything that is handed to CatBoost, under its main names.
        given: Main name to the name under which it was set, for what was set away from its default.
    """
    for main, name in given.items():
        if main in _ONLY_WITH:
            partner, values = _ONLY_WITH[main]
            if params.get(partner) not in values:
                wanted = " or ".join(map(repr, values))
                yield f"{name}: it has an effect only where {partner} is {wanted}; change that or remove this"
        elif main in _ONLY_BESIDE and not any(partner in params for partner in _ONLY_BESIDE[main]):
            yield f"{name}: it has an effect only beside {' or '.join(_ONLY_BESIDE[main])}; set that or remove this"
