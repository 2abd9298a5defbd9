"""``kit data fetch``; what a server may do, tests/fetching tries."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.fetching import sources
from tests.cli.conftest import Kit, is_wrong_input


def test_files_that_were_got_by_hand_are_laid_out(kit: Kit, tiny: Path, tmp_path: Path) -> None:
    raw = tmp_path / "mine" / "downloaded"
    raw.mkdir(parents=True)
    for name in sources.TABLES:
        (raw / name).write_bytes((tiny / "data" / name).read_bytes())
    result = kit("data", "fetch", "open-problems", "--out", tmp_path / "mine")
    assert result.code == 0, result.err
    assert result.out.splitlines()[-1] == f"next: kit train {tmp_path / 'mine' / 'competition.yaml'}"
    planned = kit("train", tmp_path / "mine" / "baseline.yaml", "--dry-run", "--set", "folds=kfold")
    assert planned.code == 0, planned.err
    again = kit("data", "fetch", "open-problems", "--out", tmp_path / "mine")
    assert (again.code, again.out) == (0, result.out)


def test_without_a_network_the_command_fails_and_says_what_to_do(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "BENCHMARK", "http://127.0.0.1:9")
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    result = kit("data", "fetch", "open-problems", "--from", "openproblems", "--out", tmp_path)
    assert result.code == 1
    assert "cannot be reached" in result.err
    assert "get de_train.h5ad, de_test.h5ad, id_map.csv from https://" in result.err
    assert f"put what you got into {tmp_path / 'downloaded'}" in result.err


def test_wrong_input(kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = kit("data", "fetch", "open-problem", "--out", tmp_path)
    assert is_wrong_input(result)
    assert "did you mean 'open-problems'?" in result.err
    assert kit("data", "fetch", "open-problems", "--from", "zenod").code == 2
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "de_train.parquet").write_text("mine")
    assert is_wrong_input(kit("data", "fetch", "open-problems", "--out", tmp_path))
    monkeypatch.setenv("PATH", "")
    without_program = kit("data", "fetch", "open-problems", "--out", tmp_path / "new")
    assert without_program.code == 2
    assert "pip install kaggle" in without_program.err
