from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.submission import WrittenSubmission, ledger
from kit.submission.submit import note_submission, submit, submitted_file
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
    assert submitted_file(finished.path) == finished.submission


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
    rng = np.random.default_rng(0)
    shape = (len(tiny.competition.test), tiny.competition.n_targets)
    first, second = (rng.standard_normal(shape).astype(np.float32) for _ in range(2))
    summary = {"score": 1.0, "folds_sd": 0.1, "by_fold": {"a": 1.0}, "by_group": {"b": 1.0}}
    kept: list[WrittenSubmission] = []
    expected = tmp_path / "tiny" / "tiny-standard-01234567.csv"
    paths = [
        submit(tmp_path, tiny.competition, "standard", "standard-01234567", predictions, summary, kept.append).path
        for predictions in (first, first, second)
    ]
    assert paths == [expected, expected, expected.with_name(f"{expected.stem}-2.csv")]
    book = ledger.read(tmp_path / "ledger.csv")
    assert list(book["file"]) == [paths[0].name, paths[2].name]
    assert [written.path for written in kept] == paths
    assert list(book["recipe"]) == ["standard"] * 2
    assert list(book["cv"]) == [1.0] * 2
    assert paths[2].read_bytes() != paths[0].read_bytes()


def test_without_a_score_the_ledger_has_the_remark_alone(tiny: Tiny, tmp_path: Path) -> None:
    shape = (len(tiny.competition.test), tiny.competition.n_targets)
    values = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    noted: list[WrittenSubmission] = []
    written = submit(tmp_path, tiny.competition, "ours", "ours-01234567", values, None, noted.append, "a, b")
    [line] = ledger.read(tmp_path / "ledger.csv").to_dict("records")
    assert (line["run"], line["file"], line["message"]) == ("ours-01234567", written.path.name, "a, b")
    assert noted == [written]
    assert np.isnan(line["cv"])
    assert line["cv_by_fold"] == ""


def test_a_run_keeps_what_was_handed_in_and_where(tmp_path: Path) -> None:
    handed_in = tmp_path / "tiny-standard-2.csv"
    handed_in.write_text("id,a\n0,1\n")
    note_submission(tmp_path / "run", WrittenSubmission(handed_in, "0123", (), False))
    assert submitted_file(tmp_path / "run") == handed_in
    assert (tmp_path / "run" / "submission.csv").read_bytes() == handed_in.read_bytes()
