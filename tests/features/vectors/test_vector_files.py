"""Reading files of vectors: every format, what is guessed, what is refused."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kit.errors import DataError, KitWarning
from kit.features.vectors.vector_files import KeyedVectors, read_keyed_vectors

KEYS = ["beta", "NA", "alpha"]
VECTORS = np.array([[1.5, -2.0], [3.0, 0.25], [0.0, 7.0]], dtype=np.float32)
FRAME = pd.DataFrame({"gene": KEYS, "d0": VECTORS[:, 0], "d1": VECTORS[:, 1]})


def read(path: Path, key: str | None = None, values: str | None = None, column: str = "x") -> KeyedVectors:
    return read_keyed_vectors(path, key, values, column)


def write(path: Path, frame: pd.DataFrame = FRAME, **options: Any) -> Path:
    if path.suffix == ".parquet":
        frame.to_parquet(path, **options)
    elif path.suffix == ".npz":
        np.savez(path, gene=frame["gene"].to_numpy(dtype=str), vectors=frame[["d0", "d1"]].to_numpy())
    else:
        frame.to_csv(path, **({"index": False} | options))
    return path


@pytest.mark.parametrize("name", ["t.npz", "t.parquet", "t.csv", "t.csv.gz"])
def test_every_format_gives_the_same(tmp_path: Path, name: str) -> None:
    found = read(write(tmp_path / name))
    assert found.name == "gene"
    # Sorted; a gene called NA is no gap.
    assert found.keys == ["NA", "alpha", "beta"]
    assert found.vectors.dtype == np.float32
    np.testing.assert_array_equal(found.vectors, VECTORS[[1, 2, 0]])


@pytest.mark.parametrize("dtype", ["U", "S"])
def test_keys_of_an_npz_in_unicode_or_bytes(tmp_path: Path, dtype: str) -> None:
    keys = np.array(["α-one", "two"])
    stored = np.char.encode(keys, "utf-8") if dtype == "S" else keys
    np.savez(tmp_path / "t.npz", names=stored, v=VECTORS[:2].astype(np.float16))
    assert read(tmp_path / "t.npz").keys == ["two", "α-one"]


def test_whole_numbers_as_keys_when_named(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", entrez=np.array([7, 11, 2]), v=VECTORS)
    with pytest.raises(DataError, match=r"0 parts could be the key.*name it by key:"):
        read(tmp_path / "t.npz")
    assert read(tmp_path / "t.npz", key="entrez").keys == ["11", "2", "7"]


@pytest.mark.parametrize("dtype", ["int64", "float32", "float64", str])
@pytest.mark.parametrize("name", ["t.npz", "t.parquet", "t.csv", "index.parquet"])
def test_numbers_as_keys_are_found_by_the_columns_name_and_compared_by_value(
    tmp_path: Path, name: str, dtype: str
) -> None:
    cids = np.array([7, 1100, 2]).astype(dtype)
    if name.endswith("npz"):
        np.savez(tmp_path / name, cid=cids, v=VECTORS)
    else:
        frame = pd.DataFrame({"cid": cids, "d0": VECTORS[:, 0], "d1": VECTORS[:, 1]})
        write(tmp_path / name, frame.set_index("cid") if name.startswith("index") else frame)
    found = read(tmp_path / name, column="CID" if name.startswith("t") else "cid")
    assert found.keys == ["1100", "2", "7"]
    np.testing.assert_array_equal(found.vectors, VECTORS[[1, 2, 0]])


@pytest.mark.parametrize("cell", ["1_5", "１"])
def test_odd_digits_are_no_numbers(tmp_path: Path, cell: str) -> None:
    (tmp_path / "t.csv").write_text(f"gene,d0\na,1.5\nb,{cell}\n")
    with pytest.raises(DataError, match=f"holds '{cell}', expected a number"):
        read(tmp_path / "t.csv", key="gene")


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_a_file_that_ends_inside_its_last_line_is_told(tmp_path: Path, name: str) -> None:
    text = b"gene,d0\na,1.5\nb,2.25"
    (tmp_path / name).write_bytes(gzip.compress(text) if name.endswith("gz") else text)
    with pytest.warns(KitWarning, match="'b,2.25', without a line end"):
        read(tmp_path / name)


def test_the_index_of_pandas_can_hold_the_keys(tmp_path: Path) -> None:
    indexed = FRAME.set_index("gene")
    assert read(write(tmp_path / "t.parquet", indexed)).keys == sorted(KEYS)
    assert read(write(tmp_path / "t.csv", indexed, index=True)).keys == sorted(KEYS)
    nameless = indexed.rename_axis(None)
    assert read(write(tmp_path / "n.parquet", nameless)).keys == sorted(KEYS)
    # R writes no name for the row names.
    (tmp_path / "r.csv").write_text("d0,d1\nbeta,1.5,-2\nNA,3,.25\n")
    assert read(tmp_path / "r.csv").keys == ["NA", "beta"]
    assert read(tmp_path / "r.csv").vectors.shape == (2, 2)


def test_row_numbers_are_no_component(tmp_path: Path) -> None:
    numbered = FRAME.set_index(pd.Index([4, 9, 2]))
    np.testing.assert_array_equal(read(write(tmp_path / "t.parquet", numbered)).vectors, VECTORS[[1, 2, 0]])
    with pytest.raises(DataError, match=r"without a name.*index=False"):
        read(write(tmp_path / "t.csv", FRAME, index=True))


def test_a_column_called_like_the_rows_column_holds_the_keys(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", gene=np.array(KEYS), symbol=np.array(["x", "y", "z"]), v=VECTORS)
    with pytest.raises(DataError, match=r"2 parts could be the key"):
        read(tmp_path / "t.npz")
    assert read(tmp_path / "t.npz", column="Symbol").keys == ["x", "y", "z"]
    assert read(tmp_path / "t.npz", key="gene").keys == sorted(KEYS)


def test_matrices_are_told_apart_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", gene=np.array(KEYS), v=VECTORS, w=2 * VECTORS)
    with pytest.raises(DataError, match=r"2 parts could be the values.*v float32\[3, 2\].*name it by values:"):
        read(tmp_path / "t.npz")
    np.testing.assert_array_equal(read(tmp_path / "t.npz", values="w").vectors, 2 * VECTORS[[1, 2, 0]])
    with pytest.raises(DataError, match=r"has no 'wv'.*did you mean 'w'|has no 'wv'.*known"):
        read(tmp_path / "t.npz", values="wv")
    with pytest.raises(DataError, match="'gene' is no matrix"):
        read(tmp_path / "t.npz", values="gene")
    with pytest.raises(DataError, match="'v' is no array of 3 keys"):
        read(tmp_path / "t.npz", key="v", values="w")


def test_a_parquet_column_of_lists(tmp_path: Path) -> None:
    lists = pd.DataFrame({"gene": KEYS, "embedding": list(VECTORS), "note": ["a", "b", "c"]})
    path = write(tmp_path / "t.parquet", lists)
    np.testing.assert_array_equal(read(path, key="gene").vectors, VECTORS[[1, 2, 0]])
    np.testing.assert_array_equal(read(path, key="note", values="embedding").vectors, VECTORS)
    with pytest.raises(DataError, match="'note' holds no lists"):
        read(path, key="gene", values="note")
    ragged = pd.DataFrame({"gene": KEYS, "embedding": [[1.0, 2.0], [1.0], [3.0, 4.0]]})
    with pytest.raises(DataError, match=r"the vector of 'NA' in 'embedding' has 1 components, that of 'beta' 2"):
        read(write(tmp_path / "r.parquet", ragged))


@pytest.mark.parametrize("cell", ["", "abc", "nan"])
def test_a_component_that_is_no_number_names_key_and_column(tmp_path: Path, cell: str) -> None:
    (tmp_path / "t.csv").write_text(f"gene,d0,d1\nalpha,1,2\nbeta,3,{cell}\n")
    with pytest.raises(DataError, match=rf"column 'd1' of 'beta' holds '{cell}', expected a number"):
        read(tmp_path / "t.csv", key="gene")


@pytest.mark.parametrize("name", ["t.npz", "t.parquet"])
def test_a_vector_with_nan_names_its_key(tmp_path: Path, name: str) -> None:
    holed = FRAME.assign(d1=[1.0, np.nan, 2.0])
    with pytest.raises(DataError, match="'NA'"):
        read(write(tmp_path / name, holed))


def test_one_key_may_stand_twice_with_one_vector_only(tmp_path: Path) -> None:
    twice = pd.concat([FRAME, FRAME.iloc[:1]])
    assert len(read(write(tmp_path / "t.csv", twice)).keys) == 3
    twice.iloc[-1, 1] = 9.0
    with pytest.raises(DataError, match=r"'beta' stands at rows 0 and 3 with different vectors"):
        read(write(tmp_path / "t.csv", twice))


@pytest.mark.parametrize("key", [None, " "])
def test_an_empty_key_is_an_error(tmp_path: Path, key: str | None) -> None:
    holed = FRAME.assign(gene=["a", key, "b"])
    with pytest.raises(DataError, match="the key at row 1 is empty"):
        read(write(tmp_path / "t.parquet", holed))


def test_pickled_objects_are_not_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", gene=np.array(KEYS, dtype=object), v=VECTORS)
    with pytest.raises(DataError, match=r"without pickled objects.*dtype=str"):
        read(tmp_path / "t.npz")


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no file"):
        read(tmp_path / "absent.npz")
    for name in ("t.npz", "t.parquet", "t.csv.gz", "t.csv"):
        (tmp_path / name).write_bytes(b"" if name == "t.csv" else b"neither")
        with pytest.raises(DataError, match="cannot be read"):
            read(tmp_path / name)
    (tmp_path / "t.xlsx").write_bytes(b"")
    with pytest.raises(DataError, match=r"unknown format; expected \.npz"):
        read(tmp_path / "t.xlsx")
    (tmp_path / "t.csv").write_text("gene,d0\n")
    with pytest.raises(DataError):
        read(tmp_path / "t.csv", key="gene")
    (tmp_path / "t.csv").write_text("gene\nalpha\n")
    with pytest.raises(DataError, match="no numbers"):
        read(tmp_path / "t.csv")
