"""What cannot end well is refused before the first fit, at file and line, with exit code 2."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kit.errors import InputError
from kit.models.base import MODELS
from kit.models.boosting.catboost_model import CatBoost
from kit.models.boosting.xgboost_vector_leaf import XGBoostVectorLeaf
from kit.training.train import foreseen_warnings, prepare
from tests.tiny import Notes, Tiny

HEAD = """\
features: {cell: {kind: one_hot, params: {columns: [cell_type]}}}
"""


def refused(tiny: Tiny, out: Path, text: str) -> str:
    """Return why a recipe is refused; nothing may have been fitted."""
    notes = Notes()
    with pytest.raises(InputError) as caught:
        tiny.train(out, tiny.recipe(HEAD + text, "hopeless"), observer=notes)
    assert notes.begun is None
    assert not list(out.rglob("*"))
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "place"),
    [
        ("models:\n  m: {kind: catboost}\n", 4, "models.m"),
        ("models:\n  m: {kind: bagged, params: {model: xgboost_vector_leaf}}\n", 4, "models.m"),
        (
            "models:\n  m: {kind: catboost, choose: {target.params.n_components: [2, 9]}}\ntarget: svd\n",
            4,
            "models.m",
        ),
        (
            "models: {m: ridge}\npseudo_labels: {stage: t}\nstages:\n  t:\n    models:\n      c: {kind: catboost}\n",
            8,
            "stages.t.models.c",
        ),
    ],
)
def test_more_outputs_than_a_model_takes(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, line: int, place: str
) -> None:
    for model in (CatBoost, XGBoostVectorLeaf):
        monkeypatch.setattr(model, "most_outputs", 8)
    message = refused(tiny, tmp_path, text)
    assert f"hopeless.yaml:{line}: {place}: " in message
    assert "at most 8 outputs" in message


def test_as_many_outputs_as_a_model_takes(tiny: Tiny, tmp_path: Path) -> None:
    text = "target: {kind: svd, params: {n_components: 5}}\nmodels: {m: {kind: catboost, params: {iterations: 1}}}\n"
    pytest.importorskip("catboost")
    assert tiny.train(tmp_path, tiny.recipe(HEAD + text, "few")).fitted == 3


@pytest.mark.parametrize(
    "models",
    ["{z: zeros}", "{z: zeros, y: {kind: bagged, params: {model: zeros, n_repeats: 2}}}"],
)
def test_controls_that_predict_nothing(tiny: Tiny, tmp_path: Path, models: str) -> None:
    message = refused(tiny, tmp_path, f"postprocess: []\nmodels: {models}\n")
    assert "hopeless.yaml:4: models: every model predicts zero" in message


def test_controls_of_which_one_predicts_something(tiny: Tiny, tmp_path: Path) -> None:
    text = "postprocess: []\nmodels: {z: zeros, m: mean_outcome}\n"
    assert tiny.train(tmp_path, tiny.recipe(HEAD + text, "something")).fitted == 6


def test_zeros_of_centred_targets_are_means(tiny: Tiny, tmp_path: Path) -> None:
    text = "postprocess: []\ntarget: {kind: svd, params: {n_components: 3, center: mean}}\nmodels: {z: zeros}\n"
    assert tiny.train(tmp_path, tiny.recipe(HEAD + text, "means")).fitted == 3


def test_the_limits_are_told_by_the_models() -> None:
    limited = {kind for kind in MODELS.kinds() if MODELS.get(kind).most_outputs is not None}
    assert limited == {"catboost", "xgboost_vector_leaf"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "models: {m: ridge}\nfolds: {kind: kfold, params: {n_splits: 99}}\n",
            "hopeless.yaml:4: folds: kfold: n_splits=99",
        ),
        (
            "models: {m: ridge}\nfolds: {kind: group_kfold, params: {column: sm_nam}}\n",
            "hopeless.yaml:4: folds: ",
        ),
        (
            "models: {m: {kind: ridge, choose: {params.penalty: [1, 2]}}}\n"
            "folds:\n  inner: {kind: kfold, params: {n_splits: 30}}\n",
            "hopeless.yaml:5: folds.inner: inside of ",
        ),
    ],
)
def test_folds_that_the_rows_do_not_allow(tiny: Tiny, tmp_path: Path, text: str, expected: str) -> None:
    assert expected in refused(tiny, tmp_path, text)


def test_one_structure_under_two_names_is_told_before_the_first_fit(tiny: Tiny, tmp_path: Path) -> None:
    recipe = tiny.recipe(
        HEAD + "models: {m: ridge}\nfolds: {kind: group_kfold, params: {column: sm_name}}\n", "by_name"
    )
    competition = tiny.read(recipe)
    assert not any("two names" in text for text in foreseen_warnings(prepare(recipe, competition, tmp_path)))
    twins = replace(competition, rows=competition.rows.assign(SMILES="CCO"))
    [warning] = [text for text in foreseen_warnings(prepare(recipe, twins, tmp_path)) if "two names" in text]
    assert "1 structure is on both sides of a fold" in warning
