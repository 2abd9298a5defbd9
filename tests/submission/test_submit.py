from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.submission import ledger
from kit.submission.submit import submission_file, submit, submitted_file
from kit.training.run_directory import RunDirectory
from kit.training.scoring.summarize import Finished
from kit.training.train import RunResult
from tests.tiny import Tiny


def test_the_submission_holds_the_test_predictions_in_the_samples_layout(tiny: Tiny, finished: RunResult) -> None:
    frame = pd.read_csv(finished.submission)
    sample = pd.read_csv(tiny.data / "sample_submission.csv")
    assert list(frame.columns) == list(sample.columns)
    assert list(frame["id"]) == list(sample["id"])
    np.testing.assert_array_equal(frame.drop(columns="id").to_numpy(np.float32), np.load(finished.path / "test.npy"))


def test_lies_beside_the_other_runs_and_in_the_run(finished: RunResult) -> None:
    assert finished.submission.parent == finished.path.parents[1]
    assert finished.submission.name == f"tiny-{finished.path.name}.csv"
    assert finished.submission.read_bytes() == (finished.path / "submission.csv").read_bytes()
    assert submitted_file(RunDirectory(finished.path)) == finished.submission


def test_the_ledger_has_one_line_with_the_scores(finished: RunResult) -> None:
    [line] = ledger.read(finished.path.parents[2] / "ledger.csv").to_dict("records")
    assert (line["competition"], line["recipe"], line["run"]) == ("tiny", "standard", finished.path.name)
    assert line["file"] == finished.submission.name
    digest = hashlib.sha256(finished.submission.read_bytes()).hexdigest()
    assert line["sha256"] == digest == json.loads((finished.path / "submission.json").read_text())["sha256"]
    assert line["cv"] == pytest.approx(finished.summary["score"], abs=1e-6)
    assert line["cv_sd"] == pytest.approx(finished.summary["folds_sd"], abs=1e-6)
    assert ledger.parse_scores(line["cv_by_fold"]) == pytest.approx(finished.summary["by_fold"], abs=1e-6)
    assert ledger.parse_scores(line["cv_by_group"]) == pytest.approx(finished.summary["by_group"], abs=1e-6)


def test_handing_in_again_changes_nothing_and_other_predictions_get_another_name(tiny: Tiny, tmp_path: Path) -> None:
    run = RunDirectory.of(tmp_path, "tiny", "standard", "0123456789")
    rng = np.random.default_rng(0)
    summary = {"score": 1.0, "folds_sd": 0.1, "by_fold": {"a": 1.0}, "by_group": {"b": 1.0}}

    def predictions() -> Finished:
        shape = (len(tiny.competition.test), tiny.competition.n_targets)
        return Finished(pd.DataFrame(), pd.DataFrame(), summary, rng.standard_normal(shape).astype(np.float32), None)

    first, second = predictions(), predictions()
    paths = [submit("standard", tiny.competition, run, tmp_path, one)[0] for one in (first, first, second)]
    expected = submission_file(tmp_path, "tiny", "standard", run)
    assert paths == [expected, expected, expected.with_name(f"{expected.stem}-2.csv")]
    book = ledger.read(tmp_path / "ledger.csv")
    assert list(book["file"]) == [paths[0].name, paths[2].name]
    assert submitted_file(run) == paths[2]
    assert (run.path / "submission.csv").read_bytes() == paths[2].read_bytes() != paths[0].read_bytes()
