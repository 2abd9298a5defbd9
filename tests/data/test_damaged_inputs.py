"""Every way in which tables go wrong is an error (or a warning) that names file, row and column, and the remedy."""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kit.config.schema import ColumnPattern, CompetitionConfig
from kit.data import read_competition
from kit.errors import DataError
from tests.data.small import GENES, pairs_table, sample_table, small_config, train_table, write_tables

Damage = Callable[[Path], CompetitionConfig | None]


def with_train(change: Callable[[pd.DataFrame], pd.DataFrame | None], **config: dict) -> Damage:
    return lambda folder: _write(folder, change, "train", config)


def with_pairs(change: Callable[[pd.DataFrame], pd.DataFrame | None], **config: dict) -> Damage:
    return lambda folder: _write(folder, change, "test", config)


def with_sample(change: Callable[[pd.DataFrame], pd.DataFrame | None]) -> Damage:
    return lambda folder: _write(folder, change, "sample", {})


def configured(**config: dict) -> Damage:
    return lambda folder: small_config(**config)


def file_holds(name: str, content: bytes, **config: dict) -> Damage:
    def damage(folder: Path) -> CompetitionConfig:
        (folder / name).write_bytes(content)
        return small_config(**config)

    return damage


def _write(folder: Path, change: Callable, part: str, config: dict) -> CompetitionConfig:
    table = {"train": train_table, "test": pairs_table, "sample": sample_table}[part]()
    changed = change(table)
    write_tables(folder, **{part: table if changed is None else changed})
    return small_config(**config)


def put(row: int, column: str, value: object) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        if isinstance(value, str):
            table[column] = table[column].astype(object)
        table.loc[row, column] = value
        return table

    return change


