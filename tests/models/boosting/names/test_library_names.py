from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest
from packaging.version import Version

from kit.errors import MissingDependencyError, ParameterError
from kit.models.boosting import (
    CatBoost,
    LibraryBoosting,
    LightGBM,
    XGBoost,
    XGBoostSketch,
    XGBoostVectorLeaf,
)
from kit.models.boosting.names import catboost_names, lightgbm_names
from kit.models.boosting.names.library_names import LibraryNames, refusal

NAMES = LibraryNames(
    library="Lib",
    main={"depth": "depth", "deep": "depth", "rate": "rate", "eta": "rate", "threads": "threads", "nthread": "threads"},
    constructor={"rate": "learning_rate"},
    controlled={"threads": "one thread a task"},
)

WRONG: list[tuple[type[LibraryBoosting], dict[str, Any], str, str]] = [
    # unknown, with the nearest right name
    (LightGBM, {"path_smoth": 1.0}, "path_smoth", "did you mean 'path_smooth'"),
    (LightGBM, {"num_leafs": 7}, "num_leafs", "did you mean 'num_leaves'"),
    (LightGBM, {"qqqqqqqq": 1}, "qqqqqqqq", "no such parameter"),
    (XGBoost, {"max_delta_stepp": 1.0}, "max_delta_stepp", "did you mean 'max_delta_step'"),
    (XGBoost, {"learning_rte": 0.1}, "learning_rte", "did you mean 'learning_rate'"),
    # another library's name
    (XGBoost, {"num_leaves": 31}, "num_leaves", "no such parameter"),
    # a constructor parameter, by its own name or by an alias
    (LightGBM, {"num_leaves": 7}, "num_leaves", "duplicates num_leaves"),
    (LightGBM, {"num_leaf": 7}, "num_leaf", "alias of num_leaves"),
    (LightGBM, {"eta": 0.1}, "eta", "alias of learning_rate"),
    (LightGBM, {"num_boost_round": 5}, "num_boost_round", "set n_estimators"),
    (LightGBM, {"n_iter_no_change": 5}, "n_iter_no_change", "set early_stopping_rounds"),
    (LightGBM, {"loss": "regression"}, "loss", "set objective"),
    (XGBoost, {"eta": 0.1}, "eta", "duplicates learning_rate"),
    (XGBoost, {"lambda": 1.0}, "lambda", "set reg_lambda"),
    (XGBoost, {"min_split_loss": 1.0}, "min_split_loss", "set gamma"),
    # one parameter under two names
    (LightGBM, {"max_delta_step": 1, "max_leaf_output": 2}, "max_leaf_output", "library_params.max_delta_step"),
    # what the kit controls
    (LightGBM, {"n_jobs": 4}, "n_jobs", "one thread"),
    (LightGBM, {"verbose": 1}, "verbose", "own log"),
    (LightGBM, {"bagging_seed": 1}, "bagging_seed", "the recipe's seed"),
    (LightGBM, {"random_state": 1}, "random_state", "the recipe's seed"),
    (LightGBM, {"metrics": "l2"}, "metrics", "the competition's metric"),
    (LightGBM, {"train_data": "x.csv"}, "train_data", "not files"),
    (LightGBM, {"feature_pre_filter": True}, "feature_pre_filter", "share one Dataset"),
    (XGBoost, {"nthread": 4}, "nthread", "one thread"),
    (XGBoost, {"random_state": 4}, "random_state", "the recipe's seed"),
    (XGBoost, {"eval_metric": "mae"}, "eval_metric", "the competition's metric"),
    (XGBoost, {"tree_method": "exact"}, "tree_method", "share one histogram matrix"),
    # known, but turning nothing
    (LightGBM, {"alpha": 0.9}, "alpha", "only where objective is 'huber'"),
    (LightGBM, {"rate_drop": 0.9}, "rate_drop", "only where boosting is 'dart'"),
    (LightGBM, {"top_rate": 0.3}, "top_rate", "only where data_sample_strategy is 'goss'"),
    (XGBoost, {"rate_drop": 0.1}, "rate_drop", "with booster gbtree"),
    (XGBoost, {"huber_slope": 2.0}, "huber_slope", "objective reg:squarederror"),
    # values that the library refuses
    (LightGBM, {"path_smooth": -1.0}, "path_smooth", "refuses -1.0"),
    (LightGBM, {"boosting_type": "forest"}, "boosting_type", "refuses 'forest'"),
    (XGBoost, {"max_delta_step": -1.0}, "max_delta_step", "refuses -1.0"),
    (XGBoost, {"sampling_method": "x"}, "sampling_method", "refuses 'x'"),
    (XGBoost, {"booster": "gblinear"}, "booster", "gbtree, dart"),
    # trees with a vector in every leaf have less
    (XGBoostVectorLeaf, {"max_delta_stepp": 1.0}, "max_delta_stepp", "did you mean 'max_delta_step'"),
    (XGBoostVectorLeaf, {"eta": 0.1}, "eta", "duplicates learning_rate"),
    (XGBoostVectorLeaf, {"booster": "dart"}, "booster", "the model 'xgboost' has it"),
    (XGBoostVectorLeaf, {"monotone_constraints": "(1,0)"}, "monotone_constraints", "the model 'xgboost' has it"),
    (XGBoostVectorLeaf, {"multi_strategy": "one_output_per_tree"}, "multi_strategy", "all outputs in every leaf"),
    (XGBoostSketch, {"reg_lamda": 0.1}, "reg_lamda", "did you mean 'reg_lambda'"),
    (XGBoostSketch, {"lambda": 0.1}, "lambda", "set reg_lambda"),
    (XGBoostSketch, {"objective": "reg:absoluteerror"}, "objective", "the squared error"),
    (XGBoostSketch, {"base_score": 0.5}, "base_score", "the mean of every output"),
    (XGBoostSketch, {"interaction_constraints": "[[0]]"}, "interaction_constraints", "the model 'xgboost' has it"),
    (XGBoostSketch, {"max_delta_step": -1.0}, "max_delta_step", "refuses -1.0"),
    # CatBoost
    (CatBoost, {"scor_function": "L2"}, "scor_function", "did you mean 'score_function'"),
    (CatBoost, {"num_leafes": 3}, "num_leafes", "did you mean 'max_leaves'"),
    (CatBoost, {"depth": 3}, "depth", "duplicates depth"),
    (CatBoost, {"eta": 0.1}, "eta", "alias of learning_rate"),
    (CatBoost, {"n_estimators": 5}, "n_estimators", "set iterations"),
    (CatBoost, {"od_wait": 5}, "od_wait", "set early_stopping_rounds"),
    (CatBoost, {"max_leaves": 9, "num_leaves": 8}, "num_leaves", "library_params.max_leaves"),
    (CatBoost, {"thread_count": 4}, "thread_count", "one thread"),
    (CatBoost, {"random_state": 4}, "random_state", "the recipe's seed"),
    (CatBoost, {"train_dir": "x"}, "train_dir", "no files"),
    (CatBoost, {"verbose": 1}, "verbose", "own log"),
    (CatBoost, {"eval_metric": "RMSE"}, "eval_metric", "the competition's metric"),
    (CatBoost, {"objective": "RMSE"}, "objective", "MultiRMSE"),
    (CatBoost, {"max_leaves": 9}, "max_leaves", "only where grow_policy is 'Lossguide'"),
    (CatBoost, {"mvs_reg": 1.0}, "mvs_reg", "only where bootstrap_type is 'MVS'"),
    (CatBoost, {"penalties_coefficient": 2.0}, "penalties_coefficient", "only beside first_feature_use_penalties"),
    (CatBoost, {"leaf_estimation_iterations": 0}, "leaf_estimation_iterations", "refuses 0"),
    (CatBoost, {"score_function": "NewtonL2"}, "score_function", "refuses 'NewtonL2'"),
]

