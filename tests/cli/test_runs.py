"""``kit runs``."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Finished, Kit


@pytest.fixture(scope="module")
def out(tiny: Path, finished: Finished, kit: Kit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two finished runs, the second with another penalty, and one that was stopped."""
    folder = tmp_path_factory.mktemp("runs")
    for more in ([], ["--set", "models.ridge.params.penalty=3.0"]):
        assert kit("train", tiny / "linear.yaml", "--out", folder, "--jobs", "1", *more).code == 0
    (stopped, _) = sorted((folder / "tiny" / "runs").glob("linear-*"))
    (folder / "tiny" / "runs" / "stopped-00000000").mkdir()
    (folder / "tiny" / "runs" / "stopped-00000000" / "manifest.json").write_bytes(
        (stopped / "manifest.json").read_bytes()
    )
    return folder


def test_runs_are_listed_with_their_scores(out: Path, kit: Kit) -> None:
    result = kit("runs", "--json", "--out", out)
    assert result.code == 0, result.err
    lines = {line["run"]: line for line in json.loads(result.out)}
    finished = [line for line in lines.values() if line["state"] == "finished"]
    assert len(lines) == 3
    for line in finished:
        summary = json.loads((out / "tiny" / "runs" / line["run"] / "metrics.json").read_text())
        assert (line["score"], line["metric"]) == (pytest.approx(summary["score"]), "mrrmse")
        assert line["MiB"] > 0
    assert {line["set"] for line in finished} >= {"models.ridge.params.penalty=3.0"}
    stopped = lines["stopped-00000000"]
    assert (stopped["state"], stopped["score"]) == ("unfinished", None)
    assert [line["started"] for line in lines.values()] == sorted((x["started"] for x in lines.values()), reverse=True)
    assert {line["recipe"] for line in lines.values()} == {"linear", "stopped"}
    shown = kit("runs", "tiny", "--out", out).out
    assert all(run in shown for run in lines)


def test_no_runs_and_no_such_competition(out: Path, kit: Kit, tmp_path: Path) -> None:
    assert "no runs in" in kit("runs", "--out", tmp_path).out
    result = kit("runs", "tinny", "--out", out)
    assert result.code == 2
    assert "did you mean 'tiny'" in result.err


def test_a_damaged_run_takes_no_other_from_the_list(out: Path, kit: Kit, tmp_path: Path) -> None:
    shutil.copytree(out, tmp_path / "out")
    first, second = sorted((tmp_path / "out" / "tiny" / "runs").glob("linear-*"))
    (first / "manifest.json").write_text("{")
    (second / "metrics.json").write_text("[]")
    (tmp_path / "out" / "tiny" / "runs" / "notes").mkdir()  # somebody's own
    result = kit("runs", "--json", "--out", tmp_path / "out")
    assert result.code == 0, result.err
    states = {line["run"]: line["state"] for line in json.loads(result.out)}
    assert states == {first.name: "damaged", second.name: "damaged", "stopped-00000000": "unfinished"}
    assert first.name in kit("runs", "--quiet", "--out", tmp_path / "out").out
