"""Tables inside zip archives."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from kit.data import open_table, read_competition
from kit.errors import DataError
from tests.data.small import GENES, small_config, train_table, write_tables


def pack(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return path


@pytest.mark.parametrize("name", ["t.parquet", "t.csv", "t.csv.gz", "t.feather"])
def test_the_one_table_of_an_archive_is_read(name: str, tmp_path: Path) -> None:
    table = train_table()
    write = table.to_csv if ".csv" in name else table.to_parquet if name.endswith("parquet") else table.to_feather
    write(tmp_path / name, **({"index": False} if ".csv" in name else {}))
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as archive:
        archive.write(tmp_path / name, name)
        archive.writestr(f"__MACOSX/._{name}", b"Finder's")
        archive.writestr("LICENSE", b"text")
    opened, plain = open_table(tmp_path / "t.zip"), open_table(tmp_path / name)
    assert opened.columns == plain.columns
    assert opened.frame(["sm_name", "dose"]).equals(plain.frame(["sm_name", "dose"]))
    np.testing.assert_array_equal(opened.matrix(GENES)[0], plain.matrix(GENES)[0])
    assert opened.path.name == "t.zip"


def test_files_that_kaggles_client_left_zipped_are_found(tmp_path: Path) -> None:
    write_tables(tmp_path)
    expected = read_competition(small_config(), tmp_path, tmp_path / "cache")
    for name in ("train.parquet", "test.csv", "sample.csv"):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            archive.write(tmp_path / name, name)
        (tmp_path / name).unlink()
    found = read_competition(small_config(), tmp_path, tmp_path / "cache")
    np.testing.assert_array_equal(found.Y, expected.Y)
    assert found.rows.equals(expected.rows)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"a_csv": b"id,x\n1,2\n", "b_csv": b"id,x\n1,2\n"}, r"holds 2 tables \(a.csv, b.csv\), expected one: unpack"),
        ({"notes_md": b"#"}, r"holds no table \(notes.md\)"),
        ({}, "holds no table"),
        ({"t_parquet": b"id,x\n1,2\n"}, "damaged or no parquet file"),
        ({"t_csv": b""}, "empty"),
    ],
)
def test_other_archives_are_an_error_that_says_what_to_do(members: dict, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        open_table(pack(tmp_path / "t.zip", **members))


def test_a_damaged_archive(tmp_path: Path) -> None:
    whole = pack(tmp_path / "t.zip", t_csv=b"id,x\n" + b"1,2\n" * 500).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="no zip archive or a damaged one"):
        open_table(tmp_path / "cut.zip")
    (tmp_path / "changed.zip").write_bytes(whole.replace(whole[40:44], b"XXXX", 1))
    with pytest.raises(DataError, match="damaged archive"):
        open_table(tmp_path / "changed.zip")
