from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.feather as feather
import pytest

from kit.config.schema import ColumnPattern, ColumnsConfig, CompetitionConfig, DataConfig, FoldsConfig
from kit.data import read_competition
from kit.errors import DataError
from kit.files import file_sha256
from tests.data.small import GENES, SMILES, pairs_table, sample_table, small_config, train_table, write_tables
from tests.real_data import real_data


def write_train(folder: Path, name: str) -> None:
    table = train_table()
    if name.endswith(".parquet"):
        table.to_parquet(folder / name, row_group_size=3)
    elif name.endswith((".csv", ".csv.gz")):
        table.to_csv(folder / name, index=False)
    elif name.endswith(".feather"):
        feather.write_feather(table, folder / name, chunksize=3)
    else:
        anndata = pytest.importorskip("anndata")
        from scipy.sparse import csr_matrix

        values = table[GENES].to_numpy()
        obs = table.drop(columns=GENES).set_index(table.index.astype(str))
        layers = {"targets": csr_matrix(values) if "sparse" in name else values}
        data = anndata.AnnData(np.zeros_like(values), obs=obs, var=pd.DataFrame(index=GENES), layers=layers)
        data.write_h5ad(folder / name)


FORMATS = ["t.parquet", "t.csv", "t.csv.gz", "t.feather", "t.h5ad", "sparse.h5ad"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_the_same_competition(name: str, tmp_path: Path) -> None:
    write_tables(tmp_path)
    write_train(tmp_path, name)
    layer = "targets" if name.endswith("h5ad") else None
    competition = read_competition(small_config({"train": name, "layer": layer}), tmp_path, tmp_path / "cache")
    table = train_table()
    np.testing.assert_array_equal(competition.Y, table[GENES].to_numpy(np.float32))
    assert competition.Y.dtype == np.float32
    assert competition.targets == tuple(GENES)
    expected = table[["cell_type", "sm_name", "control", "dose", "SMILES"]]
    pd.testing.assert_frame_equal(competition.rows, expected)
    assert type(competition.rows["sm_name"].iloc[0]) is str


def test_h5ad_without_a_layer_reads_x(tmp_path: Path) -> None:
    write_tables(tmp_path)
    write_train(tmp_path, "t.h5ad")
    competition = read_competition(small_config({"train": "t.h5ad"}), tmp_path, tmp_path / "cache")
    assert not competition.Y.any()


def test_the_targets_are_a_read_only_map(tmp_path: Path) -> None:
    write_tables(tmp_path)
    competition = read_competition(small_config(), tmp_path, tmp_path / "cache")
    assert isinstance(competition.Y, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        competition.Y[0, 0] = 1


def test_rows_to_predict_get_the_compounds_metadata(tmp_path: Path) -> None:
    train = train_table()
    train.loc[train["sm_name"] == "urea", "SMILES"] = None
    write_tables(tmp_path, train=train, test=pairs_table().assign(sm_name=["aspirin", "caffeine", "urea"]))
    test = read_competition(small_config(), tmp_path, tmp_path / "cache").test
    assert list(test["id"]) == ["0", "1", "2"]
    assert list(test["SMILES"]) == [SMILES["aspirin"], None, None]
    assert list(test["control"]) == [False, None, False]
    # The dose differs within a compound: nothing can be said about the rows to predict.
    assert "dose" not in test


def test_smiles_of_compounds_that_only_the_test_table_knows(tmp_path: Path) -> None:
    test = pairs_table().assign(
        sm_name=["aspirin", "caffeine", "urea"], SMILES=[None, "CN1C=NC2=C1C(=O)N(C)C(=O)N2C", None]
    )
    write_tables(tmp_path, test=test)
    competition = read_competition(small_config(), tmp_path, tmp_path / "cache")
    assert list(competition.test["SMILES"]) == [SMILES["aspirin"], "CN1C=NC2=C1C(=O)N(C)C(=O)N2C", SMILES["urea"]]


@pytest.mark.parametrize(
    ("targets", "expected"),
    [("others", GENES), (["ZYX", "HLA"], ["ZYX", "HLA"]), (ColumnPattern(pattern=r"HLA.*"), ["HLA", "HLA.1"])],
)
def test_selection_of_targets(targets: object, expected: list[str], tmp_path: Path) -> None:
    # "HLA" must not bring "HLA.1": Arrow takes a dot for a path into a nested column.
    write_tables(tmp_path, sample=sample_table()[["id", *expected]])
    competition = read_competition(small_config(columns={"targets": targets}), tmp_path, tmp_path / "cache")
    assert competition.targets == tuple(expected)
    np.testing.assert_array_equal(competition.Y, train_table()[expected].to_numpy(np.float32))


def test_a_row_index_in_the_file_is_no_target(tmp_path: Path) -> None:
    write_tables(tmp_path, train=train_table().set_index(pd.Index(range(10, 18))))
    assert read_competition(small_config(), tmp_path, tmp_path / "cache").targets == tuple(GENES)


def test_text_keys_and_ids_keep_their_zeros(tmp_path: Path) -> None:
    write_tables(
        tmp_path,
        train=train_table().assign(well=[f"0{i}" for i in range(8)]),
        test=pairs_table().assign(id=["007", "008", "009"], well=["01", "02", "03"]),
        sample=sample_table().assign(id=["007", "008", "009"]),
    )
    config = small_config(columns={"keys": ["cell_type", "sm_name", "well"]})
    competition = read_competition(config, tmp_path, tmp_path / "cache")
    assert competition.sample_ids == ("007", "008", "009")
    assert list(competition.test["well"]) == ["01", "02", "03"]


def test_without_a_sample_a_submission_has_the_test_tables_ids_and_the_training_tables_targets(tmp_path: Path) -> None:
    write_tables(tmp_path, test=pairs_table().assign(id=["007", "B", "1.50"]))
    competition = read_competition(small_config({"sample_submission": None}), tmp_path, tmp_path / "cache")
    assert competition.sample_columns == ("id", *GENES)
    assert competition.sample_ids == tuple(competition.test["id"])
    assert competition.written_ids == ("007", "B", "1.50")
    assert sorted(competition.hashes) == ["test.csv", "train.parquet"]


def test_without_ids_rows_to_predict_are_numbered(tmp_path: Path) -> None:
    write_tables(tmp_path, test=pairs_table().drop(columns="id"))
    competition = read_competition(small_config({"sample_submission": None}), tmp_path, tmp_path / "cache")
    assert list(competition.test["id"]) == ["0", "1", "2"] == list(competition.written_ids)
    # A sample names rows by something, and so does an id that is called otherwise: both are missed.
    with pytest.raises(DataError, match=r"test.csv: the column 'id'"):
        read_competition(small_config(), tmp_path, tmp_path / "cache")
    config = small_config({"sample_submission": None}, columns={"id": "row"})
    with pytest.raises(DataError, match=r"test.csv: the column 'row'"):
        read_competition(config, tmp_path, tmp_path / "cache")


def test_without_keys_equal_rows_are_several(tmp_path: Path) -> None:
    train = train_table()[["dose", *GENES]].assign(dose=1.0)
    write_tables(tmp_path, train=train, test=pd.DataFrame({"dose": [1.0, 1.0]}))
    columns = {"keys": [], "group": None, "compound": None, "smiles": None, "metadata": ["dose"]}
    competition = read_competition(small_config({"sample_submission": None}, columns), tmp_path, tmp_path / "cache")
    assert list(competition.rows.columns) == ["dose"]
    assert (len(competition.rows), len(competition.test)) == (8, 2)
    assert not [warning for warning in competition.warnings if "also in the training table" in warning]


def test_rows_may_have_neither_keys_nor_metadata(tmp_path: Path) -> None:
    write_tables(tmp_path, train=train_table()[GENES])
    columns = {"keys": [], "group": None, "compound": None, "smiles": None, "metadata": []}
    data = {"sample_submission": None, "test": None}
    competition = read_competition(small_config(data, columns), tmp_path, tmp_path / "cache")
    assert competition.rows.shape == (8, 0)


def test_without_a_test_table_there_are_no_rows_to_predict(tmp_path: Path) -> None:
    write_tables(tmp_path)
    config = small_config({"test": None, "sample_submission": None})
    competition = read_competition(config, tmp_path, tmp_path / "cache")
    assert len(competition.test) == 0
    assert {"cell_type", "sm_name", "control"} <= set(competition.test.columns)
    assert competition.sample_ids == competition.written_ids == ()


def test_a_key_may_be_the_id_too(tmp_path: Path) -> None:
    train = train_table()[:4]
    write_tables(tmp_path, train=train, test=pd.DataFrame({"sm_name": ["caffeine", "glycine"]}))
    columns = {"id": "sm_name", "keys": ["sm_name"], "group": None, "metadata": ["cell_type", "control", "dose"]}
    competition = read_competition(small_config({"sample_submission": None}, columns), tmp_path, tmp_path / "cache")
    assert competition.sample_ids == ("caffeine", "glycine")
    assert competition.sample_columns == ("sm_name", *GENES)


def test_metadata_by_pattern(tmp_path: Path) -> None:
    train = train_table().rename(columns={"control": "x.control", "dose": "x.dose"})
    write_tables(tmp_path, train=train)
    config = small_config(columns={"metadata": ColumnPattern(pattern=r"x\..*")})
    competition = read_competition(config, tmp_path, tmp_path / "cache")
    assert list(competition.rows.columns) == ["cell_type", "sm_name", "x.control", "x.dose", "SMILES"]
    assert competition.targets == tuple(GENES)
    config = small_config(columns={"metadata": ColumnPattern(pattern="z.*")})
    with pytest.raises(DataError, match=r"metadata.pattern 'z.*' matches none of the 7 columns"):
        read_competition(config, tmp_path, tmp_path / "cache")


def test_a_group_that_is_no_key_is_needed_in_every_row_to_predict(tmp_path: Path) -> None:
    write_tables(tmp_path, train=train_table().assign(lab=["a", None, *"abcabc"]))
    columns = {"group": "lab", "metadata": ["control", "dose", "lab"]}
    with pytest.raises(DataError, match=r"test.csv: the column 'lab' [(]the group of a row to predict[)] is missing"):
        read_competition(small_config(columns=columns), tmp_path, tmp_path / "cache")
    write_tables(tmp_path, train=train_table().assign(lab=["a", None, *"abcabc"]), test=pairs_table().assign(lab="a"))
    with pytest.raises(DataError, match=r"train.parquet: 'lab' is empty in 1 row"):
        read_competition(small_config(columns=columns), tmp_path, tmp_path / "cache")
    write_tables(tmp_path, train=train_table().assign(lab=list("abababab")), test=pairs_table().assign(lab="a"))
    assert set(read_competition(small_config(columns=columns), tmp_path, tmp_path / "cache").rows["lab"]) == {"a", "b"}


def test_noise_free_targets(tmp_path: Path) -> None:
    write_tables(tmp_path)
    clean = train_table()
    clean[GENES] = clean[GENES].round(1)
    clean.drop(columns=["SMILES"]).to_parquet(tmp_path / "clean.parquet")
    competition = read_competition(small_config({"noise_free_train": "clean.parquet"}), tmp_path, tmp_path / "cache")
    assert competition.noise_free is not None
    np.testing.assert_array_equal(competition.noise_free, clean[GENES].to_numpy(np.float32))
    assert not np.array_equal(competition.noise_free, competition.Y)


def test_hashes_and_fingerprint_follow_the_content(tmp_path: Path) -> None:
    write_tables(tmp_path)
    first = read_competition(small_config(), tmp_path, tmp_path / "cache")
    assert first.hashes["train.parquet"] == file_sha256(tmp_path / "train.parquet")
    assert set(first.hashes) == {"train.parquet", "test.csv", "sample.csv"}
    again = read_competition(small_config(), tmp_path, tmp_path / "other cache")
    assert again.fingerprint == first.fingerprint

    renamed = read_competition(_renamed(tmp_path), tmp_path, tmp_path / "cache")
    assert renamed.fingerprint == first.fingerprint
    other_meaning = read_competition(small_config(columns={"metadata": ["dose", "control"]}), tmp_path, tmp_path / "c")
    assert other_meaning.fingerprint != first.fingerprint
    write_tables(tmp_path, test=pairs_table().assign(cell_type="NK cells"))
    assert read_competition(small_config(), tmp_path, tmp_path / "cache").fingerprint != first.fingerprint


def _renamed(folder: Path) -> CompetitionConfig:
    (folder / "pairs.csv").write_bytes((folder / "test.csv").read_bytes())
    return small_config({"test": "pairs.csv"})


def test_real_measurements(tmp_path: Path) -> None:
    folder = real_data("open-problems-ranks")
    config = CompetitionConfig(
        competition="ranks",
        data=DataConfig(train="de_train.parquet", test="id_map.csv", sample_submission="sample_submission.csv"),
        columns=ColumnsConfig(
            keys=["cell_type", "sm_name"],
            group="cell_type",
            compound="sm_name",
            smiles="SMILES",
            metadata=["sm_lincs_id", "SMILES", "control"],
        ),
        folds=FoldsConfig(kind="any"),
    )
    competition = read_competition(config, folder, tmp_path)
    assert competition.Y.shape == (296, 6349)
    assert competition.rows["cell_type"].value_counts().to_dict() == {
        "NK cells": 135,
        "T cells": 135,
        "B cells": 13,
        "Myeloid cells": 13,
    }
    assert len(competition.test) == 244
    assert competition.test["SMILES"].notna().all()
    assert competition.warnings == ()
    # Every row of ranks is the same multiset of values, of range ±3.80 (the data's README).
    np.testing.assert_array_equal(np.sort(competition.Y[0]), np.sort(competition.Y[295]))
    assert competition.Y.max() == pytest.approx(3.80, abs=0.01)
    # An oracle that shares nothing with the reader.
    column = pd.read_parquet(folder / "de_train.parquet", columns=["AAK1"])["AAK1"].to_numpy()
    np.testing.assert_array_equal(competition.Y[:, competition.targets.index("AAK1")], column)


def test_gaps_are_read_where_they_are_allowed(tmp_path: Path) -> None:
    table = train_table()
    table.loc[2, "HLA"] = np.nan
    table.loc[[1, 5], GENES] = np.nan
    write_tables(tmp_path, train=table)
    table.assign(**dict.fromkeys(GENES, 1.0)).to_parquet(tmp_path / "clean.parquet")
    config = small_config({"noise_free_train": "clean.parquet"}, {"missing_targets": "allow"})
    for _ in ("built", "from the cache"):
        competition = read_competition(config, tmp_path, tmp_path / "cache")
        kept = table.drop(index=[1, 5])
        np.testing.assert_array_equal(competition.Y, kept[GENES].to_numpy(np.float32))
        assert competition.rows["dose"].tolist() == kept["dose"].tolist()
        assert competition.has_gaps
        assert competition.noise_free is not None
        assert competition.noise_free.shape == competition.Y.shape
        assert "train.parquet: 2 rows without any target value are left out, first row 1" in competition.warnings
        # What gets to a worker is a path, not the numbers.
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(competition)).Y, competition.Y)
        assert isinstance(competition.Y, np.memmap)
    with pytest.raises(DataError, match="are not finite"):
        read_competition(small_config(), tmp_path, tmp_path / "cache")


