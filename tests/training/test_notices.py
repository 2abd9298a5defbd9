"""Warnings of fits reach the terminal, the log and the result, each once with its count."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError, KitWarning, RunError
from kit.features.categorical import OneHot
from kit.models.ridge import Ridge
from kit.training.notices import by_kind, counted
from tests.tiny import SINGLE, Notes, Tiny

VECTORS = """
target: {kind: svd, params: {n_components: 5, center: none}}
features:
  cell: {kind: one_hot, params: {columns: [cell_type]}}
  known: {kind: embedding_table, params: {path: FILE, column: sm_name}}
models:
  ridge: {kind: ridge, params: {penalty: 10.0}}
  other: {kind: ridge, params: {penalty: 1.0}}
"""
EXPECTED = "embedding_table: few.csv has no vector"


@pytest.fixture
def few(tiny: Tiny, tmp_path: Path) -> str:
    """A recipe whose file of vectors knows one compound; it warns in fits and where rows are predicted."""
    compound = tiny.competition.rows["sm_name"].iloc[0]
    pd.DataFrame({"sm_name": [compound, "other"], "x": [1.0, 2.0]}).to_csv(tmp_path / "few.csv", index=False)
    return VECTORS.replace("FILE", str(tmp_path / "few.csv"))


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_builders_warning_is_said_once_kept_and_counted(tiny: Tiny, few: str, tmp_path: Path, jobs: int) -> None:
    notes = Notes()
    recipe = tiny.recipe(few, "few")
    result = tiny.train(tmp_path / "out", recipe, jobs=jobs, observer=notes)
    said = [text for text in notes.notes if EXPECTED in text]
    assert len(said) == 1
    assert said[0].startswith(f"warning: {EXPECTED}")
    assert said[0].endswith("(this or the like in 6 of 6 fits)")
    assert result.warnings == tuple(text.removeprefix("warning: ") for text in notes.notes if "warning: " in text)
    assert said[0] in (result.path / "log.txt").read_text()
    assert json.loads((result.path / "warnings.json").read_text())["warnings"] == list(result.warnings)
    # Whoever asks for the finished run again is told again.
    again = Notes()
    assert tiny.train(tmp_path / "out", recipe, observer=again).warnings == result.warnings
    assert said[0] in again.notes


def test_a_fit_that_takes_a_fitted_block_from_the_run_warns_as_well(tiny: Tiny, few: str, tmp_path: Path) -> None:
    result = tiny.train(tmp_path / "out", tiny.recipe(few, "few"))
    kept = [json.loads(path.read_text())["warnings"] for path in result.path.glob("tasks/fit/*/*/*/metrics.json")]
    assert len(kept) == 6
    assert all(any(EXPECTED in text for text in texts) for texts in kept)


def test_a_models_warning_and_that_of_a_failing_fit_are_said(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit, calls = Ridge.fit, []

    def warn_and_fail(self: Ridge, X: np.ndarray, Y: np.ndarray, **given: object) -> Ridge:
        calls.append(self)
        warnings.warn(f"a model is unsure of {len(calls)} rows", KitWarning, stacklevel=2)
        if len(calls) == 3:
            warnings.warn("a model gives up", KitWarning, stacklevel=2)
            raise ZeroDivisionError
        return fit(self, X, Y, **given)

    monkeypatch.setattr(Ridge, "fit", warn_and_fail)
    notes = Notes()
    with pytest.raises(RunError, match="ZeroDivisionError"):
        tiny.train(tmp_path, tiny.recipe(SINGLE, "unsure"), observer=notes)
    assert "warning: a model is unsure of 1 rows (this or the like in 2 of 2 fits)" in notes.notes
    assert "warning: a model gives up" in notes.notes
    # What was fitted before the interruption still counts after it.
    monkeypatch.setattr(Ridge, "fit", fit)
    after = tiny.train(tmp_path, tiny.recipe(SINGLE, "unsure"))
    assert "a model is unsure of 1 rows (this or the like in 2 of 3 fits)" in after.warnings


def test_a_model_that_learns_nothing_is_named(tiny: Tiny, tmp_path: Path) -> None:
    penalty = "models.ridge.params={penalty: 1.0e+12, fit_intercept: true}"
    result = tiny.train(tmp_path, tiny.recipe(SINGLE, "stiff", penalty))
    (text,) = [one for one in result.warnings if "learnt nothing" in one]
    assert text.startswith("ridge: ")
    assert "penalty=1000000000000.0" in text


def test_wrong_input_that_a_block_finds_keeps_its_kind_and_place(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: OneHot, rows: pd.DataFrame, Y: object = None) -> np.ndarray:
        raise InputError("this table will not do")

    recipe = tiny.recipe(SINGLE, "refused")
    for name, step in (("transform", "features.cell"), ("fit_transform", "features.cell")):
        with monkeypatch.context() as patch:
            patch.setattr(OneHot, name, refuse)
            with pytest.raises(InputError) as caught:
                tiny.train(tmp_path / name, recipe)
        assert str(caught.value).split(": ")[0].endswith("refused.yaml:5")
        assert f": {step}: this table will not do (found by task ridge, repeat 0, NK cells)" in str(caught.value)
        assert "continues" not in str(caught.value)


def test_wrong_input_that_a_model_finds_names_the_model(
    tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Ridge, X: np.ndarray, Y: np.ndarray, **given: object) -> Ridge:
        raise InputError("not with me")

    monkeypatch.setattr(Ridge, "fit", refuse)
    with pytest.raises(InputError, match=r"refused.yaml:7: models\.ridge: not with me"):
        tiny.train(tmp_path, tiny.recipe(SINGLE, "refused"))


def test_a_change_that_changes_no_prediction_is_named(tiny: Tiny, tmp_path: Path) -> None:
    first = tiny.train(tmp_path, tiny.recipe(SINGLE, "knob"))
    blend = "blend={kind: weighted, params: {weights: {ridge: 2.0}}}"
    again = tiny.train(tmp_path, tiny.recipe(SINGLE, "knob", blend))
    (text,) = [one for one in again.warnings if "no effect" in one]
    assert "blend.kind (mean → weighted)" in text
    assert text.endswith(f"had no effect: the predictions are those of {first.path.name}, bit for bit")
    other = tiny.train(tmp_path, tiny.recipe(SINGLE, "knob", "models.ridge.params.penalty=77.0"))
    assert not [one for one in (*first.warnings, *other.warnings) if "no effect" in one]


def test_kinds_differ_in_words_only() -> None:
    warnings = [["a has 3 of 4 (x)", "b"], ["a has 12 of 40 (y, z)"], []]
    found = by_kind(warnings)
    assert found == [["b"], ["a has 3 of 4 (x)", "a has 12 of 40 (y, z)"]]
    assert counted(found[0], 1, "fits") == "b"
    assert counted(found[1], 3, "fits") == "a has 3 of 4 (x) (this or the like in 2 of 3 fits)"
