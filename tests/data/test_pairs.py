from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from kit.data import Competition
from kit.data.pairs import read_pairs
from kit.errors import DataError
from kit.testing.competitions import make_competition


@pytest.fixture(scope="module")
def competition(tmp_path_factory: pytest.TempPathFactory) -> Competition:
    return make_competition(tmp_path_factory.mktemp("pairs"))


def write(folder: Path, frame: pd.DataFrame, name: str = "pairs.csv") -> Path:
    path = folder / name
    frame.to_parquet(path) if name.endswith("parquet") else frame.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("name", ["pairs.csv", "pairs.parquet"])
def test_fills_what_the_tables_say_about_a_compound(competition: Competition, tmp_path: Path, name: str) -> None:
    frame = competition.test[["sm_name", "cell_type"]].iloc[[1, 0, 1]]
    found = read_pairs(write(tmp_path, frame, name), competition)
    assert list(found["sm_name"]) == list(frame["sm_name"].iloc[:2])
    assert list(found["SMILES"]) == list(competition.test["SMILES"].iloc[[1, 0]])
    assert list(found.index) == [0, 1]


def test_own_metadata_win_and_an_unknown_compound_has_none(competition: Competition, tmp_path: Path) -> None:
    frame = pd.DataFrame({"cell_type": ["B cells", "B cells"], "sm_name": ["new", "0012"], "SMILES": ["CCO", "CC"]})
    found = read_pairs(write(tmp_path, frame), competition)
    assert list(found["SMILES"]) == ["CCO", "CC"]
    assert list(found["sm_name"]) == ["new", "0012"]
    assert found["sm_lincs_id"].isna().all()


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ({"cell_type": ["B cells"], "sm_nam": ["a"]}, r"no column 'sm_name' .did you mean 'sm_nam'"),
        ({"cell_type": [], "sm_name": []}, "no rows"),
        (
            {"cell_type": ["B cells", "B cells"], "sm_name": ["a", None]},
            r"'sm_name' is empty in 1 row, first in row 1 \(line 3\)",
        ),
    ],
)
def test_says_what_is_wrong(competition: Competition, tmp_path: Path, frame: dict, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_pairs(write(tmp_path, pd.DataFrame(frame)), competition)


def test_a_missing_file_is_said(competition: Competition, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no such file .*nowhere\.csv; it is `test`, or a table"):
        read_pairs(tmp_path / "nowhere.csv", competition)