RIGHT: list[tuple[type[LibraryBoosting], dict[str, Any]]] = [
    (LightGBM, {"library_params": {"path_smooth": 1.0, "min_child_weight": 0.1, "monotone_constraints": [1, 0, -1]}}),
    (LightGBM, {"library_params": {"alpha": 0.5}, "objective": "huber"}),
    (LightGBM, {"library_params": {"boosting": "dart", "drop_rate": 0.2}}),
    (LightGBM, {"library_params": {"boosting": "goss", "top_rate": 0.3}}),
    (XGBoost, {"library_params": {"max_delta_step": 1.0, "num_parallel_tree": 2, "monotone_constraints": "(1,0)"}}),
    (XGBoost, {"library_params": {"huber_slope": 2.0}, "objective": "reg:pseudohubererror"}),
    (XGBoost, {"library_params": {"booster": "dart", "rate_drop": 0.2}}),
    (XGBoostVectorLeaf, {"library_params": {"base_score": 0.5, "num_parallel_tree": 2}, "subsample": 0.5}),
    (XGBoostVectorLeaf, {"library_params": {"huber_slope": 2.0}, "objective": "reg:pseudohubererror"}),
    (XGBoostSketch, {"library_params": {"max_delta_step": 1.0}}),
    (CatBoost, {"library_params": {"score_function": "L2", "feature_weights": [1.0, 0.5]}}),
    (CatBoost, {"library_params": {"max_leaves": 9}, "grow_policy": "Lossguide", "min_data_in_leaf": 3}),
    (CatBoost, {"library_params": {"mvs_reg": 1.0}, "bootstrap_type": "MVS", "subsample": 0.5}),
]


@pytest.mark.parametrize(("model", "params", "key", "why"), WRONG)
def test_a_wrong_key_is_named_before_the_fit(
    model: type[LibraryBoosting], params: dict[str, Any], key: str, why: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        model(library_params=params).check_parameters()
    assert str(caught.value).startswith(f"library_params.{key}: ")
    assert why in str(caught.value)


@pytest.mark.parametrize(("model", "params"), RIGHT)
def test_right_ones_pass(model: type[LibraryBoosting], params: dict[str, Any]) -> None:
    model(**params).check_parameters()


@pytest.mark.parametrize("model", [LightGBM, XGBoost, XGBoostVectorLeaf, XGBoostSketch])
def test_every_problem_has_its_line(model: type[LibraryBoosting]) -> None:
    with pytest.raises(ParameterError) as caught:
        model(library_params={"nthread": 2, "zzzz": 1}).check_parameters()
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "library_params.nthread",
        "library_params.zzzz",
    ]


