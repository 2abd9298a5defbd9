from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from kit.data import read_competition, read_predictions
from kit.submission import check_submission, write_submission
from tests.data.small import GENES, pairs_table, sample_table, small_config, train_table, write_tables


def warnings_of(folder: Path, train: pd.DataFrame, test: pd.DataFrame, **columns: object) -> list[str]:
    write_tables(folder, train=train, test=test)
    return list(read_competition(small_config(columns=columns), folder, folder / "cache").warnings)


def test_what_was_changed_is_said_once(tmp_path: Path) -> None:
    train, test = train_table(), pairs_table()
    plain = warnings_of(tmp_path / "plain", train, test)
    train["cell_type"] = train["cell_type"].replace("T cells", "T cells ")
    train["time"], test["time"] = 24, ["24.0", "24.00", "24"]
    found = warnings_of(tmp_path / "odd", train, test, keys=["cell_type", "sm_name", "time"])
    assert [warning for warning in found if warning not in plain] == [
        "cell_type: blanks around 1 value are left out: 'T cells '",
        "time: '24' and '24.0' and '24.00' are read as '24': one value whatever the file format",
    ]


def test_names_that_read_as_numbers_are_said(tmp_path: Path) -> None:
    train = train_table().replace({"sm_name": {"urea": "1E5"}})
    test = pairs_table().replace({"sm_name": {"urea": "1E5"}})
    assert any("sm_name: '1E5' is read as '100000'" in warning for warning in warnings_of(tmp_path, train, test))


def test_numbers_of_a_column_of_numbers_are_no_news(tmp_path: Path) -> None:
    train = train_table().assign(time=6.0)
    test = pairs_table().assign(time=["6.0"] * 3)
    assert not any(
        "time" in warning for warning in warnings_of(tmp_path, train, test, metadata=["control", "dose", "time"])
    )


def test_a_submission_has_the_ids_as_the_sample_writes_them(tmp_path: Path) -> None:
    written = ["0.0", "1E1", " 007"]
    write_tables(tmp_path, test=pairs_table().assign(id=["0", "10", "007"]), sample=sample_table().assign(id=written))
    competition = read_competition(small_config(), tmp_path, tmp_path / "cache")
    assert competition.sample_ids == ("0", "10", "007")
    values = np.arange(12).reshape(3, 4)
    path = write_submission(tmp_path / "s.csv", ["10", "007", "0"], GENES, values, competition).path
    back = pd.read_csv(path, dtype={"id": str})
    assert back["id"].tolist() == written
    np.testing.assert_array_equal(back[GENES], values[[2, 0, 1]])


def test_ids_are_compared_by_value_in_check_and_score(tmp_path: Path) -> None:
    write_tables(tmp_path)
    competition = read_competition(small_config(), tmp_path, tmp_path / "cache")
    frame = sample_table()
    frame[GENES] = np.arange(12).reshape(3, 4) / 10
    frame.assign(id=frame["id"].astype(float)).to_csv(tmp_path / "float.csv", index=False)
    frame.assign(id=frame["id"].astype(np.float32)).to_parquet(tmp_path / "float.parquet")
    frame.assign(id=["0", " 1", "2"]).to_csv(tmp_path / "padded.csv", index=False)
    for name in ("float.csv", "float.parquet", "padded.csv"):
        told = check_submission(tmp_path / name, competition)
        assert ("blanks around 1 value" in " ".join(told)) == (name == "padded.csv")
        assert read_predictions(tmp_path / name).ids == ("0", "1", "2")
    assert not any("id" in warning for warning in check_submission(frame.astype({"id": float}), competition))
