"""``kit data``."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.cli.conftest import Kit, is_wrong_input


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("simulated") / "new"


def test_simulating_writes_the_tables_once(kit: Kit, folder: Path) -> None:
    result = kit("data", "simulate", "--out", folder, "--seed", "3")
    assert (result.code, result.err) == (0, "")
    train, truth = pd.read_parquet(folder / "de_train.parquet"), pd.read_parquet(folder / "truth.parquet")
    assert f"{len(train)} rows x {truth.shape[1] - 1} targets, {len(truth)} rows to predict" in result.out
    assert len(pd.read_csv(folder / "id_map.csv")) == len(pd.read_csv(folder / "sample_submission.csv")) == len(truth)

    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    again = kit("data", "simulate", "--out", folder, "--seed", "3")
    assert (again.code, again.out) == (0, result.out)
    assert "already" in again.err
    other = kit("data", "simulate", "--out", folder, "--seed", "4")
    assert is_wrong_input(other)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_real_tables_are_never_replaced(kit: Kit, tmp_path: Path) -> None:
    (tmp_path / "de_train.parquet").write_bytes(b"measured in years")
    result = kit("data", "simulate", "--out", tmp_path)
    assert is_wrong_input(result)
    assert "de_train.parquet" in result.err
    assert [path.name for path in tmp_path.iterdir()] == ["de_train.parquet"]
    assert (tmp_path / "de_train.parquet").read_bytes() == b"measured in years"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "--out"),
        (["--out", "x", "--like", "demoo"], "'demo'"),
        (["--out", "x", "--seed", "-1"], "--seed"),
        (["--out", "x", "--seed", "one"], "--seed"),
        (["--out", "x", "--like", "demo", "--design", "."], "--design: demo is drawn as a whole"),
    ],
)
def test_wrong_input(
    kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = kit("data", "simulate", *arguments)
    assert is_wrong_input(result)
    assert told in result.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_a_failure(kit: Kit, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = kit("data", "simulate", "--out", tmp_path / "file" / "x")
    assert result.code == 1
    assert result.err.startswith("error: cannot write")
