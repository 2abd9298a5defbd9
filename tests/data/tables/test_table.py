from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from kit.data import open_table
from kit.data.tables import arrow_tables
from kit.data.tables.frame_table import FrameTable
from kit.data.tables.table import Table
from kit.errors import DataError, MissingDependencyError
from kit.values import canonical_texts, tidy_types


@settings(max_examples=25, deadline=None)
@given(values=arrays(np.float32, (3, 4), elements=st.floats(width=32, allow_nan=False, allow_infinity=False)))
def test_float32_survives_csv_exactly(values: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    pd.DataFrame(values, columns=list("abcd")).to_csv(path, index=False)
    matrix, cells = open_table(path).matrix(list("abcd"))
    assert not cells
    np.testing.assert_array_equal(matrix, values)


@pytest.mark.parametrize("suffix", ["parquet", "feather"])
@pytest.mark.parametrize("group", [2, 5, 100])
def test_cells_are_found_by_name_across_blocks_of_rows_and_columns(
    suffix: str, group: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, size in {"PARQUET_BLOCK": 3, "FEATHER_BLOCK": 3, "BATCH_ROWS": 4, "BLOCK_ELEMENTS": 9}.items():
        monkeypatch.setattr(arrow_tables, name, size)
    values = np.arange(130, dtype=np.float64).reshape(13, 10)
    names = [f"g{i}" for i in range(9)] + ["g1.5"]  # which Arrow takes for a part of g1
    table = pa.table(dict(zip(names, values.T, strict=True)) | {"t": [None] * 8 + ["late"] + [None] * 4})
    path = tmp_path / f"t.{suffix}"
    if suffix == "parquet":
        pq.write_table(table, path, row_group_size=group)
    else:
        feather.write_feather(table, path, chunksize=group)
    wanted = ["g1", "g1.5", "g8", "g0", "t", "g5", "g4", "g7"]
    matrix, cells = open_table(path).matrix(wanted)
    np.testing.assert_array_equal(np.delete(matrix, 4, axis=1), values[:, [1, 9, 8, 0, 5, 4, 7]])
    assert np.isnan(matrix[:, 4]).all()
    assert [tuple(cell) for cell in cells] == [(8, "t", "late")]


@pytest.mark.parametrize("kind", ["int8", "int64", "uint16", "float16", "float32", "float64"])
def test_every_kind_of_number(kind: str, tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": np.array([1, 2, 3], dtype=kind)}), tmp_path / "t.parquet")
    matrix, cells = open_table(tmp_path / "t.parquet").matrix(["x"])
    assert (matrix[:, 0].tolist(), cells) == ([1, 2, 3], [])


def test_decimals_and_integers_with_gaps(tmp_path: Path) -> None:
    from decimal import Decimal

    columns = {"d": pa.array([Decimal("1.50"), None]), "i": pa.array([None, 7], pa.int32())}
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    matrix, cells = open_table(tmp_path / "t.parquet").matrix(["d", "i"])
    np.testing.assert_array_equal(matrix, np.array([[1.5, np.nan], [np.nan, 7]], np.float32))
    assert not cells


@pytest.mark.parametrize("suffix", ["parquet", "feather", "csv"])
def test_text_is_reported_once_a_column_and_empty_cells_are_nan(suffix: str, tmp_path: Path) -> None:
    table = pa.table({"x": [1.0, None, 3.0], "t": [None, "high", "low"], "y": [1, 2, 3]})
    path = tmp_path / f"t.{suffix}"
    if suffix == "csv":
        table.to_pandas().to_csv(path, index=False)
    else:
        (pq.write_table if suffix == "parquet" else feather.write_feather)(table, path)
    opened = open_table(path)
    matrix, cells = opened.matrix(["x", "t", "y"])
    assert [tuple(cell) for cell in cells] == [(1, "t", "high")]
    np.testing.assert_array_equal(matrix[:, [0, 2]], np.array([[1, 1], [np.nan, 2], [3, 3]], np.float32))
    assert np.isnan(matrix[:, 1]).all()
    assert opened.n_rows == 3


def test_dictionary_columns_are_text(tmp_path: Path) -> None:
    frame = pd.DataFrame({"cell": pd.Categorical(["T", None, "B"]), "batch": pd.Categorical(["x", "y", "x"])})
    frame.to_parquet(tmp_path / "t.parquet")
    read = open_table(tmp_path / "t.parquet").frame(["cell", "batch"])
    assert read["cell"].tolist() == ["T", None, "B"]
    assert read["batch"].tolist() == ["x", "y", "x"]


def test_numbers_as_keys_read_the_same_in_every_format(tmp_path: Path) -> None:
    frame = pd.DataFrame({"plate": [1, 2], "treated": [True, False], "x": [0.5, 1.5]})
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_feather(tmp_path / "t.feather")
    frame.to_csv(tmp_path / "t.csv", index=False)
    for name in ("t.parquet", "t.feather", "t.csv"):
        assert open_table(tmp_path / name).frame(["plate", "treated"]).to_numpy().tolist() == [
            ["1", "True"],
            ["2", "False"],
        ]


def test_quoted_names_with_commas_and_line_breaks(tmp_path: Path) -> None:
    names = ["1,2-dichloroethane", 'the "best"', "two\nlines"]
    pd.DataFrame({"sm_name": names, "x": [1, 2, 3]}).to_csv(tmp_path / "t.csv", index=False)
    table = open_table(tmp_path / "t.csv")
    assert table.frame(["sm_name"])["sm_name"].tolist() == names
    assert table.n_rows == 3


def test_byte_order_mark_windows_line_ends_and_empty_lines(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(b"\xef\xbb\xbfid,x\r\n1,2.5\r\n\r\n2,3.5\r\n")
    table = open_table(tmp_path / "t.csv")
    assert table.columns == ["id", "x"]
    assert table.matrix(["x"])[0].tolist() == [[2.5], [3.5]]


@pytest.mark.parametrize("names", [["x", "x", "y"], []])
def test_feather_with_columns_of_one_name_or_none_is_opened(names: list[str], tmp_path: Path) -> None:
    feather.write_feather(pa.table([pa.array([1, 2])] * len(names), names=names), tmp_path / "t.feather")
    assert open_table(tmp_path / "t.feather").columns == names


def test_feather_of_version_1_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.feather").write_bytes(b"FEA1" + bytes(60))
    with pytest.raises(DataError, match="the name says feather, the content is feather version 1"):
        open_table(tmp_path / "t.feather")


def test_h5ad_without_anndata_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anndata.io", None)
    (tmp_path / "t.h5ad").write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(MissingDependencyError, match=r"perturbation-kit\[h5ad\]"):
        open_table(tmp_path / "t.h5ad")


def test_damaged_h5ad(tmp_path: Path) -> None:
    pytest.importorskip("anndata")
    (tmp_path / "t.h5ad").write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 100)
    with pytest.raises(DataError, match="damaged or no AnnData file"):
        open_table(tmp_path / "t.h5ad")


@pytest.mark.parametrize("suffix", ["parquet", "feather", "csv", "csv.gz"])
@pytest.mark.parametrize("size", [1, 3, 100])
def test_blocks_of_rows_are_the_whole_table(suffix: str, size: int, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"a": range(10), "b": [None if i == 4 else f"t{i}" for i in range(10)], "a.b": np.arange(10.0)}
    )
    path = tmp_path / f"t.{suffix}"
    if suffix == "parquet":
        frame.to_parquet(path, row_group_size=4)
    elif suffix == "feather":
        frame.to_feather(path, chunksize=4)
    else:
        frame.to_csv(path, index=False)
    names = ["b", "a"]
    blocks = list(open_table(path).frames(names, size))
    assert max(map(len, blocks)) <= size
    pd.testing.assert_frame_equal(pd.concat(blocks), open_table(path).frame(names))
    assert all(block.columns.tolist() == names for block in blocks)


NUMBERS = pd.DataFrame(
    {
        "key": ["b", "a", "c", "d", "e"],
        "whole": [1.0, 2.0, 3.0, 0.0, 7.0],
        "tenths": np.array([0.1, 0.2, 0.3, 5.0, 1e-7], dtype=np.float32),
        "gaps": [0.5, np.nan, 1.0, 2.0, 3.0],
        "count": np.array([1, 5, 2, 0, 0], dtype=np.uint8),
        "flag": [True, False, True, True, False],
    }
)
PLAIN = [name for name in NUMBERS if name != "key"]


@pytest.mark.parametrize("form", ["parquet", "feather", "csv", "frame"])
def test_plain_columns_are_the_numbers_that_their_texts_write(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"numbers.{form}"
    if form == "frame":
        table: Table = FrameTable(NUMBERS, "numbers")
    else:
        NUMBERS.to_csv(path, index=False) if form == "csv" else getattr(NUMBERS, f"to_{form}")(path)
        table = open_table(path)
    found, texts = table.frame(list(NUMBERS), PLAIN), table.frame(list(NUMBERS))
    assert list(found.columns) == list(NUMBERS)
    as_numbers = {name for name in PLAIN if pd.api.types.is_numeric_dtype(found[name])}
    assert as_numbers == ({"whole", "tenths", "gaps", "count"} if form != "csv" else set())
    for name in PLAIN:
        expected = tidy_types(list(texts[name]))
        if name in as_numbers:
            assert found[name].dtype.kind == expected.dtype.kind, name
            np.testing.assert_allclose(found[name], expected, rtol=1e-6)
            assert canonical_texts(found[name].dropna()) == texts[name].dropna().tolist()
        else:
            assert found[name].tolist() == texts[name].tolist()
    parts = list(table.frames(list(NUMBERS), 2, PLAIN))
    assert [len(part) for part in parts] == [2, 2, 1]
    together = pd.concat(parts)
    assert together.index.tolist() == list(range(5))
    np.testing.assert_array_equal(together[sorted(as_numbers)].astype(float), found[sorted(as_numbers)].astype(float))
    only = list(table.frames(["tenths"], 3, ["tenths"]))
    assert [len(part) for part in only] == [3, 2]


def test_sparse_columns_are_numbers() -> None:
    sparse = NUMBERS[["tenths"]].astype(pd.SparseDtype(np.float32, 0.0))
    found = FrameTable(sparse, "sparse").frame(["tenths"], ["tenths"])
    np.testing.assert_array_equal(found["tenths"], NUMBERS["tenths"])
