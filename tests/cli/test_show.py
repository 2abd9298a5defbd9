"""``kit show``."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from kit.files import write_done
from tests.cli.conftest import Finished, Kit, is_wrong_input


def test_a_finished_run_is_shown_whole(finished: Finished, kit: Kit) -> None:
    result = kit("show", finished.run.name, "--out", finished.run.parents[2])
    assert result.code == 0, result.err
    for title in ("Cross-validation", "mrrmse by ", "Fits", "Verdict", "Files"):
        assert any(line.startswith(title) for line in result.out.splitlines()), title
    for member in pd.read_csv(finished.run / "leaderboard.csv")["member"]:
        assert f"  {member} " in result.out
    assert f"command: kit train {finished.run}"[:19] in result.out
    assert "folds: 2 by held_out_cell_type: " in result.out
    ending = [line for line in finished.result.out.splitlines() if line.startswith(("score:", "floors:", "gain:"))]
    assert len(ending) == 3
    assert all(line in result.out.splitlines() for line in ending)


def test_the_same_for_programs(finished: Finished, kit: Kit) -> None:
    content = json.loads(kit("show", finished.run, "--json").out)
    assert content["state"] == "finished"
    assert content["score"] == json.loads((finished.run / "metrics.json").read_text())
    assert {line["fold"] for line in content["by_fold"]} == set(content["score"]["by_fold"])
    assert content["verdict"] == (finished.run / "verdict.txt").read_text().splitlines()
    assert sum(line["bytes"] for line in content["files"]) == sum(
        file.stat().st_size
        for file in finished.run.rglob("*")
        if file.is_file() and not file.relative_to(finished.run).parts[0].startswith(".")
    )


def test_an_interrupted_run_says_how_to_go_on(finished: Finished, kit: Kit, tmp_path: Path) -> None:
    run = tmp_path / "tiny" / "runs" / finished.run.name
    shutil.copytree(finished.run, run)
    (run / "DONE").unlink()
    (fold,) = run.glob("tasks/*/*/*/fold=1/DONE")
    fold.unlink()
    result = kit("show", "linear", "--out", tmp_path)
    assert result.code == 0, result.err
    assert "not finished" in result.out
    manifest = json.loads((run / "manifest.json").read_text())
    (line,) = [line for line in result.out.splitlines() if line.startswith("fits: ")]
    assert line == f"fits: 2 of 3 done; this goes on: kit {' '.join(manifest['argv'][1:])}"
    assert json.loads(kit("show", run, "--json").out)["state"] == "unfinished"


@pytest.mark.parametrize("name", ["linaer", "folder", "file.txt", "blend"])
def test_what_is_no_run(
    finished: Finished, kit: Kit, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "file.txt").touch()
    (tmp_path / "blend").mkdir()
    write_done(tmp_path / "blend", "key", [])
    result = kit("show", name, "--out", finished.run.parents[2])
    assert is_wrong_input(result)
    assert ("'linear'" if name == "linaer" else "kit runs") in result.err


def test_a_damaged_run(finished: Finished, kit: Kit, tmp_path: Path) -> None:
    run = tmp_path / "tiny" / "runs" / finished.run.name
    shutil.copytree(finished.run, run)
    (run / "metrics.json").write_text("{")
    result = kit("show", run)
    assert is_wrong_input(result)
    assert "metrics.json" in result.err
    (run / "DONE").unlink()
    (run / "manifest.json").write_text("[]")
    assert kit("show", run).err.startswith("error: ")
