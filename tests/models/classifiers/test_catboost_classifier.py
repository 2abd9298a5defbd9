from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import log_loss

from kit.errors import ParameterError, StateError
from kit.models import CatBoostClassifier
from tests.models.classifiers.planted import check_classifier, make_rows, one_hot

catboost = pytest.importorskip("catboost")

X, CODES = make_rows()
Y = one_hot(CODES)
# Without chance, so that the order of the rows is nothing.
SMALL: dict[str, Any] = {"iterations": 12, "depth": 2, "bootstrap_type": "No", "random_strength": 0.0}


def test_it_keeps_what_classifiers_promise(tmp_path: Path) -> None:
    check_classifier(CatBoostClassifier(**SMALL, learning_rate=0.3), tmp_path)


def test_probabilities_are_those_of_catboosts_own_classifier() -> None:
    weights = np.linspace(0.5, 2, 90)
    oracle = catboost.CatBoostClassifier(
        **SMALL,
        learning_rate=0.2,
        border_count=64,
        loss_function="MultiClass",
        thread_count=1,
        random_seed=0,
        allow_writing_files=False,
        logging_level="Silent",
        boosting_type="Plain",
    ).fit(X, CODES, sample_weight=weights)
    found = CatBoostClassifier(**SMALL, learning_rate=0.2).fit(X, Y, weights)
    np.testing.assert_allclose(found.predict(X), oracle.predict_proba(X), atol=1e-6)


def test_rounds_are_chosen_by_the_probabilities_of_held_out_rows() -> None:
    X_val, codes = make_rows(60, seed=1)
    wide = one_hot(CODES, 4)
    model = CatBoostClassifier(**SMALL | {"iterations": 60}, learning_rate=0.5, early_stopping_rounds=20)
    seen = []

    def loss(probabilities: np.ndarray) -> float:
        seen.append(probabilities)
        return float(log_loss(codes, probabilities[:, :3]))

    chosen = model.choose(X, wide, X_val, loss)
    losses = [log_loss(codes, probabilities[:, :3]) for probabilities in seen]
    assert chosen == int(np.argmin(losses)) + 1 == len(losses) - 20 < 40
    fixed = CatBoostClassifier(**model.get_params() | model.freeze_choice(chosen)).fit(X, wide)
    np.testing.assert_allclose(fixed.predict(X_val), seen[chosen - 1], atol=1e-6)


def test_without_a_feature_that_varies_the_frequencies_of_classes_are_predicted(tmp_path: Path) -> None:
    flat = np.ones((4, 2), dtype=np.float32)
    labels = one_hot(np.array([0, 0, 0, 1]))
    model = CatBoostClassifier(iterations=3, early_stopping_rounds=1).fit(flat, labels)
    np.testing.assert_allclose(model.predict(flat[:1]), [[0.75, 0.25, 0]])
    assert model.choose(flat, labels, flat, lambda probabilities: float(probabilities[0, 0])) == 1
    model.save(tmp_path / "flat")
    np.testing.assert_allclose(CatBoostClassifier.load(tmp_path / "flat").predict(flat[:1]), [[0.75, 0.25, 0]])
    assert model.fit(X, Y).frequencies_ is None


def test_a_model_without_its_booster_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StateError, match=r"booster.cbm is missing"):
        CatBoostClassifier().load_native(tmp_path)


@pytest.mark.parametrize(
    ("library_params", "message"),
    [
        ({"loss_function": "RMSE"}, "cannot be set"),
        ({"leaf_estimation_methd": "Newton"}, "no such parameter"),
        ({"max_leaves": 8}, "only where grow_policy"),
        ({"leaf_estimation_method": "Exact"}, "refuses"),
    ],
)
def test_what_catboost_does_not_read_is_refused(library_params: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        CatBoostClassifier(library_params=library_params).fit(X, Y)
