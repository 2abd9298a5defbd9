from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.data import read_predictions
from kit.errors import DataError
from tests.real_data import real_data

TABLE = pd.DataFrame({"id": ["a", "b"], "cell_type": ["T", "B"], "g1": [1.0, 2.0], "g2": [3.0, 4.0], "g3": [5.0, 6.0]})


def write(folder: Path, name: str, table: pd.DataFrame = TABLE) -> Path:
    if name.endswith("parquet"):
        table.to_parquet(folder / name)
    else:
        table.to_csv(folder / name, index=False)
    return folder / name


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_columns_come_in_the_order_asked_for(name: str, tmp_path: Path) -> None:
    read = read_predictions(write(tmp_path, name), ["g3", "g1"])
    assert read.ids == ("a", "b")
    assert read.targets == ("g3", "g1")
    np.testing.assert_array_equal(read.values, np.array([[5, 1], [6, 2]], np.float32))


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_without_targets_every_other_column(name: str, tmp_path: Path) -> None:
    read = read_predictions(write(tmp_path, name), ignore=["cell_type"])
    assert read.targets == ("g1", "g2", "g3")


def test_another_id_column(tmp_path: Path) -> None:
    assert read_predictions(write(tmp_path, "t.csv"), ["g1"], id_column="cell_type").ids == ("T", "B")


@pytest.mark.parametrize(
    ("table", "targets", "message"),
    [
        (TABLE, ["g1", "g4"], "t.csv lacks 1 of the 2 target columns: 'g4'"),
        (TABLE, None, r"t.csv: 1 target column does not hold numbers: 'cell_type' \('T' in row 0 \(line 2\)\)"),
        (TABLE.rename(columns={"id": "Id"}), ["g1"], r"the column 'id' .* missing \(did you mean 'Id'\?\)"),
        (TABLE.assign(id=["a", "a"]), ["g1"], "row 0 .* and row 1 .* have the same id 'a'"),
        (TABLE.assign(id=["a", None]), ["g1"], "'id' is empty in 1 row, first in row 1"),
        (TABLE.assign(g2=[1.0, np.nan]), ["g1", "g2"], "row 1 .*column 'g2', is missing"),
        (TABLE[["id"]], None, "no columns besides 'id'"),
    ],
)
def test_what_is_wrong_is_named(table: pd.DataFrame, targets: list[str] | None, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        read_predictions(write(tmp_path, "t.csv", table), targets)


def test_missing_values_may_pass(tmp_path: Path) -> None:
    path = write(tmp_path, "t.csv", TABLE.assign(g1=[np.nan, 1.0]))
    assert np.isnan(read_predictions(path, ["g1"], finite=False).values[0, 0])


def test_missing_file_names_the_nearest(tmp_path: Path) -> None:
    write(tmp_path, "truth.csv")
    with pytest.raises(DataError, match=r"trut.csv does not exist \(did you mean 'truth.csv'\?\)"):
        read_predictions(tmp_path / "trut.csv")


def test_real_leaderboard() -> None:
    path = real_data("open-problems-ranks") / "public_leaderboard.parquet"
    read = read_predictions(path, ignore=["cell_type", "sm_name"])
    assert read.values.shape == (94, 6349)
    assert len(set(read.ids)) == 94
