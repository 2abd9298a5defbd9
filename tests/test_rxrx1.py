"""The competition of siRNAs under batch effects, on its small design."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.config import load_recipe
from kit.data import Competition, read_competition
from kit.errors import InputError
from kit.exporting import export
from kit.features import FeatureBuilder
from kit.predicting import streaming
from kit.predicting.predictor import RunPredictor
from kit.predicting.streaming import predict_table
from kit.training.joining.saved_run import SavedRun
from kit.training.train import RunResult, train
from tests.extras import needs_torch

SHIPPED = Path(__file__).parents[1] / "competitions" / "rxrx1"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rxrx1")
    for path in SHIPPED.glob("*.yaml"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


ROWS_AT_RANDOM = "folds={kind: kfold, params: {n_splits: 3}}"


def trained(folder: Path, recipe: str, *changes: str) -> tuple[RunResult, Competition]:
    loaded = load_recipe(folder / f"{recipe}.yaml", ["preset=small", *changes])
    competition = read_competition(loaded.config, loaded.root, folder / "cache")
    return train(loaded, competition, folder / "out", jobs=1), competition


@pytest.fixture(scope="module")
def unique(folder: Path) -> tuple[RunResult, Competition]:
    return trained(folder, "unique")


def answers(run: RunResult, competition: Competition, folder: Path) -> pd.DataFrame:
    """Return what was handed in, beside the truth and the experiment."""
    assert run.submission is not None
    truth = pd.read_csv(folder / "data" / "rxrx1-small" / "truth.csv").rename(columns={"sirna": "truth"})
    submission = pd.read_csv(run.submission)
    assert list(submission.columns) == ["id_code", "sirna"]
    rows = competition.test.astype({"id_code": str})[["id_code", "experiment"]]
    return submission.merge(truth, validate="one_to_one").merge(rows, validate="one_to_one")


def test_normalised_plates_are_better_by_far_than_raw_ones(folder: Path) -> None:
    score = {name: trained(folder, name)[0].summary["score"] for name in ("baseline", "normalised")}
    assert score["normalised"] > 1.8 * score["baseline"] > 3 / 60


def test_each_sirna_is_handed_in_once_an_experiment(unique: tuple[RunResult, Competition], folder: Path) -> None:
    found = answers(*unique, folder)
    assert not found.duplicated(["experiment", "sirna"]).any()
    assert (found["sirna"] == found["truth"]).mean() > 10 / 60


def test_wells_to_predict_teach_too(folder: Path) -> None:
    run, competition = trained(folder, "pseudo_labels")
    found = answers(run, competition, folder)
    assert not found.duplicated(["experiment", "sirna"]).any()
    assert (found["sirna"] == found["truth"]).mean() > 10 / 60


def score(folder: Path, recipe: str, *changes: str) -> float:
    return float(trained(folder, recipe, *changes)[0].summary["score"])


def test_two_sites_of_a_well_are_averaged_into_one_line(folder: Path) -> None:
    run, _ = trained(folder, "sites")
    assert run.submission is not None
    assert pd.read_csv(run.submission)["id_code"].is_unique
    assert run.summary["score"] > score(folder, "lda") + 0.05


def test_folds_of_rows_score_a_site_by_the_other_site_of_its_well(folder: Path) -> None:
    apart, leaking = score(folder, "site_rows"), score(folder, "site_rows", ROWS_AT_RANDOM)
    assert leaking > 2 * apart
    # Said to be replicates, the sites of a well stay together, whatever the folds.
    together = score(folder, "site_rows", ROWS_AT_RANDOM, "columns.keys=[id_code]", "columns.replicate=site")
    assert together < 1.2 * apart


def test_folds_of_rows_know_the_cell_type_by_the_experiment(folder: Path) -> None:
    apart, leaking = score(folder, "cell_type"), score(folder, "cell_type", ROWS_AT_RANDOM)
    assert apart < 0.55  # the share of the more frequent one
    assert leaking > 0.75


def test_controls_are_learnt_beside_the_sirnas_and_never_handed_in(folder: Path) -> None:
    run, competition = trained(folder, "controls_as_classes")
    assert len(competition.targets) == 67
    probabilities = np.load(run.path / "oof.npy")
    assert len(probabilities) == (competition.rows["role"] == "treatment").sum()
    assert (probabilities[:, 60:] == 0).all()
    found = answers(run, competition, folder)
    assert found["sirna"].max() < 60
    assert (found["sirna"] == found["truth"]).mean() > 10 / 60


def test_controls_are_told_apart_more_easily(folder: Path) -> None:
    assert score(folder, "control_task") > 3 / 7


@needs_torch
def test_an_encoder_of_controls_is_transferred_to_the_sirnas(folder: Path) -> None:
    learnt, _ = trained(folder, "control_encoder", "features.codes.params.n_epochs=5")
    export(learnt.path, folder / "data" / "control_encoder", "block", block="codes")
    run, competition = trained(folder, "control_transfer")
    answers(run, competition, folder)
    board = run.leaderboard.set_index("member")["accuracy"]
    assert board["transferred"] > 3 / 60
    [path] = run.path.glob("tasks/*/transferred/*/fold=0/model/features/codes")
    rows = competition.rows.head(20)
    sent = FeatureBuilder.load(folder / "data" / "control_encoder").transform(rows)
    np.testing.assert_array_equal(FeatureBuilder.load(path).transform(rows), sent)


def test_a_saved_run_gives_a_whole_experiment_the_same(unique: tuple[RunResult, Competition]) -> None:
    """Whatever other experiments are predicted with it, and in whatever order of rows."""
    run, competition = unique
    handed_in = np.load(run.path / "test.npy")
    mine = np.flatnonzero(competition.test["experiment"] == competition.test["experiment"].iloc[-1])[::-1]
    found = SavedRun(run.path).predict(competition.test.iloc[mine].reset_index(drop=True))
    np.testing.assert_allclose(found, handed_in[mine], rtol=1e-5, atol=1e-7)


def test_a_table_is_predicted_whole_where_a_step_looks_at_several_rows(
    unique: tuple[RunResult, Competition], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = unique
    assert run.submission is not None
    monkeypatch.setattr(streaming, "block_rows", lambda n_targets: 10)
    table = folder / "data" / "rxrx1-small" / "test.parquet"
    predict_table(RunPredictor.load(run.path), table, tmp_path / "new.csv")
    found = pd.read_csv(tmp_path / "new.csv").merge(pd.read_csv(run.submission), on="id_code", validate="1:1")
    assert (found["sirna_x"] == found["sirna_y"]).all()


def test_a_column_that_the_step_cannot_find_is_refused_at_its_line(folder: Path) -> None:
    loaded = load_recipe(folder / "unique.yaml", ["preset=small", "postprocess.1.params.within=[experimen]"])
    competition = read_competition(loaded.config, loaded.root, folder / "cache")
    with pytest.raises(InputError, match=r"'experimen' .did you mean 'experiment'"):
        train(loaded, competition, folder / "refused", jobs=1)


def test_the_leak_of_the_design_is_said(folder: Path) -> None:
    run, _ = trained(folder, "plate_groups")
    assert any("4 groups in the training rows): a leak of the design" in text for text in run.warnings)
