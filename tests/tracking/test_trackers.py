"""What a tracker holds is what the run's files say, once; what fails there does the run no harm."""

from __future__ import annotations

import importlib.util
import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kit.errors import MissingDependencyError, RunError, StateError
from kit.files import intact_key, read_json
from kit.tracking import TRACKERS, check_installed, mirror
from kit.tracking.record import RunRecord
from kit.tracking.to_mlflow import write_to_mlflow
from kit.training.train import RunResult


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_ALLOW_FILE_STORE", "WANDB_MODE", "WANDB_API_KEY", "WANDB_DIR"):
        monkeypatch.delenv(name, raising=False)


def test_a_record_has_the_runs_numbers(finished: RunResult) -> None:
    record = RunRecord.read(finished.path)
    summary = read_json(finished.path / "metrics.json")
    board = pd.read_csv(finished.path / "leaderboard.csv").set_index("member")
    assert record.scores["score"] == summary["score"]
    assert (record.scores["low"], record.scores["high"]) == tuple(summary["interval"])
    assert record.scores["fold/NK cells"] == summary["by_fold"]["NK cells"]
    assert record.scores["member/additive"] == board.loc["additive", "mrrmse"]
    assert all(math.isfinite(value) for value in record.scores.values())
    assert record.settings["models.ridge.params.penalty"] == 10.0
    assert record.settings["models.trees.features"] == '["profile"]'
    assert record.key == intact_key(finished.path)
    assert {file.name for file in record.files} >= {"config.resolved.yaml", "leaderboard.csv", "metrics.json"}


def test_mlflow_has_the_run_once(finished: RunResult, tmp_path: Path) -> None:
    mlflow = pytest.importorskip("mlflow", reason="needs mlflow-skinny (pip install -e '.[mlflow]')")
    where = mirror(finished.path, "mlflow", tmp_path)
    assert where.endswith(f"experiment tiny, run {finished.path.name}")
    assert mirror(finished.path, "mlflow", tmp_path).endswith("(there already)")
    client = mlflow.MlflowClient(tracking_uri=(tmp_path / "mlruns").as_uri())
    experiment = client.get_experiment_by_name("tiny").experiment_id
    [run] = client.search_runs([experiment])
    record = RunRecord.read(finished.path)
    assert run.info.run_name == finished.path.name
    assert run.info.status == "FINISHED"
    assert run.data.metrics == {name.replace("+", "_"): value for name, value in record.scores.items()}
    assert run.data.params == {name: str(value) for name, value in record.settings.items()}
    assert run.data.tags["kit.member"] == "blend"
    assert {file.path for file in client.list_artifacts(run.info.run_id)} == {file.name for file in record.files}
    # One whose writing was killed is written anew.
    client.set_terminated(run.info.run_id, status="RUNNING")
    assert not mirror(finished.path, "mlflow", tmp_path).endswith("already)")
    [again] = client.search_runs([experiment])
    assert again.info.run_id != run.info.run_id


def test_mlflow_takes_many_settings_and_long_ones(finished: RunResult, tmp_path: Path) -> None:
    mlflow = pytest.importorskip("mlflow", reason="needs mlflow-skinny (pip install -e '.[mlflow]')")
    read = RunRecord.read(finished.path)
    settings = {f"models.m{number}.kind": "ridge" for number in range(230)} | {"blend.params.weights": "x" * 9000}
    scores = {f"group/CD{number}+": float(number) for number in range(230)}
    write_to_mlflow(RunRecord(read.name, read.competition, "key", settings, scores, read.facts, []), tmp_path)
    client = mlflow.MlflowClient(tracking_uri=(tmp_path / "mlruns").as_uri())
    [run] = client.search_runs([client.get_experiment_by_name("tiny").experiment_id])
    assert len(run.data.params) == 231
    assert run.data.metrics == {f"group/CD{number}_": float(number) for number in range(230)}


def test_weights_and_biases_has_the_run_once_offline(finished: RunResult, tmp_path: Path) -> None:
    pytest.importorskip("wandb", reason="needs wandb (pip install -e '.[wandb]')")
    assert mirror(finished.path, "wandb", tmp_path).endswith("`wandb sync` sends it")
    assert "there already" in mirror(finished.path, "wandb", tmp_path)
    [folder] = (tmp_path / "wandb").glob("offline-run-*")
    record, kinds, summary, config = RunRecord.read(finished.path), set(), {}, {}
    for line in wandb_records((folder / f"run-{finished.path.name}.wandb").read_bytes()):
        kinds.add(line.WhichOneof("record_type"))
        summary |= {item.key: item.value_json for item in line.summary.update}
        config |= {item.key: item.value_json for item in line.run.config.update}
        assert line.run.project in ("", "tiny")
    assert {name: float(summary[name]) for name in record.scores} == record.scores
    assert '"models.ridge.params.penalty":10' in config["recipe"].replace(" ", "").replace("10.0", "10")
    assert record.key in config["kit"]
    assert {file.name for file in (folder / "files").iterdir()} == {file.name for file in record.files}
    # Nothing of the surroundings.
    assert "output" not in kinds
    assert "stats" not in kinds


def wandb_records(data: bytes) -> Iterator[Any]:
    """The records of a .wandb file: a header of 7 bytes, then blocks of 32 KiB as LevelDB's logs have them."""
    from wandb.proto import wandb_internal_pb2

    place, parts = 7, []
    while place + 7 <= len(data):
        left = 2**15 - place % 2**15
        if left < 7:
            place += left
            continue
        _, length, kind = struct.unpack_from("<IHB", data, place)
        parts.append(data[place + 7 : place + 7 + length])
        place += 7 + length
        if kind in (1, 4):  # whole, or the last part
            record = wandb_internal_pb2.Record()
            record.ParseFromString(b"".join(parts))
            parts = []
            yield record


@pytest.mark.parametrize("tracker", TRACKERS)
def test_a_tracker_that_fails_does_the_run_no_harm(
    finished: RunResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tracker: str
) -> None:
    def fail(record: RunRecord, store: Path) -> str:
        raise ConnectionError("the server\nis away")

    monkeypatch.setitem(TRACKERS, tracker, fail)
    monkeypatch.setattr("kit.tracking.trackers.check_installed", lambda name: None)
    with pytest.raises(RunError, match=rf"{tracker} did not take .*\(the server is away\); the run itself is complete"):
        mirror(finished.path, tracker, tmp_path)
    assert intact_key(finished.path) is not None


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'perturbation-kit\[mlflow\]'"):
        check_installed("mlflow")


def test_an_unfinished_run_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.tracking.trackers.check_installed", lambda name: None)
    with pytest.raises(StateError, match="is no finished run"):
        mirror(tmp_path, "mlflow", tmp_path)