@pytest.mark.parametrize("model", [LightGBM, XGBoost, XGBoostVectorLeaf, XGBoostSketch, CatBoost])
def test_fit_checks_too(model: type[LibraryBoosting]) -> None:
    with pytest.raises(ParameterError, match=r"library_params\.zzzz"):
        model(library_params={"zzzz": 1}).fit([[1.0], [2.0]], [[1.0], [2.0]])


@pytest.mark.parametrize(("model", "value"), [(LightGBM, [1, 0, 1]), (XGBoost, "(1,0,1)")], ids=["lightgbm", "xgboost"])
def test_what_only_the_data_can_refute(model: type[LibraryBoosting], value: Any) -> None:
    X = np.arange(20.0)[:, None]
    fitted = model(n_estimators=2, library_params={"monotone_constraints": value})
    with pytest.raises(ParameterError, match="20 rows and 1 features"):
        fitted.fit(X, X)
    with pytest.raises(ParameterError, match="20 rows and 1 features"):
        fitted.choose(X, X, X, lambda prediction: 0.0)


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"subsample": 0.5}, "^subsample: it has an effect only where bootstrap_type is 'Bernoulli' or 'MVS'"),
        ({"bagging_temperature": 2.0, "bootstrap_type": "No"}, "^bagging_temperature: .*'Bayesian'"),
        ({"min_data_in_leaf": 5}, "^min_data_in_leaf: .*'Depthwise' or 'Lossguide'"),
    ],
)
def test_parameters_of_catboost_that_would_turn_nothing(params: dict[str, Any], why: str) -> None:
    with pytest.raises(ParameterError, match=why):
        CatBoost(**params).check_parameters()


def test_bagging_that_never_happens() -> None:
    with pytest.raises(ParameterError, match=r"^bagging_fraction: 0\.5 has no effect while bagging_freq is 0"):
        LightGBM(bagging_fraction=0.5).check_parameters()


@pytest.mark.skipif(Version(lightgbm.__version__) < Version("4.7"), reason="older ones take every pair")
def test_constructor_parameters_that_do_not_go_together() -> None:
    with pytest.raises(ParameterError, match="LightGBM refuses these parameters together"):
        LightGBM(objective="regression_l1", linear_tree=True).check_parameters()


def test_type_and_range_come_first() -> None:
    with pytest.raises(ParameterError, match=r"learning_rate=-1"):
        XGBoost(learning_rate=-1.0, library_params={"zzzz": 1}).check_parameters()


def test_names_of_a_made_up_library() -> None:
    assert NAMES.problems({"depth": 3}) == []
    assert NAMES.problems({"depht": 3}) == ["library_params.depht: Lib has no such parameter (did you mean 'depth'?)"]
    # Never advised: what cannot be set anyway.
    assert NAMES.problems({"thread": 3}) == ["library_params.thread: Lib has no such parameter"]
    [problem] = NAMES.problems({"deep": 1, "depth": 2})
    assert problem == "library_params.depth: it duplicates library_params.deep; keep one of the two"
    assert NAMES.canonical({"deep": 1}) == {"depth": 1}


def test_the_refused_key_is_singled_out() -> None:
    def attempt(params: dict[str, Any]) -> str | None:
        if params.get("depth", 0) > 5:
            return "too deep"
        return "no" if params.get("depth") == 2 and params.get("other") == 2 else None

    assert refusal(NAMES, attempt, {}, {"deep": 3}) == []
    assert refusal(NAMES, attempt, {}, {"x": 1, "deep": 9}) == ["library_params.deep: Lib refuses 9: too deep"]
    assert refusal(NAMES, attempt, {}, {"deep": 2, "other": 2}) == ["library_params: Lib refuses this combination: no"]
    assert refusal(NAMES, attempt, {"depth": 9}, {}) == ["Lib refuses these parameters together: too deep"]


def test_lightgbm_names_without_the_library_that_python_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    import lightgbm

    expected = lightgbm_names._dump()
    monkeypatch.delattr(lightgbm.basic, "_LIB")
    assert lightgbm_names._dump() == expected


@pytest.mark.parametrize(
    ("model", "package"),
    [
        (LightGBM, "lightgbm"),
        (XGBoost, "xgboost"),
        (XGBoostVectorLeaf, "xgboost"),
        (XGBoostSketch, "xgboost"),
        (CatBoost, "catboost"),
    ],
)
def test_a_missing_library(model: type[LibraryBoosting], package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from kit.models.boosting.names import xgboost_names

    lightgbm_names.known_names.cache_clear()
    xgboost_names.xgboost_names.cache_clear()
    catboost_names.catboost_names.cache_clear()
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingDependencyError, match="pip install"):
        model().check_parameters()