def test_without_gaps_nothing_is_left_out(tmp_path: Path) -> None:
    write_tables(tmp_path)
    competition = read_competition(small_config(columns={"missing_targets": "allow"}), tmp_path, tmp_path / "cache")
    assert not competition.has_gaps
    np.testing.assert_array_equal(competition.Y, train_table()[GENES].to_numpy(np.float32))


def with_unlabelled(folder: Path, table: pd.DataFrame) -> CompetitionConfig:
    write_tables(folder)
    table.to_csv(folder / "more.csv", index=False)
    config = small_config()
    return config.model_copy(update={"data": config.data.model_copy(update={"unlabelled": "more.csv"})})


def test_unlabelled_rows_have_keys_and_metadata_as_far_as_they_are_known(tmp_path: Path) -> None:
    table = pd.DataFrame({"sm_name": ["urea", "water"], "dose": [7, 8], "A1BG": [1.0, 2.0], "note": ["a", "b"]})
    read = read_competition(with_unlabelled(tmp_path, table), tmp_path, tmp_path / "cache")
    assert read.unlabelled is not None
    assert read.unlabelled["sm_name"].tolist() == ["urea", "water"]
    assert read.unlabelled["dose"].tolist() == [7.0, 8.0]
    # What is known of a compound is known of it there too; targets and other columns are not read.
    assert read.unlabelled["SMILES"].tolist()[0] == SMILES["urea"]
    assert not set(read.unlabelled.columns) & {"A1BG", "note", "cell_type"}
    assert read.without_targets["unlabelled_rows"] is read.unlabelled
    plain = read_competition(small_config(), tmp_path, tmp_path / "cache")
    assert plain.unlabelled is None
    assert plain.fingerprint != read.fingerprint
    np.testing.assert_array_equal(read.Y, plain.Y)


def test_a_table_of_something_else_holds_no_unlabelled_rows(tmp_path: Path) -> None:
    config = with_unlabelled(tmp_path, pd.DataFrame({"city": ["Basel"]}))
    with pytest.raises(DataError, match=r"more.csv has no column of train.parquet"):
        read_competition(config, tmp_path, tmp_path / "cache")
    with pytest.raises(DataError, match=r"'sm_name' .the compound of an unlabelled row. is missing"):
        read_competition(with_unlabelled(tmp_path, pd.DataFrame({"dose": [1]})), tmp_path, tmp_path / "cache")
