"""Finished runs that predict new rows."""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.errors import DataError, InputError, StateError
from kit.predicting import RunPredictor
from kit.training.manifest import TARGETS
from kit.training.train import RunResult
from tests.tiny import PROCESS, SINGLE, STANDARD, Tiny

FEATURES = SINGLE.partition("models:")[0]
TEACHERS = """\
stages:
  first:
    models:
      a: {kind: ridge, features: [cell, profile], params: {penalty: 10.0}}
      b: {kind: extra_trees, features: [cell, profile], repeats: 2, params: {n_estimators: 5}}
    repeats_blend: median
    out_of_fold: {kind: kfold, params: {n_splits: 3}}
    blend: BLEND
"""
STUDENT = "models: {student: {kind: ridge, features: [cell, profile], params: {penalty: 1.0}}}\n"
TWO_MODELS = """\
models:
  a: {kind: ridge, features: [cell, profile], params: {penalty: 10.0}}
  b: {kind: nearest, features: [profile], repeats: 2, params: {k: 3}}
folds: {kind: kfold, params: {n_splits: 3}}
"""
STACKED = FEATURES.replace("features:\n", "features:\n  first: {kind: stage_predictions, params: {stage: first}}\n")
WRAPPED = "models: {wrapped: {kind: KIND, features: [cell, profile], params: {model: {kind: ridge}, MORE}}}\n"

RECIPES = {
    "repeats, weighted": STANDARD.partition("seed: 3\n")[2],
    "folds, median": STANDARD.partition("seed: 3\n")[2] + "final: folds\nfolds_blend: median\n",
    "pseudo-labels": FEATURES
    + TEACHERS.replace("BLEND", "mean")
    + STUDENT
    + "pseudo_labels: {stage: first, rounds: 2}\n",
    "stage predictions": STACKED
    + TEACHERS.replace("BLEND", "nnls")
    + STUDENT.replace("[cell, profile]", "[cell, first]"),
    "nnls": FEATURES + TWO_MODELS + "blend: nnls\n",
    "greedy": FEATURES + TWO_MODELS + "blend: greedy\n",
    "weights by group": FEATURES
    + TWO_MODELS
    + "blend: {kind: per_group, params: {blend: {kind: by_score}, min_rows: 2}}\n",
    "chosen": FEATURES + TWO_MODELS.replace("params: {penalty: 10.0}", "choose: {params.penalty: [1.0, 100.0]}"),
    "one fit a group": FEATURES + WRAPPED.replace("KIND", "per_group").replace("MORE", "by: cell, min_rows: 3"),
    "bagged": FEATURES + WRAPPED.replace("KIND", "bagged").replace("MORE", "n_repeats: 2, share: 0.8"),
    "calibrated": FEATURES + WRAPPED.replace("KIND", "calibrated").replace("MORE", "by: cell"),
    "process": PROCESS,
    "members count by the error that they expect": PROCESS
    + "  other: {kind: gaussian_process}\n  ridge: {kind: ridge, params: {penalty: 10.0}}\nblend: by_variance\n",
    "full space, own targets": FEATURES.replace("by: sm_name}}", "by: sm_name}, space: full}")
    + "models: {a: {kind: ridge, target: identity, params: {penalty: 10.0}}}\n",
}


@pytest.fixture(scope="module")
def predictor(finished: RunResult) -> RunPredictor:
    return RunPredictor.load(finished.path)


@pytest.mark.parametrize("name", RECIPES)
def test_the_test_table_is_predicted_as_the_run_did(tiny: Tiny, tmp_path: Path, name: str) -> None:
    run = tiny.train(tmp_path, tiny.recipe(RECIPES[name], "kinds"))
    rows = pd.read_csv(tiny.data / "id_map.csv")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = RunPredictor.load(run.path).predict(rows)
    np.testing.assert_allclose(found.values, np.load(run.path / "test.npy"), rtol=1e-5, atol=1e-6)
    assert found.targets == tiny.competition.targets
    assert found.rows["id"].tolist() == rows["id"].astype(str).tolist()
    assert set(found.rows["rests_on"]) == {"seen parts"}


