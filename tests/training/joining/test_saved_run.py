from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError, StateError
from kit.files import DONE
from kit.training.joining.saved_run import SavedRun
from kit.training.train import RunResult
from tests.tiny import Tiny


@pytest.fixture(scope="module")
def saved(finished: RunResult) -> SavedRun:
    return SavedRun(finished.path)


def predict_quietly(saved: SavedRun, rows: pd.DataFrame) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return saved.predict(rows)


def test_predicts_the_test_rows_as_the_run_did(tiny: Tiny, saved: SavedRun) -> None:
    expected = np.load(saved.path / "test.npy")
    np.testing.assert_allclose(predict_quietly(saved, tiny.competition.test), expected, rtol=1e-6, atol=1e-6)


def test_rows_are_predicted_one_by_one_as_together(tiny: Tiny, saved: SavedRun) -> None:
    test = tiny.competition.test
    order = np.random.default_rng(0).permutation(len(test))
    together = predict_quietly(saved, test)
    np.testing.assert_allclose(predict_quietly(saved, test.iloc[order]), together[order], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(predict_quietly(saved, test.iloc[[3]])[0], together[3], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("overrides", [["final=folds", "folds_blend=median"], ["repeats_blend=median", "blend=mean"]])
def test_predicts_as_the_run_did_however_it_joins(tiny: Tiny, tmp_path: Path, overrides: list[str]) -> None:
    result = tiny.train(tmp_path, tiny.standard(*overrides))
    predictions = SavedRun(result.path).predict(tiny.competition.test)
    np.testing.assert_allclose(predictions, np.load(result.path / "test.npy"), rtol=1e-6, atol=1e-6)


def test_what_was_never_seen_is_predicted_with_a_warning_that_names_it(tiny: Tiny, saved: SavedRun) -> None:
    rows = pd.DataFrame(
        {"cell_type": ["NK cells", "Astrocytes", "B cells"], "sm_name": ["Unobtainium", "Belinostat", "Kryptonite"]}
    )
    with pytest.warns(UserWarning, match="are in no training row") as caught:
        predictions = saved.predict(rows)
    texts = [str(warning.message) for warning in caught]
    assert len(texts) == 2
    assert "1 values of 'cell_type'" in texts[0]
    assert "Astrocytes" in texts[0]
    assert "2 values of 'sm_name'" in texts[1]
    assert "Kryptonite, Unobtainium" in texts[1]
    Y = tiny.competition.Y
    assert np.isfinite(predictions).all()
    assert (predictions >= Y.min(axis=0)).all()
    assert (predictions <= Y.max(axis=0)).all()
    assert len({row.tobytes() for row in predictions}) == 3


def test_a_row_without_its_keys_is_an_error(saved: SavedRun) -> None:
    with pytest.raises(InputError, match=r"no column 'sm_name'; every row needs \['cell_type', 'sm_name'\]"):
        saved.predict(pd.DataFrame({"cell_type": ["NK cells"]}))


def test_only_a_finished_run_predicts(tmp_path: Path, tiny: Tiny) -> None:
    with pytest.raises(StateError, match="is no finished run; `kit train`"):
        SavedRun(tmp_path)
    result = tiny.train(tmp_path)
    (result.path / DONE).unlink()
    with pytest.raises(StateError, match="is no finished run"):
        SavedRun(result.path)


def test_left_overs_of_killed_processes_are_not_read(tmp_path: Path, tiny: Tiny) -> None:
    result = tiny.train(tmp_path)
    expected = SavedRun(result.path).predict(tiny.competition.test)
    for place in ("seed=0/.final.0123abcd-123.tmp", "seed=0/.fold=0.0123abcd-123.tmp"):
        left = result.path / "tasks" / "fit" / "ridge" / place
        left.mkdir()
        (left / "metrics.json").write_text("{")
    np.testing.assert_array_equal(SavedRun(result.path).predict(tiny.competition.test), expected)


def test_a_run_that_was_moved_still_predicts(tmp_path: Path, tiny: Tiny) -> None:
    result = tiny.train(tmp_path / "here")
    expected = SavedRun(result.path).predict(tiny.competition.test)
    moved = result.path.rename(tmp_path / "there")
    np.testing.assert_array_equal(SavedRun(moved).predict(tiny.competition.test), expected)
