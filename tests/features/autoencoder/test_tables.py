from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kit.errors import DataError, InputError
from kit.features.autoencoder.tables import all_rows, read_rows

ROWS = pd.DataFrame({"cell_type": ["NK", "T"], "dose": [1.0, 2.5]})


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz", "rows.parquet"])
def test_a_table_comes_back(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name.endswith("parquet"):
        ROWS.to_parquet(path)
    else:
        ROWS.to_csv(path, index=False)
    pd.testing.assert_frame_equal(read_rows(path), ROWS)


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no file .*none.csv.*with the columns of the training rows"):
        read_rows(tmp_path / "none.csv")
    (tmp_path / "rows.txt").write_text("a")
    with pytest.raises(DataError, match="unknown format"):
        read_rows(tmp_path / "rows.txt")
    (tmp_path / "rows.parquet").write_text("nonsense")
    with pytest.raises(DataError, match="cannot be read"):
        read_rows(tmp_path / "rows.parquet")
    (tmp_path / "rows.csv").write_text("a,b\n")
    with pytest.raises(DataError, match="holds no rows"):
        read_rows(tmp_path / "rows.csv")


def test_tables_are_joined_by_the_columns_that_all_have() -> None:
    other = pd.DataFrame({"id": [0], "dose": [3.0]}, index=[7])
    union, lacking = all_rows(ROWS, {"the test table": other, "an empty one": ROWS.iloc[:0]})
    pd.testing.assert_frame_equal(union, pd.DataFrame({"dose": [1.0, 2.5, 3.0]}))
    assert lacking == ["the test table has no 'cell_type'"]


def test_there_must_be_tables_and_training_rows() -> None:
    wrong: Any = {"dose": [1]}
    with pytest.raises(InputError, match="must be a pandas data frame"):
        all_rows(wrong, {})
    with pytest.raises(InputError, match="autoencoder: the test table: rows must be a pandas data frame"):
        all_rows(ROWS, {"the test table": wrong})
    with pytest.raises(InputError, match="no training rows"):
        all_rows(ROWS.iloc[:0], {"the test table": ROWS})