def test_a_compound_needs_no_second_word_on_its_structure(tiny: Tiny, tmp_path: Path) -> None:
    text = SINGLE.replace(
        "profile: {kind: target_profile",
        "prints: {kind: fingerprint, params: {column: SMILES}}\n  p: {kind: target_profile",
    )
    predictor = RunPredictor.load(tiny.train(tmp_path, tiny.recipe(text, "prints")).path)
    [known] = tiny.competition.rows.iloc[[0]].to_dict("records")
    rows = pd.DataFrame({"cell_type": ["Myeloid cells"], "sm_name": [known["sm_name"]]})
    described = rows.assign(SMILES=known["SMILES"])
    np.testing.assert_array_equal(predictor.predict(rows).values, predictor.predict(described).values)
    # An unknown compound is told by its structure, another one has another prediction.
    new = pd.DataFrame(
        {"cell_type": ["NK cells"] * 3, "sm_name": list("abc"), "SMILES": ["CCO", known["SMILES"], None]}
    )
    with pytest.warns(UserWarning, match="1 without a SMILES"):
        found = predictor.predict(new, warn=False)
    assert set(found.rows["rests_on"]) == {"new compound"}
    assert len({row.tobytes() for row in found.values}) == 3
    with pytest.raises(DataError, match="has two SMILES"):
        predictor.predict(rows.assign(SMILES="CCO"))


def test_what_rows_rest_on_and_what_is_unseen(predictor: RunPredictor, tiny: Tiny) -> None:
    measured = tiny.competition.rows.iloc[0]
    rows = pd.DataFrame(
        {
            "cell_type": [measured["cell_type"], "B cells", "B cells", "Astrocytes", "Astrocytes"],
            "sm_name": [measured["sm_name"], tiny.competition.test["sm_name"][0], "Unobtainium", "Belinostat", "X"],
        }
    )
    with pytest.warns(UserWarning, match="are in no training row") as caught:
        found = predictor.predict(rows)
    expected = ["measured", "seen parts", "new compound", "new group", "new group and compound"]
    assert found.rows["rests_on"].tolist() == expected
    assert [str(warning.message).split("their rows")[0] for warning in caught] == [
        "1 values of 'cell_type' are in no training row, ",
        "2 values of 'sm_name' are in no training row, ",
    ]
    frame = found.frame()
    assert frame.columns.tolist() == ["cell_type", "sm_name", "rests_on", *tiny.competition.targets]
    assert np.isfinite(found.values).all()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"cell_typ": ["T cells"], "sm_name": ["a"]}, r"no column 'cell_type' \(did you mean 'cell_typ'\?\)"),
        ({"cell_type": ["T cells", None], "sm_name": ["a", "b"]}, "'cell_type' is empty in row 1"),
        ({"cell_type": [], "sm_name": []}, "no rows to predict"),
        ({"cell_type": ["T cells"], "sm_name": ["a"], "control": ["perhaps"]}, "row 0: 'control' is 'perhaps'"),
    ],
)
def test_odd_rows(predictor: RunPredictor, rows: dict[str, list[str]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        predictor.predict(pd.DataFrame(rows))


def test_a_column_that_stands_twice(predictor: RunPredictor) -> None:
    rows = pd.DataFrame([["T cells", "a", "b"]], columns=["cell_type", "sm_name", "sm_name"])
    with pytest.raises(InputError, match="'sm_name' stands twice"):
        predictor.predict(rows)


def test_a_run_without_its_models_or_of_an_older_kit(finished: RunResult, tmp_path: Path, tiny: Tiny) -> None:
    run = tmp_path / "run"
    shutil.copytree(finished.path, run)
    shutil.rmtree(run / "tasks" / "fit" / "ridge" / "seed=0" / "final")
    with pytest.raises(StateError, match=r"kit train"):
        RunPredictor.load(run).predict(tiny.competition.test)
    (run / TARGETS).unlink()
    with pytest.raises(StateError, match="kit train"):
        RunPredictor.load(run)
