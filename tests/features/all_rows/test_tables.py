from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kit.errors import DataError, InputError
from kit.features.all_rows.tables import all_rows, read_rows, rows_of

ROWS = pd.DataFrame({"cell_type": ["NK", "T"], "dose": [1.0, 2.5]})


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz", "rows.parquet"])
def test_a_table_comes_back(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith("parquet"):
        ROWS.to_parquet(path)
    else:
        ROWS.to_csv(path, index=False)
    pd.testing.assert_frame_equal(read_rows(path, "user"), ROWS)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no file .*none.csv.*with the columns of the training rows"):
        read_rows(tmp_path / "none.csv", "user")
    (tmp_path / "rows.txt").write_text("a")
    with pytest.raises(DataError, match="unknown format"):
        read_rows(tmp_path / "rows.txt", "user")
    (tmp_path / "rows.parquet").write_text("nonsense")
    with pytest.raises(DataError, match="cannot be read"):
        read_rows(tmp_path / "rows.parquet", "user")
    (tmp_path / "rows.csv").write_text("a,b\n")
    with pytest.raises(DataError, match="holds no rows"):
        read_rows(tmp_path / "rows.csv", "user")


def test_tables_are_joined_by_the_columns_that_all_have() -> None:
    other = pd.DataFrame({"id": [0], "dose": [3.0]}, index=[7])
    union, lacking = all_rows({"the rows": ROWS, "the test table": other, "an empty one": ROWS.iloc[:0]}, "user")
    pd.testing.assert_frame_equal(union, pd.DataFrame({"dose": [1.0, 2.5, 3.0]}))
    assert lacking == ["the test table has no 'cell_type'"]


def test_there_must_be_tables_and_rows() -> None:
    wrong: Any = {"dose": [1]}
    with pytest.raises(InputError, match="user: the test table: rows must be a pandas data frame"):
        all_rows({"the rows": ROWS, "the test table": wrong}, "user")
    with pytest.raises(InputError, match="no rows to be fitted on"):
        all_rows({"the rows": ROWS.iloc[:0]}, "user")


def test_rows_that_agree_with_a_training_row() -> None:
    table = pd.DataFrame({"cell_type": ["B", "T", "NK"], "dose": [1, 2.5, 2.5], "row": [0, 1, 2]})
    assert rows_of(ROWS, table, ["cell_type"], "user")["row"].tolist() == [1, 2]
    assert rows_of(ROWS, table, ["cell_type", "dose"], "user")["row"].tolist() == [1]
    with pytest.raises(InputError, match=r"user: no row has the cell_type of a training row, such as \('NK',\)"):
        rows_of(ROWS, table.iloc[:1], ["cell_type"], "user")
    with pytest.raises(InputError, match="'plate'"):
        rows_of(ROWS, table, ["plate"], "user")
