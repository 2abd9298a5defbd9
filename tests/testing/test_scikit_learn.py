"""scikit-learn's own checks of estimators, over every model, and its tools with the kit's plug-ins."""

from __future__ import annotations

import warnings
from typing import Any, Self

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator

from kit.arrays import Floats, as_matrix
from kit.features import OneHot, TargetProfile
from kit.models import MODELS, Additive, CoregionalizedGP, EmbeddingMLP, GroupMean, Model, PanelMap, Ridge, TwoTower
from kit.plugins import REGRESSION, Plugin
from kit.splits import LeaveOneGroupOutSplitter
from kit.targets import TargetTransform
from kit.testing import make_rows
from kit.testing.conventions import prepared
from tests.extras import HAS_TORCH
from tests.testing.examples import EXAMPLES, TESTABLE


class Coded:
    """Gives a model of category codes whole numbers, made of what the checks draw."""

    def fit(self, X: Any, Y: Any, sample_weight: Any = None) -> Self:
        super().fit(_codes(X), Y, sample_weight)  # type: ignore[misc]
        return self

    def predict(self, X: Any) -> Floats:
        predicted: Floats = super().predict(_codes(X))  # type: ignore[misc]
        return predicted


def _codes(X: Any) -> Floats:
    return np.floor(np.abs(as_matrix(X, "X")))


class CodedAdditive(Coded, Additive):
    pass


class CodedGroupMean(Coded, GroupMean):
    pass


class CodedPanelMap(Coded, PanelMap):
    pass


class CodedProcess(Coded, CoregionalizedGP):
    pass


class CodedEmbeddings(Coded, EmbeddingMLP):
    pass


CODED: dict[str, Model] = {
    "additive": CodedAdditive(),
    "group_mean": CodedGroupMean(column=0),
    "panel_map": CodedPanelMap(),
    "coregionalized_gp": CodedProcess(n_steps=2),
    "embedding_mlp": CodedEmbeddings("features", embedding_dim=4, hidden=(8,), n_epochs=2),
}
"""Models that read category codes; a network's lie in the one block that there is without a recipe."""

OTHERS: dict[str, Model] = {"two_tower": TwoTower(["features"], ["features"], [8, 4], rank=3, n_epochs=2)}
"""Models whose example has blocks of another width than the checks' matrices."""


def checked_models() -> list[Model]:
    """Every model of the kit, with small parameters."""
    names = [name for name in TESTABLE if name.startswith("model ") and "," not in name]
    kinds = [name.removeprefix("model ") for name in names]
    made = [
        CODED.get(kind) or OTHERS.get(kind) or EXAMPLES[name].make() for kind, name in zip(kinds, names, strict=True)
    ]
    return [prepared(model) for model in made]


EVERY_MODEL = {
    "check_n_features_in_after_fitting": "says in the kit's words how many columns were expected",
    "check_sample_weight_equivalence_on_dense_data": "hands on targets as `y`; in the kit they are a matrix, `Y`",
    "check_dtype_object": "asks for a TypeError where no number stands; the kit's InputError is a ValueError",
    "check_estimators_empty_data_messages": "a matrix without columns is fitted by the mean, or refused in other words",
    "check_regressor_multioutput": "asks for float64; the kit's predictions are float32",
}
"""The checks that no model passes, and why."""

TWO_COLUMNS = {"check_fit2d_1feature": "needs the codes of two columns, and says so in the kit's words"}

OF_CODES = {"check_regressors_train": "asks for a good fit of a linear function, which categories do not give"}

FEW_STEPS = {"check_regressors_train": "asks for a good fit, which the few steps of the example do not give"}

OWN: dict[str, dict[str, str]] = {
    "svr": {"check_non_transformer_estimators_n_iter": "every output has iterations of its own, none are kept"},
    "group_mean": OF_CODES,
    **dict.fromkeys(("additive", "panel_map", "coregionalized_gp"), TWO_COLUMNS | OF_CODES),
    **dict.fromkeys(("lightgbm", "catboost", "mlp", "resnet_mlp", "embedding_mlp"), FEW_STEPS),
    **dict.fromkeys(("conv", "recurrent", "transformer", "two_tower"), FEW_STEPS),
}
"""The checks that a model does not pass besides, and why."""


