from __future__ import annotations

from pathlib import Path

import pytest

from kit.data import read_competition
from kit.data.files import locate_files
from kit.errors import DataError
from tests.data.small import small_config, write_tables


def test_files_by_their_part(tmp_path: Path) -> None:
    write_tables(tmp_path)
    paths = locate_files(small_config({"noise_free_train": "train.parquet"}), tmp_path)
    assert paths["test"] == tmp_path / "test.csv"
    assert list(paths) == ["train", "test", "sample_submission", "noise_free_train"]


def test_files_of_one_name_in_two_folders_keep_their_hashes_apart(tmp_path: Path) -> None:
    for part in ("train", "test", "sample"):
        write_tables(tmp_path / part)
    names = {"train": "train/train.parquet", "test": "test/test.csv", "sample_submission": "sample/sample.csv"}
    (tmp_path / "sample" / "sample.csv").rename(tmp_path / "sample" / "test.csv")
    config = small_config({**names, "sample_submission": "sample/test.csv"})
    hashes = read_competition(config, tmp_path, tmp_path / "cache").hashes
    assert set(hashes) == {"train/train.parquet", "test/test.csv", "sample/test.csv"}
    assert len(set(hashes.values())) == 3


def test_missing_tables_come_with_where_to_get_them(tmp_path: Path) -> None:
    config = small_config({"source": "the shop around the corner"})
    with pytest.raises(DataError, match=r"--data FOLDER.*where to get them: the shop around the corner$"):
        locate_files(config, tmp_path / "nothing")
    with pytest.raises(DataError, match=r"--data FOLDER.*where to get them: the shop around the corner"):
        locate_files(config, tmp_path)


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"3 problems[\s\S]*the folder is empty[\s\S]*--data"):
        locate_files(small_config(), tmp_path)
