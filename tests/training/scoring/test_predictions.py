from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.data import Predictions
from kit.errors import InputError, StateError
from kit.metrics import MRRMSE
from kit.training.scoring.predictions import (
    PREDICTIONS,
    read_pair,
    run_configuration,
    run_submission,
    score_predictions,
)
from kit.training.train import RunResult
from tests.tiny import Tiny
from tests.training.formulas import floor_predictions, row_pearson, row_rmse


@pytest.fixture(scope="module")
def pair(tiny: Tiny, finished: RunResult) -> tuple[Predictions, Predictions]:
    return read_pair(finished.submission, tiny.data / "truth.parquet", "id")


def test_scores_every_row_by_the_formulas(pair: tuple[Predictions, Predictions], finished: RunResult) -> None:
    given, true = pair
    np.testing.assert_array_equal(given.values, np.load(finished.path / "test.npy"))
    scored = score_predictions(given, true, MRRMSE())
    assert list(scored.scores.rows["row"]) == list(true.ids)
    np.testing.assert_allclose(scored.scores.rows["mrrmse"], row_rmse(true.values, given.values), rtol=1e-6)
    np.testing.assert_allclose(scored.scores.rows["pearson"], row_pearson(true.values, given.values), rtol=1e-6)
    assert set(scored.scores.rows["member"]) == {PREDICTIONS}
    assert scored.n_predicted == len(given.ids)
    rescaled = row_rmse(true.values, scored.scale.scale * given.values).mean()
    assert scored.scale.score == pytest.approx(rescaled, rel=1e-6)
    assert scored.scale.score <= scored.scores.rows["mrrmse"].mean()


def test_floors_are_fitted_on_the_training_rows(tiny: Tiny, pair: tuple[Predictions, Predictions]) -> None:
    rows = score_predictions(*pair, MRRMSE(), tiny.competition).scores.rows
    competition = tiny.competition
    expected = floor_predictions(competition.rows, competition.Y, competition.test)
    assert list(rows["member"].unique()) == [PREDICTIONS, *expected]
    for name, values in expected.items():
        mine = rows[rows["member"] == name]
        np.testing.assert_allclose(mine["mrrmse"], row_rmse(pair[1].values, values), rtol=1e-5)
        assert list(mine["group"]) == list(competition.test["cell_type"])


def test_rows_and_columns_are_matched_by_name(tiny: Tiny, pair: tuple[Predictions, Predictions]) -> None:
    given, true = pair
    rng = np.random.default_rng(0)
    some, columns = rng.permutation(len(true.ids))[:7], rng.permutation(len(true.targets))[:11]
    part = true._replace(
        ids=tuple(true.ids[i] for i in some),
        targets=tuple(true.targets[j] for j in columns),
        values=true.values[np.ix_(some, columns)],
    )
    scored = score_predictions(given, part, MRRMSE(), tiny.competition)
    own = scored.scores.rows[scored.scores.rows["member"] == PREDICTIONS]
    np.testing.assert_allclose(own["mrrmse"], row_rmse(part.values, given.values[np.ix_(some, columns)]), rtol=1e-6)
    assert scored.n_predicted == len(given.ids)
    means = scored.scores.rows.loc[scored.scores.rows["member"] == "mean", "mrrmse"]
    overall = tiny.competition.Y.mean(axis=0)[columns]
    np.testing.assert_allclose(means, row_rmse(part.values, np.tile(overall, (7, 1))), rtol=1e-5)


def test_what_does_not_belong_together_is_told(tiny: Tiny, pair: tuple[Predictions, Predictions]) -> None:
    given, true = pair
    stranger = true._replace(ids=("999", *true.ids[1:]))
    with pytest.raises(InputError, match=r"1 of 17 ids of the truth are not among the predictions.*'999'"):
        score_predictions(given, stranger, MRRMSE())
    with pytest.raises(InputError, match="the truth's id '999' is no test row of tiny"):
        score_predictions(given._replace(ids=("999", *given.ids[1:])), stranger, MRRMSE(), tiny.competition)
    column = true._replace(targets=("ABC1", *true.targets[1:]))
    with pytest.raises(InputError, match=r"1 of 30 columns of the truth are not among the predictions.*'ABC1'"):
        score_predictions(given, column, MRRMSE())
    with pytest.raises(InputError, match="are not a target of tiny, the first is 'ABC1'"):
        score_predictions(given._replace(targets=column.targets), column, MRRMSE(), tiny.competition)


def test_reads_the_columns_that_both_tables_have(tmp_path: Path) -> None:
    ours = pd.DataFrame({"id": [1, 2], "B": [3.0, 4.0], "A": [1.0, 2.0]})
    ours.to_csv(tmp_path / "ours.csv", index=False)
    theirs = pd.DataFrame({"id": [2], "cell_type": ["NK"], "A": [0.5], "B": [0.25], "C": [9.0]})
    theirs.to_csv(tmp_path / "theirs.csv", index=False)
    given, true = read_pair(tmp_path / "ours.csv", tmp_path / "theirs.csv", "id")
    assert list(given.targets) == list(true.targets) == ["A", "B"]
    np.testing.assert_array_equal(given.values, [[1.0, 3.0], [2.0, 4.0]])
    np.testing.assert_array_equal(true.values, [[0.5, 0.25]])
    theirs[["id", "C"]].to_csv(tmp_path / "other.csv", index=False)
    with pytest.raises(InputError, match="no target column in common"):
        read_pair(tmp_path / "ours.csv", tmp_path / "other.csv", "id")


def test_a_run_leads_to_its_submission_and_a_submission_to_its_run(finished: RunResult, tmp_path: Path) -> None:
    assert run_submission(finished.path) == finished.path / "submission.csv"
    assert run_submission(finished.submission) == finished.submission
    with pytest.raises(StateError, match=r"holds no submission.csv"):
        run_submission(tmp_path)
    expected = finished.path / "config.resolved.yaml"
    for start in (finished.path, finished.path / "submission.csv", finished.submission):
        assert run_configuration(start) == expected
    assert run_configuration(tmp_path / "foreign.csv") is None
