"""What earlier versions left behind is read, or the message says what to do (see `tests.fixtures.make_runs`)."""

from __future__ import annotations

import tarfile
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.metrics.rowwise import row_scores
from kit.training.joining.saved_run import SavedRun
from tests.cli.conftest import call
from tests.extras import needs_torch

ARCHIVES = sorted((Path(__file__).parent / "fixtures" / "runs").glob("*.tar.xz"))


@pytest.fixture(scope="module", params=ARCHIVES, ids=lambda path: path.name.removesuffix(".tar.xz"))
def archive(request: pytest.FixtureRequest) -> Path:
    """What an earlier version left behind, packed."""
    return request.param


@pytest.fixture(scope="module")
def old(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a competition with the runs of an earlier version, moved from elsewhere; it is only read."""
    return unpacked(archive, tmp_path_factory.mktemp("old"))


@pytest.fixture
def here(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same as the current folder, where commands go on with what is there."""
    monkeypatch.chdir(unpacked(archive, tmp_path))
    return tmp_path


def unpacked(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as content:
        content.extractall(folder, filter="data")
    return folder


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIT_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.delenv("KIT_DATA", raising=False)


def run(old: Path, recipe: str) -> Path:
    (found,) = (old / "submissions" / "tiny" / "runs").glob(f"{recipe}-*")
    return found


def results(folder: Path) -> dict[Path, bytes]:
    """Return what runs computed: every array, saved model and submission; their notes may be brought up to date."""
    names = ("*.npy", "*.npz", "DONE", "submission.csv")
    return {path: path.read_bytes() for name in names for path in folder.rglob(name)}


def test_there_is_an_archive_to_read() -> None:
    assert ARCHIVES


@pytest.mark.parametrize("recipe", ["several", "staged", pytest.param("network", marks=needs_torch), "linear"])
def test_a_run_predicts_what_it_predicted(old: Path, recipe: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a library's model that was written by an earlier version of it
        predicted = SavedRun(run(old, recipe)).predict(pd.read_csv(old / "data" / "id_map.csv"))
    np.testing.assert_allclose(predicted, np.load(run(old, recipe) / "test.npy"), atol=1e-5)


def test_a_run_is_scored(old: Path) -> None:
    result = call("score", run(old, "several"), old / "data" / "truth.parquet", "--data", old / "data")
    assert result.code == 0, result.err
    submission = pd.read_csv(run(old, "several") / "submission.csv", index_col="id")
    truth = pd.read_parquet(old / "data" / "truth.parquet").set_index("id").loc[submission.index, submission.columns]
    score = np.mean(row_scores(truth.to_numpy(np.float32), submission.to_numpy(np.float32))["mrrmse"])
    assert f"{score:.4f}" in next(line for line in result.out.splitlines() if line.lstrip().startswith("predictions"))


def test_a_run_whose_tables_were_moved_says_where_it_looks(old: Path) -> None:
    result = call("score", run(old, "several"), old / "data" / "truth.parquet")
    assert result.code == 2
    assert "/elsewhere/data" in result.err
    assert "--data" in result.err


def test_runs_are_blended(old: Path, tmp_path: Path) -> None:
    members = [run(old, "several"), run(old, "staged")]
    result = call("blend", *members, "--mean", "--data", old / "data", "--out", tmp_path)
    assert result.code == 0, result.err
    assert "score: mrrmse" in result.out
    (submission,) = (tmp_path / "tiny").glob("*.csv")
    mean = np.mean([np.load(member / "test.npy") for member in members], axis=0)
    np.testing.assert_allclose(pd.read_csv(submission).drop(columns="id"), mean, atol=1e-5)


@pytest.mark.parametrize("command", [["train", "linear.yaml"], ["compare", "linear.yaml", "staged.yaml"]], ids=" ".join)
def test_training_beside_old_runs_leaves_them_alone(here: Path, command: list[str]) -> None:
    before = results(here / "submissions" / "tiny" / "runs")
    result = call(*command, "--jobs", "1")
    assert result.code == 0, result.err
    assert before.items() <= results(here / "submissions" / "tiny" / "runs").items()


@pytest.mark.usefixtures("here")
def test_a_tuned_recipe_is_trained() -> None:
    result = call("train", "linear.tuned.yaml", "--jobs", "1")
    assert result.code == 0, result.err


@pytest.mark.usefixtures("here")
def test_a_study_goes_on_or_says_what_to_do() -> None:
    result = call("tune", "linear.yaml", "--trials", "4")
    if result.code == 0:
        assert "Best of 4 trials" in result.out
    else:
        assert "begun with another code of the kit" in result.err
        assert "--study NAME" in result.err