def truncated_parquet(folder: Path) -> None:
    content = (folder / "train.parquet").read_bytes()
    (folder / "train.parquet").write_bytes(content[: len(content) // 2])


def damaged_page(folder: Path) -> None:
    # One random target column, uncompressed, cut out of the middle: the header and the footer are sound.
    content = bytearray((folder / "train.parquet").read_bytes())
    content[4:400] = b"\xff" * 396
    (folder / "train.parquet").write_bytes(bytes(content))


def truncated_gzip(folder: Path) -> CompetitionConfig:
    content = gzip.compress(train_table().to_csv(index=False).encode())
    (folder / "train.csv.gz").write_bytes(content[: len(content) - 40])
    return small_config(data={"train": "train.csv.gz"})


def column_twice(folder: Path) -> None:
    table = pq.read_table(folder / "train.parquet")
    pq.write_table(table.append_column("HLA", table.column("ZYX")), folder / "train.parquet")


def column_twice_csv(folder: Path) -> None:
    lines = (folder / "sample.csv").read_text().splitlines()
    (folder / "sample.csv").write_text("\n".join([lines[0] + ",HLA", *(line + ",0" for line in lines[1:])]) + "\n")


def csv_with_index(folder: Path) -> None:
    pairs_table().to_csv(folder / "test.csv")


def csv_cut_in_a_row(folder: Path) -> None:
    text = (folder / "sample.csv").read_text()
    (folder / "sample.csv").write_text(text[:-8])


def csv_text_target(folder: Path) -> CompetitionConfig:
    put(5, "ZYX", "n/a")(train_table()).to_csv(folder / "train.csv", index=False)
    return small_config(data={"train": "train.csv"})


def noise_free(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Damage:
    def damage(folder: Path) -> CompetitionConfig:
        change(train_table()).to_parquet(folder / "clean.parquet")
        return small_config(data={"noise_free_train": "clean.parquet"})

    return damage


def h5ad_without_layer(folder: Path) -> CompetitionConfig:
    anndata = pytest.importorskip("anndata")
    table = train_table()
    obs = table.drop(columns=GENES).set_index(table.index.astype(str))
    values = table[GENES].to_numpy(np.float32)
    data = anndata.AnnData(values, obs=obs, var=pd.DataFrame(index=GENES), layers={"sign_log10_p": values})
    data.write_h5ad(folder / "train.h5ad")
    return small_config(data={"train": "train.h5ad", "layer": "sign_log10p"})


def rewrite_key_as_null(folder: Path) -> None:
    table = train_table()
    table.loc[[3, 6], "cell_type"] = [None, ""]
    write_tables(folder, train=table)


def remove(name: str, **config: dict) -> Damage:
    def damage(folder: Path) -> CompetitionConfig:
        (folder / name).unlink()
        return small_config(**config)

    return damage


def two_missing(folder: Path) -> None:
    (folder / "test.csv").unlink()
    (folder / "sample.csv").unlink()


DAMAGED: dict[str, tuple[Damage, list[str]]] = {
    "file missing, another is near": (
        configured(data={"train": "trian.parquet"}),
        ["trian.parquet is missing", "did you mean 'train.parquet'?", "--data", "KIT_DATA"],
    ),
    "sample submission absent": (remove("sample.csv"), ["sample.csv is missing (sample_submission)", "--data"]),
    "two files missing": (two_missing, ["2 problems", "test.csv is missing", "sample.csv is missing"]),
    "unknown suffix": (
        file_holds("train.xlsx", b"PK\x03\x04", data={"train": "train.xlsx"}),
        ["train.xlsx", "must end in one of", ".parquet"],
    ),
    "parquet cut off": (truncated_parquet, ["train.parquet", "damaged or incomplete", "download it again"]),
    "parquet page overwritten": (damaged_page, ["train.parquet", "damaged or incomplete", "download it again"]),
    "parquet that is text": (
        file_holds("train.parquet", b"cell_type,sm_name\n"),
        ["train.parquet", "no parquet file", "first bytes"],
    ),
    "file of zero bytes": (file_holds("train.parquet", b""), ["train.parquet is empty (0 bytes)"]),
    "gzip cut off": (truncated_gzip, ["train.csv.gz", "damaged"]),
    "CSV that is parquet": (
        file_holds("test.csv", b"PAR1\x00\x00"),
        ["test.csv", "the name says csv, the content is parquet", "rename"],
    ),
    "CSV that is a web page": (
        file_holds("test.csv", b"<!DOCTYPE html><html>"),
        ["test.csv is no csv file but a web page", "log in"],
    ),
    "CSV that is a spreadsheet": (file_holds("test.csv", b"PK\x03\x04..."), ["test.csv", "Excel", "as CSV"]),
    "CSV that is an LFS pointer": (
        file_holds("test.csv", b"version https://git-lfs.github.com/spec/v1\n"),
        ["test.csv", "git lfs pull"],
    ),
    "CSV that is no text": (
        file_holds("test.csv", b"id,cell_type\n\xff\xfe\x00"),
        ["test.csv", "no CSV file in UTF-8"],
    ),
    "CSV with semicolons": (
        file_holds("test.csv", b"id;cell_type;sm_name\n0;B cells;urea\n"),
        ["test.csv is separated by semicolons", "commas"],
    ),
    "CSV cut off in a row": (csv_cut_in_a_row, ["sample.csv, line 4", "4 fields, the header has 5"]),
    "CSV with the row index": (csv_with_index, ["test.csv: column 1 has no name", "index=False"]),
    "table without rows": (with_train(lambda t: t.iloc[:0]), ["train.parquet has a header and no rows"]),
    "key column missing": (
        with_train(lambda t: t.rename(columns={"sm_name": "sm_nam"})),
        ["train.parquet: the column 'sm_name' (a key of the training rows) is missing", "did you mean 'sm_nam'?"],
    ),
    "id column missing": (
        with_pairs(lambda t: t.rename(columns={"id": "ID"})),
        ["test.csv: the column 'id' (the id of a row to predict) is missing", "did you mean 'ID'?"],
    ),
    "metadata column missing": (
        configured(columns={"metadata": ["controls", "dose"]}),
        ["train.parquet: the column 'controls' (metadata) is missing", "did you mean 'control'?"],
    ),
    "missing columns in two tables": (
        lambda folder: write_tables(
            folder, train=train_table().drop(columns="cell_type"), test=pairs_table().drop(columns="sm_name")
        ),
        ["2 problems", "train.parquet: the column 'cell_type'", "test.csv: the column 'sm_name'"],
    ),
    "column name twice in parquet": (
        column_twice,
        ["train.parquet: the column name 'HLA' stands twice, in columns 7 and 10", "rename or remove"],
    ),
    "column name twice in CSV": (
        column_twice_csv,
        ["sample.csv: the column name 'HLA' stands twice, in columns 3 and 6"],
    ),
    "pattern matches nothing": (
        configured(columns={"targets": ColumnPattern(pattern="ENSG[0-9]+")}),
        ["train.parquet", "'ENSG[0-9]+' matches none of the 4 columns", "'A1BG'", "whole name"],
    ),
    "listed target missing": (
        configured(columns={"targets": ["A1BG", "ZYXX"]}),
        ["train.parquet lacks 1 of the 2 target columns: 'ZYXX'", "did you mean 'ZYX'?"],
    ),
    "listed target is a key": (configured(columns={"targets": ["A1BG", "sm_name"]}), ["'sm_name'", "key or metadata"]),
    "listed target twice": (configured(columns={"targets": ["A1BG", "A1BG"]}), ["lists 'A1BG' twice"]),
    "pair twice": (
        with_train(lambda t: pd.concat([t, t.iloc[[2]]], ignore_index=True)),
        ["train.parquet: row 2 and row 8 have the same cell_type 'T cells', sm_name 'benzene'", "columns.keys"],
    ),
    "key empty": (rewrite_key_as_null, ["train.parquet: 'cell_type' is empty in 2 rows, first in row 3"]),
    "id twice in test": (
        with_pairs(put(2, "id", 1)),
        ["test.csv: row 1 (line 3) and row 2 (line 4) have the same id '1'", "an id of its own"],
    ),
    "pair twice in test": (
        with_pairs(put(2, "sm_name", "ethanol")),
        ["test.csv: row 1 (line 3) and row 2 (line 4) have the same cell_type 'B cells', sm_name 'ethanol'"],
    ),
    "id twice in sample": (with_sample(put(2, "id", 1)), ["sample.csv: row 1 (line 3) and row 2 (line 4)", "id '1'"]),
    "target is NaN": (
        with_train(lambda t: put(6, "HLA", np.nan)(put(4, "ZYX", np.nan)(t))),
        ["train.parquet: 2 values in 2 rows and 2 columns are not finite", "row 4, column 'ZYX'", "missing (NaN)"],
    ),
    "target is NaN, and the option that allows it is named": (
        with_train(put(4, "ZYX", np.nan)),
        ["not measured, set columns.missing_targets: allow in the competition file"],
    ),
    "target is never measured": (
        lambda folder: _write(
            folder, lambda t: t.assign(ZYX=np.nan), "train", {"columns": {"missing_targets": "allow"}}
        ),
        ["train.parquet: 1 target column without a value in any row: 'ZYX'", "columns.targets"],
    ),
    "target is infinite where gaps are allowed": (
        lambda folder: _write(
            folder,
            lambda t: put(6, "HLA", np.nan)(put(1, "HLA.1", -np.inf)(t)),
            "train",
            {"columns": {"missing_targets": "allow"}},
        ),
        ["train.parquet: 1 value in 1 row and 1 column is not finite", "row 1, column 'HLA.1'", "infinite"],
    ),
    "target is infinite": (
        with_train(put(1, "HLA.1", -np.inf)),
        ["train.parquet: 1 value in 1 row and 1 column is not finite", "row 1, column 'HLA.1'", "infinite"],
    ),
    "target beyond float32": (with_train(put(1, "HLA.1", 1e300)), ["row 1, column 'HLA.1'", "too large for float32"]),
    "target holds text": (
        csv_text_target,
        ["train.csv: 1 target column does not hold numbers", "'ZYX' ('n/a' in row 5 (line 7))", "columns.metadata"],
    ),
    "metadata not listed": (
        lambda folder: _write(
            folder, lambda t: None, "train", {"columns": {"metadata": ["dose"], "smiles": None, "compound": None}}
        ),
        ["train.parquet", "lacks 2 target columns", "'SMILES', 'control'", "columns.metadata"],
    ),
    "noise-free rows differ": (
        noise_free(lambda t: put(3, "sm_name", "X")(t)),
        ["clean.parquet: row 3 has other keys than that row of train.parquet", "generate both again"],
    ),
    "noise-free rows missing": (noise_free(lambda t: t.iloc[:5]), ["clean.parquet has 5 rows, train.parquet has 8"]),
    "noise-free target missing": (
        noise_free(lambda t: t.drop(columns="ZYX")),
        ["clean.parquet lacks 1 of the 4 target columns: 'ZYX'"],
    ),
    "layer missing": (h5ad_without_layer, ["no layer 'sign_log10p'", "did you mean 'sign_log10_p'?", "data.layer"]),
    "target missing from sample": (
        with_sample(lambda t: t.drop(columns="HLA")),
        ["sample.csv lacks 1 target column of train.parquet: 'HLA'"],
    ),
    "target unknown to train": (
        with_train(lambda t: t.drop(columns="ZYX")),
        ["sample.csv asks for 1 column that is no target of train.parquet: 'ZYX'"],
    ),
    "id missing from sample": (
        with_sample(lambda t: t.iloc[:2]),
        ["sample.csv lacks 1 id of test.csv: '2'", "belong together"],
    ),
    "id unknown to test": (with_sample(put(0, "id", 77)), ["sample.csv has 1 id that test.csv has not: '77'"]),
    "two SMILES of a compound": (
        with_train(put(5, "SMILES", "CCCO")),
        ["sm_name 'ethanol' has two SMILES: 'CCO' (train.parquet row 1) and 'CCCO' (train.parquet row 5)", "keep one"],
    ),
    "SMILES in test contradicts train": (
        with_pairs(lambda t: t.assign(SMILES=["CC(=O)Oc1ccccc1C(=O)O", "OCCC", "NC(N)=O"])),
        ["sm_name 'ethanol' has two SMILES", "(test.csv row 1 (line 3))"],
    ),
    "several problems of the keys": (
        lambda folder: write_tables(
            folder, train=put(5, "SMILES", "CCCO")(train_table()), test=put(2, "id", 1)(pairs_table())
        ),
        ["2 problems", "the same id '1'", "two SMILES"],
    ),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_table_is_an_error_that_teaches(name: str, tmp_path: Path) -> None:
    damage, expected = DAMAGED[name]
    write_tables(tmp_path / "data")
    config = damage(tmp_path / "data") or small_config()
    with pytest.raises(DataError) as caught:
        read_competition(config, tmp_path / "data", tmp_path / "cache")
    for fragment in expected:
        assert fragment in str(caught.value)
    # Nothing damaged gets into the cache, or it would be found there next time.
    assert not list((tmp_path / "cache" / "tables").rglob("*.*"))


WARNED: dict[str, tuple[Damage, list[str]]] = {
    "pairs unknown to train": (
        with_pairs(lambda t: put(0, "sm_name", "caffeine")(t)),
        ["test.csv: 3 of 3 rows to predict", "cell_type 'B cells'", "sm_name 'caffeine'"],
    ),
    "pair already in train": (
        with_pairs(lambda t: put(1, "cell_type", "T cells")(t)),
        ["test.csv: 1 row to predict is also in the training table, first row 1 (line 3) ('T cells', 'ethanol')"],
    ),
    "compound without SMILES": (
        with_train(lambda t: t.assign(SMILES=t["SMILES"].where(t["sm_name"] != "urea", None))),
        ["1 compound without SMILES: 'urea'"],
    ),
    "targets in another order": (
        with_sample(lambda t: t[["id", "A1BG", "HLA.1", "HLA", "ZYX"]]),
        ["sample.csv has the targets in another order than train.parquet (target 1 is 'HLA.1' and 'HLA')"],
    ),
    "ids in another order": (
        with_sample(lambda t: t.iloc[[0, 2, 1]]),
        ["sample.csv has the ids in another order than test.csv (row 1 (line 3): '2' and '1')"],
    ),
}


@pytest.mark.parametrize("name", WARNED)
def test_odd_table_is_a_warning(name: str, tmp_path: Path) -> None:
    damage, expected = WARNED[name]
    write_tables(tmp_path / "data")
    config = damage(tmp_path / "data") or small_config()
    warnings = "\n".join(read_competition(config, tmp_path / "data", tmp_path / "cache").warnings)
    for fragment in expected:
        assert fragment in warnings


def test_unparsable_smiles(tmp_path: Path) -> None:
    pytest.importorskip("rdkit")
    table = train_table()
    table.loc[table["sm_name"] == "urea", "SMILES"] = "NC(N=O"
    write_tables(tmp_path, train=table)
    with pytest.raises(DataError, match=r"train.parquet row \d+, column 'SMILES': .*'NC\(N=O' of 'urea'"):
        read_competition(small_config(), tmp_path, tmp_path / "cache")


def test_without_rdkit_one_warning_says_that_smiles_were_not_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rdkit", None)
    write_tables(tmp_path)
    warnings = read_competition(small_config(), tmp_path, tmp_path / "cache").warnings
    assert len([warning for warning in warnings if "RDKit is not installed" in warning]) == 1


def test_boolean_columns_are_no_targets(tmp_path: Path) -> None:
    # Also where the sample says that they are: Arrow would read them as 0 and 1.
    write_tables(tmp_path, sample=sample_table().assign(control=0.0))
    config = small_config(columns={"metadata": ["dose"]})
    with pytest.raises(DataError, match="'control'"):
        read_competition(config, tmp_path, tmp_path / "cache")


def test_folder_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere does not exist.*train.parquet.*--data"):
        read_competition(small_config(), tmp_path / "nowhere", tmp_path / "cache")


def test_a_null_column_is_missing_values(tmp_path: Path) -> None:
    write_tables(tmp_path)
    table = pq.read_table(tmp_path / "train.parquet")
    position = table.column_names.index("ZYX")
    pq.write_table(table.set_column(position, "ZYX", pa.nulls(8)), tmp_path / "train.parquet")
    with pytest.raises(DataError, match=r"8 values in 8 rows and 1 column are not finite.*'ZYX'"):
        read_competition(small_config(), tmp_path, tmp_path / "cache")
