"""The names that LightGBM knows, and which of them a recipe may set."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from kit.errors import MissingDependencyError
from kit.models.boosting.names.library_names import LibraryNames

_REASONS: Mapping[str, str] = {
    "a task runs on one thread; tasks run side by side": "num_threads",
    "every seed follows from the recipe's seed": (
        "seed data_random_seed feature_fraction_seed bagging_seed drop_seed extra_seed objective_seed"
    ),
    "the same recipe must give the same bytes on every machine": "deterministic force_row_wise force_col_wise",
    "outputs share one Dataset, which keeps every feature": "feature_pre_filter",
    "the kit writes its own log": "verbosity metric_freq is_provide_training_metric",
    "the rounds are chosen by the competition's metric over all outputs": (
        "metric first_metric_only early_stopping_min_delta"
    ),
    "the kit hands over arrays, not files": (
        "data valid label_column weight_column group_column ignore_column header two_round save_binary pre_partition "
        "parser_config_file precise_float_parser is_enable_sparse categorical_feature forcedbins_filename "
        "forcedsplits_filename"
    ),
    "it belongs to LightGBM's command line and to prediction, which the kit does itself": (
        "task config input_model output_model snapshot_freq convert_model convert_model_language output_result "
        "saved_feature_importance_type predict_raw_score predict_leaf_index predict_contrib "
        "predict_disable_shape_check start_iteration_predict num_iteration_predict pred_early_stop "
        "pred_early_stop_freq pred_early_stop_margin refit_decay_rate"
    ),
    "a task runs on one machine's CPU": (
        "device_type tree_learner top_k num_machines machines machine_list_filename local_listen_port time_out "
        "gpu_platform_id gpu_device_id gpu_device_id_list gpu_use_dp num_gpu"
    ),
    "it belongs to classification, ranking or another objective than this model has": (
        "num_class is_unbalance scale_pos_weight sigmoid pos_bagging_fraction neg_bagging_fraction bagging_by_query "
        "label_gain lambdarank_truncation_level lambdarank_norm lambdarank_position_bias_regularization eval_at "
        "multi_error_top_k auc_mu_weights fair_c poisson_max_delta_step tweedie_variance_power max_cat_threshold "
        "cat_l2 cat_smooth max_cat_to_onehot min_data_per_group"
    ),
}
CONTROLLED: Mapping[str, str] = {name: reason for reason, names in _REASONS.items() for name in names.split()}

# What LightGBM reads only where one of these parameters has that value; elsewhere the knob would turn nothing.
_ONLY_WITH: Mapping[tuple[tuple[str, Any], ...], tuple[str, ...]] = {
    (("objective", "huber"),): ("alpha",),
    (("linear_tree", True),): ("linear_lambda",),
    (("boosting", "dart"),): ("drop_rate", "max_drop", "skip_drop", "xgboost_dart_mode", "uniform_drop"),
    (("data_sample_strategy", "goss"), ("boosting", "goss")): ("top_rate", "other_rate"),
    (("use_quantized_grad", True),): ("num_grad_quant_bins", "quant_train_renew_leaf", "stochastic_rounding"),
}


@cache
def known_names() -> dict[str, str]:
    """Return every name that the installed LightGBM knows, aliases included, to its main name.

    Raises:
        MissingDependencyError: LightGBM is not installed or does not tell its names.
    """
    return {name: main for main, aliases in json.loads(_dump()).items() for name in (main, *aliases)}


def lightgbm_names(constructor: Iterable[str]) -> LibraryNames:
    """Return LightGBM's names and who sets them, for a model with these constructor parameters."""
    main = known_names()
    return LibraryNames("LightGBM", main, {main[name]: name for name in constructor}, CONTROLLED)


def idle_problems(params: Mapping[str, Any], library_params: Mapping[str, Any]) -> list[str]:
    """Return a message for each of ``library_params`` that LightGBM would not read beside the other ``params``."""
    main = known_names()
    found = []
    for name in library_params:
        for partners, idle in _ONLY_WITH.items():
            if main.get(name, name) in idle and all(params.get(partner) != value for partner, value in partners):
                partner, value = partners[0]
                found.append(
                    f"library_params.{name}: it has an effect only where {partner} is {value!r}; "
                    "change that or remove this"
                )
    return found


def _dump() -> str:
    """Return LightGBM's table of parameters and aliases as JSON (``LGBM_DumpParamAliases`` of its C API)."""
    library = _library()
    length, needed = 1 << 16, ctypes.c_int64(0)
    while True:
        buffer = ctypes.create_string_buffer(length)
        if library.LGBM_DumpParamAliases(ctypes.c_int64(length), ctypes.byref(needed), ctypes.byref(buffer)) != 0:
            raise MissingDependencyError(
                "LightGBM does not tell which parameters it knows, so library_params cannot be checked; "
                "install lightgbm >= 4.3"
            )
        if needed.value <= length:
            return buffer.value.decode("utf-8")
        length = needed.value


def _library() -> Any:
    """Return LightGBM's shared library: the one its Python package loaded, or the same file loaded by path."""
    try:
        import lightgbm
    except ImportError:
        raise MissingDependencyError("the model 'lightgbm' needs LightGBM: pip install 'lightgbm>=4.3'") from None
    loaded = getattr(lightgbm.basic, "_LIB", None)
    if hasattr(loaded, "LGBM_DumpParamAliases"):
        return loaded
    folder = Path(lightgbm.__file__).parent
    for pattern in ("**/lib_lightgbm.so", "**/lib_lightgbm.dylib", "**/lib_lightgbm.dll"):
        for path in folder.glob(pattern):
            return ctypes.CDLL(str(path))
    raise MissingDependencyError(f"no shared library of LightGBM below {folder}; install lightgbm >= 4.3 again")
