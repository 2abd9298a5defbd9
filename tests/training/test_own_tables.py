"""Tables without groups, keys, a test table or a layout of the submission, from the folds to the end."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.own_tables import SMALL, OwnTable, digits
from kit.blending.blend import blend_members
from kit.blending.finished_run import FinishedRun
from kit.config import load_recipe
from kit.config.schema import PluginConfig
from kit.data import Competition, read_competition
from kit.designing.design import design
from kit.errors import InputError
from kit.training.joining.saved_run import SavedRun
from kit.training.planning.plan import make_plan
from kit.training.scoring.calibration import calibrated_run
from kit.training.train import RunResult, train
from kit.training.workspace import Workspace

COMPETITION = r"""
competition: digits
data: {root: data, train: digits.parquet, test: new_digits.parquet}
columns: {metadata: {pattern: 'x\..*'}, targets: {pattern: 'y\..*'}}
folds: {kind: kfold, params: {n_splits: 2}}
"""
RECIPE = r"""
extends: competition.yaml
features: {x: {kind: numeric, params: {columns: {pattern: 'x\..*'}}}}
models: {ridge: {kind: ridge, params: {penalty: 100.0}}}
"""


@dataclass(frozen=True)
class Own:
    """A table of one's own, and the competition's folder."""

    folder: Path
    table: OwnTable

    def train(self, name: str, text: str = "") -> tuple[RunResult, Competition]:
        path = self.folder / f"{name}.yaml"
        path.write_text(RECIPE + text)
        loaded = load_recipe(path)
        competition = read_competition(loaded.config, self.folder / "data", self.folder / "cache")
        return train(loaded, competition, self.folder / "out", jobs=1), competition


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Own:
    folder = tmp_path_factory.mktemp("own")
    table = digits(**SMALL["digits"])
    table.write(folder / "data")
    (folder / "competition.yaml").write_text(COMPETITION)
    return Own(folder, table)


def test_rows_without_keys_and_groups_are_trained_predicted_and_handed_in_by_their_number(own: Own) -> None:
    result, competition = own.train("all")
    assert result.submission is not None
    submission = pd.read_csv(result.submission)
    assert list(submission.columns) == ["id", *own.table.truth.columns]
    assert list(submission["id"]) == list(range(len(own.table.test)))
    values = submission.drop(columns="id").to_numpy()
    zeros = np.zeros_like(values)
    assert own.table.rmse(values) < 0.7 * own.table.rmse(zeros)
    saved = SavedRun(result.path).predict(competition.test.drop(columns="id"))
    np.testing.assert_allclose(saved, values, rtol=1e-4, atol=1e-3)


def test_floors_are_those_that_the_columns_allow(own: Own) -> None:
    result, _ = own.train("all")
    assert list(result.leaderboard["member"]) == ["zeros", "mean", "ridge"]


def test_without_a_test_table_there_is_a_cross_validation_alone_and_the_run_predicts_new_rows(own: Own) -> None:
    full, competition = own.train("all")
    result, alone = own.train("alone", "data: {test: null}\n")
    assert result.submission is None
    assert not (result.path / "submission.csv").exists()
    assert result.summary["score"] == full.summary["score"]
    again, _ = own.train("alone", "data: {test: null}\n")
    assert (again.fitted, again.submission) == (0, None)
    rows = competition.test.drop(columns="id")
    np.testing.assert_array_equal(SavedRun(result.path).predict(rows), SavedRun(full.path).predict(rows))
    assert FinishedRun.read(result.path).test.shape == (0, alone.n_targets)
    with pytest.raises(InputError, match="no rows to predict"):
        blend_members([full.path, result.path], PluginConfig(kind="mean"), load_recipe(own.folder / "all.yaml"), alone)


def test_what_needs_test_rows_or_pairs_says_so(own: Own) -> None:
    with pytest.raises(InputError, match="test table"):
        own.train("taught", "data: {test: null}\nstages: {t: {models: {a: ridge}}}\npseudo_labels: {stage: t}\n")
    result, competition = own.train("all")
    with pytest.raises(InputError, match="pairs of a group and another key"):
        design(SavedRun(result.path), competition, 3)


def test_by_group_has_every_score_of_every_group(own: Own) -> None:
    result, _ = own.train("all")
    table = pd.read_csv(result.path / "by_group.csv")
    assert list(table.columns[:4]) == ["member", "kind", "group", "rows"]
    mine = table.set_index("member").loc["ridge"]
    assert mine["rows"] == len(own.table.train)
    assert mine["mrrmse"] == pytest.approx(result.summary["score"])


def test_what_a_run_is_calibrated_by_needs_no_keys(own: Own) -> None:
    result, competition = own.train("all")
    run = FinishedRun.read(result.path)
    workspace = Workspace(run.recipe, competition, make_plan(run.recipe, competition), run.path)
    table = calibrated_run(workspace, run.oof)
    assert set(table["ceiling"]) == {"perfect"}


def test_a_column_is_a_key_and_a_number_at_once(own: Own) -> None:
    frame = own.table.train.assign(shot=np.arange(len(own.table.train)) / 4)
    (own.folder / "keyed").mkdir()
    frame.to_csv(own.folder / "keyed" / "digits.csv", index=False)
    text = RECIPE.replace(r"'x\..*'", r"'x\..*|shot'") + "columns: {keys: [shot]}\n"
    (own.folder / "keyed.yaml").write_text(f"{text}data: {{root: keyed, train: digits.csv, test: null}}\n")
    loaded = load_recipe(own.folder / "keyed.yaml")
    competition = read_competition(loaded.config, own.folder / "keyed", own.folder / "cache")
    result = train(loaded, competition, own.folder / "out", jobs=1)
    model = SavedRun(result.path)
    rows = competition.rows.drop(columns="shot").assign(shot=["10", *competition.rows["shot"][1:]])
    assert competition.rows["shot"][1] == "0.25"
    assert np.abs(model.predict(rows) - model.predict(competition.rows))[0].max() > 1e-4  # it is read as a number
