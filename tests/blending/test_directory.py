from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.blends import Blend
from kit.blends.fixed import Mean
from kit.errors import InputError, RunError
from kit.files import file_sha256, finished_key
from kit.metrics import MRRMSE
from kit.postprocess.clip import Clip
from kit.submission import ledger
from tests.blending.conftest import Runs


def test_everything_is_kept(runs: Runs, tmp_path: Path) -> None:
    blended = runs.blend(tmp_path, kind="by_score", name="weighed")
    path = blended.path
    assert path.parent == tmp_path / "tiny" / "blends"
    assert blended.submission == tmp_path / "tiny" / f"tiny-{path.name}.csv"
    kept = json.loads((path / "blend.json").read_text())
    assert [member["name"] for member in kept["members"]] == ["ridge", "stiff", "trees"]
    assert [member["sha256"] for member in kept["members"]] == [file_sha256(p / "submission.csv") for p in runs.paths]
    assert kept["submission"] == {"file": str(blended.submission), "sha256": file_sha256(blended.submission)}
    assert kept["weights"] == blended.content.weights
    assert set(kept["weights_by_fold"]) == {"NK cells", "T cells"}
    assert kept["summary"]["score"] == blended.content.summary["score"]  # type: ignore[index]
    assert kept["no_score"] is None
    assert finished_key(path) == kept["key"]
    oof, rows = np.load(path / "oof.npy"), pd.read_parquet(path / "oof_rows.parquet")
    theirs = pd.read_parquet(runs.ridge / "oof_rows.parquet")
    pd.testing.assert_frame_equal(rows, theirs, check_dtype=False)
    scores = pd.read_parquet(path / "scores_by_row.parquet")
    errors = np.sqrt(np.mean((oof.astype(float) - runs.competition.Y[rows["row"].to_numpy()]) ** 2, axis=1))
    np.testing.assert_allclose(scores.loc[scores["kind"] == "blend", "mrrmse"], errors, rtol=1e-5)
    test = {p.name.split("-")[0]: np.load(p / "test.npy") for p in runs.paths}
    np.testing.assert_allclose(Blend.load(path / "blend").combine(test), np.load(path / "test.npy"), atol=1e-6)
    pd.testing.assert_frame_equal(pd.read_csv(path / "contributions.csv"), blended.content.contributions)
    assert pd.read_csv(path / "correlations.csv", index_col="member").shape == (3, 3)


def test_the_ledger_has_a_line_like_a_runs(runs: Runs, tmp_path: Path) -> None:
    blended = runs.blend(tmp_path, name="first")
    (line,) = ledger.read(tmp_path / "ledger.csv").to_dict("records")
    summary = blended.content.summary
    assert summary is not None
    assert (line["competition"], line["recipe"], line["run"]) == ("tiny", "first", blended.path.name)
    assert (line["file"], line["sha256"]) == (blended.submission.name, file_sha256(blended.submission))
    assert line["cv"] == pytest.approx(summary["score"], abs=1e-6)
    assert ledger.parse_scores(line["cv_by_fold"]) == pytest.approx(summary["by_fold"], abs=1e-6)
    assert line["message"] == "mean of ridge, stiff, trees"


def test_the_same_again_changes_nothing(runs: Runs, tmp_path: Path) -> None:
    first = runs.blend(tmp_path, *runs.paths)
    before = {
        path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"
    }
    again = runs.blend(tmp_path, *reversed(runs.paths))
    assert (again.path, again.submission) == (first.path, first.submission)
    after = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"}
    assert after == before
    other = runs.blend(tmp_path, kind="median")
    assert other.path != first.path
    assert len(ledger.read(tmp_path / "ledger.csv")) == 2


def test_nothing_half_written_is_left(runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Blend, directory: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("kit.blends.fixed.Mean.save", fail)
        with pytest.raises(RunError, match="free some space"):
            runs.blend(tmp_path)
    assert [path for path in (tmp_path / "tiny").rglob("*") if "blends" in path.parts and path.name != "blends"] == []
    assert not (tmp_path / "ledger.csv").exists()
    assert runs.blend(tmp_path).submission.name.endswith(".csv")
    assert len(list((tmp_path / "tiny").glob("*.csv"))) == 1


@pytest.mark.parametrize("name", ["", "a/b", "..", "-x", "a b"])
def test_a_name_names_files(runs: Runs, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="--name"):
        runs.blend(tmp_path, name=name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("cls", [Mean, Clip, MRRMSE])
def test_the_code_of_the_plugins_is_in_the_key(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cls: type
) -> None:
    described = {"packages": {"theirs": {"version": "2.0"}}}
    before = runs.blend(tmp_path, *runs.paths)
    monkeypatch.setattr("kit.training.planning.versions.provenance", lambda one: described if one is cls else {})
    after = runs.blend(tmp_path, *runs.paths)
    assert after.path != before.path
    assert runs.blend(tmp_path, *runs.paths).path == after.path