def checked(estimator: Plugin, expected: dict[str, str]) -> None:
    """Run what ``parametrize_with_checks`` runs, in one test: to find the thread pools for each check takes longer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(estimator, expected_failed_checks=expected, on_fail=None, on_skip=None)
    failed = {one["check_name"]: one["exception"] for one in results if one["status"] == "failed"}
    assert not failed
    needed = {one["check_name"] for one in results if one["status"] == "xfail"}
    there = {one["check_name"] for one in results}  # of other versions of scikit-learn
    assert expected.keys() & there == needed, "a check that is expected to fail passes"
    assert sum(one["status"] == "passed" for one in results) > 30


@pytest.mark.parametrize("model", checked_models(), ids=lambda model: model.kind)
def test_scikit_learn_takes_every_model_for_its_own(model: Model) -> None:
    # The check's targets are all missing, which a process refuses.
    takes_gaps = model.allow_nan_targets and not isinstance(model, CoregionalizedGP)
    gaps = {"check_supervised_y_no_nan": "takes targets with gaps (NaN)"} if takes_gaps else {}
    checked(model, EVERY_MODEL | gaps | OWN.get(model.kind, {}))


EVERY_TARGET = {
    "check_estimators_nan_inf": "targets may have gaps (NaN)",
    "check_fit_score_takes_y": "beside the targets stand the rows' groups",
    "check_n_features_in_after_fitting": "its columns are targets, n_features_in_ counts features",
    "check_n_features_in": "its columns are targets, n_features_in_ counts features",
    "check_transformer_general": "hands on `y` by name",
    "check_transformer_data_not_an_array": "hands on `y` by name",
    "check_dtype_object": EVERY_MODEL["check_dtype_object"],
    "check_estimators_empty_data_messages": "no targets are transformed into none, or refused in other words",
}
"""The checks that no target transform passes, and why."""


def checked_targets() -> list[TargetTransform]:
    """Every target transform of the kit."""
    return [prepared(EXAMPLES[name].make()) for name in TESTABLE if name.startswith("target ") and "," not in name]


@pytest.mark.parametrize("target", checked_targets(), ids=lambda target: target.kind)
def test_scikit_learn_takes_every_target_transform_for_its_own(target: TargetTransform) -> None:
    checked(target, EVERY_TARGET)


def test_every_model_is_checked() -> None:
    if HAS_TORCH:
        assert {model.kind for model in checked_models()} >= {
            cls.kind for cls in MODELS if cls.__module__.startswith("kit.") and REGRESSION in cls.problems
        }
    assert OWN.keys() <= set(MODELS.kinds())


def test_models_and_builders_join_in_pipelines_and_searches() -> None:
    rows, Y = make_rows()
    features = make_pipeline(OneHot(["cell_type", "sm_name"]), Ridge(penalty=1.0))
    folds = LeaveOneGroupOutSplitter("cell_type")
    by_hand = []
    for train, held_out in folds.split(rows):
        columns = OneHot(["cell_type", "sm_name"]).fit(rows.iloc[train])
        model = Ridge(penalty=1.0).fit(columns.transform(rows.iloc[train]), Y[train])
        by_hand.append(model.score(columns.transform(rows.iloc[held_out]), Y[held_out]))
    np.testing.assert_allclose(cross_val_score(features, rows, Y, cv=folds), by_hand, rtol=1e-6)
    assert cross_val_predict(features, rows, Y, cv=folds).shape == Y.shape

    search = GridSearchCV(features, {"ridge__penalty": [1e-3, 1.0, 1e6]}, cv=folds).fit(rows, Y)
    means = search.cv_results_["mean_test_score"]
    assert search.best_params_ == {"ridge__penalty": [1e-3, 1.0, 1e6][int(np.argmax(means))]}
    assert means.max() == pytest.approx(search.best_score_)


def test_a_builder_of_target_statistics_hides_a_rows_own_target_in_a_pipeline() -> None:
    rows, Y = make_rows()
    pipeline = make_pipeline(TargetProfile(by="sm_name"), Ridge(penalty=1.0)).fit(rows, Y)
    inside = TargetProfile(by="sm_name").fit_transform(rows, Y)
    np.testing.assert_allclose(
        pipeline.predict(rows),
        Ridge(penalty=1.0).fit(inside, Y).predict(pipeline[0].transform(rows)),
        rtol=1e-4,
        atol=1e-4,
    )
