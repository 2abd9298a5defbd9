"""``kit predict``."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.cli.conftest import Finished, Kit, is_wrong_input


def out_of(finished: Finished) -> Path:
    return finished.run.parents[2]


@pytest.mark.parametrize("name", ["PATH", "latest", "linear"])
def test_it_predicts_the_rows_of_a_table(kit: Kit, tiny: Path, finished: Finished, tmp_path: Path, name: str) -> None:
    run = finished.run if name == "PATH" else name
    rows, output = tiny / "data" / "id_map.csv", tmp_path / "new.parquet"
    result = kit("predict", run, rows, "-o", output, "--out", out_of(finished))
    assert result.code == 0, result.err
    table = pd.read_parquet(output)
    values = table.iloc[:, 4:].to_numpy()
    np.testing.assert_allclose(values, np.load(finished.run / "test.npy"), rtol=1e-5, atol=1e-6)
    assert table.columns[:4].tolist() == ["id", "cell_type", "sm_name", "rests_on"]
    assert f"{len(table)} rows x {values.shape[1]} targets, by {finished.run.name}" in result.out
    assert f"predictions: {output}" in result.out
    assert result.err == ""


def test_by_default_the_table_is_named_after_the_rows(
    kit: Kit, finished: Finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = pd.DataFrame({"cell_type": ["NK cells", "Astrocytes"], "sm_name": ["Unobtainium", "Belinostat"]})
    rows.to_csv("pairs.csv", index=False)
    result = kit("predict", finished.run, "pairs.csv")
    assert result.code == 0, result.err
    assert pd.read_csv("pairs.predicted.csv")["rests_on"].tolist() == ["new compound", "new group"]
    assert "warning: 1 values of 'sm_name' are in no training row, their rows fall back: Unobtainium" in result.err
    again = kit("predict", finished.run, "pairs.csv")
    assert is_wrong_input(again)
    assert "--overwrite" in again.err
    assert kit("predict", finished.run, "pairs.csv", "--overwrite").code == 0


def test_intervals_are_added_where_folds_hide_such_rows(
    kit: Kit, tiny: Path, finished: Finished, tmp_path: Path
) -> None:
    test = pd.read_csv(tiny / "data" / "id_map.csv")
    new = test.iloc[[0]].assign(id=1000, sm_name="Unobtainium")
    pd.concat([test, new]).to_csv(tmp_path / "rows.csv", index=False)
    result = kit("predict", finished.run, tmp_path / "rows.csv", "-o", tmp_path / "out.csv", "--interval", "0.8")
    assert result.code == 0, result.err
    table = pd.read_csv(tmp_path / "out.csv")
    assert table["interval"].tolist() == ["calibrated"] * len(test) + ["not calibrated"]
    target = table.columns[5]
    assert table[[f"{target}.low", f"{target}.high"]].isna().all(axis=1).tolist() == [False] * len(test) + [True]
    assert "warning: no intervals for new compound" in result.err
    assert "calibrated_on" in result.out


def test_wrong_input(kit: Kit, tiny: Path, finished: Finished, tmp_path: Path) -> None:
    rows = tiny / "data" / "id_map.csv"
    for arguments, text in [
        ((finished.run, tmp_path / "nothing.csv"), "no such file"),
        ((finished.run, rows, "-o", tmp_path / "out.xlsx"), "must end in one of"),
        ((tiny, rows, "-o", tmp_path / "out.csv"), "no finished run"),
        (("linaer", rows, "--out", out_of(finished)), "did you mean 'linear'?"),
        (("latest", rows, "--out", tmp_path), "no finished run"),
        ((finished.run, rows, "--interval", "90"), "a share between 0 and 1, such as 0.9"),
    ]:
        result = kit("predict", *arguments)
        assert is_wrong_input(result), result
        assert text in result.err


def test_every_command_takes_a_run_by_name(kit: Kit, tiny: Path, finished: Finished, tmp_path: Path) -> None:
    shutil.copytree(out_of(finished), tmp_path / "out")
    where = ("--out", tmp_path / "out")
    other = pd.read_csv(finished.submission).set_index("id") / 2
    other.to_csv(tmp_path / "other.csv")
    truth = tiny / "data" / "truth.parquet"
    for arguments in [
        ("score", "latest", truth, *where),
        ("calibrate", "linear", truth, *where),
        ("calibrate", "latest", *where),
        ("check", "latest", tiny / "competition.yaml", *where),
        ("blend", "latest", tmp_path / "other.csv", *where),
    ]:
        result = kit(*arguments)
        assert result.code == 0, (arguments, result.err)
    # It finds the run; that one holds no process.
    assert "none of its models (ridge)" in kit("design", "latest", *where).err
