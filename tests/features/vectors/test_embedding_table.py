"""Vectors from a file: looked up, filled in, kept."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from kit.errors import DataError, InputError, ParameterError
from kit.features import EmbeddingTable
from kit.features.vectors import embedding_table as module
from kit.files import file_sha256
from kit.testing import check_feature_builder, make_new_rows, make_rows
from tests.real_data import real_data

KEYS = ["CCO", "c1ccccc1", "CC(=O)O", "CCN"]
VECTORS = np.random.default_rng(0).normal(size=(4, 6)).astype(np.float32)


@pytest.fixture
def file(tmp_path: Path) -> str:
    np.savez(tmp_path / "vectors.npz", smiles=np.array(KEYS), embedding=VECTORS)
    return str(tmp_path / "vectors.npz")


def table(texts: list[Any], column: str = "SMILES") -> pd.DataFrame:
    return pd.DataFrame({column: pd.Series(texts, dtype=object)})


def test_every_row_gets_its_vector(file: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        features = EmbeddingTable(file).fit_transform(table(["CCN", "CCO", "CCN"]))
    assert features.dtype == np.float32
    np.testing.assert_array_equal(features, VECTORS[[3, 0, 3]])


def test_a_key_that_fit_has_not_seen_is_known(file: str) -> None:
    fitted = EmbeddingTable(file).fit(table(["CCN"]))
    np.testing.assert_array_equal(fitted.transform(table(["CC(=O)O"])), VECTORS[[2]])


def test_structures_are_found_however_they_are_written(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("rdkit")
    written = table(["OCC", "C1=CC=CC=C1", "NCC"])
    np.testing.assert_array_equal(EmbeddingTable(file).fit_transform(written), VECTORS[[0, 1, 3]])
    monkeypatch.setattr(module, "has_rdkit", lambda: False)
    without = EmbeddingTable(file).fit(table(["CCO"]))
    with pytest.warns(UserWarning, match="only exact matches without RDKit"):
        np.testing.assert_array_equal(without.transform(written), np.tile(VECTORS[0], (3, 1)))


def test_an_exact_match_comes_before_a_structures(tmp_path: Path) -> None:
    pytest.importorskip("rdkit")
    np.savez(tmp_path / "t.npz", smiles=np.array(["OCC", "CCO"]), v=VECTORS[:2])
    features = EmbeddingTable(str(tmp_path / "t.npz")).fit_transform(table(["OCC", "CCO", "C(C)O"]))
    # The third is written as neither: the first key in sorted order, CCO, counts.
    np.testing.assert_array_equal(features, VECTORS[[0, 1, 1]])


def test_names_are_no_structures(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", gene=np.array(["CCO", "TP53"]), v=VECTORS[:2])
    fitted = EmbeddingTable(str(tmp_path / "t.npz"), column="gene").fit(table(["TP53"], "gene"))
    assert fitted.canonical_ == []
    with pytest.warns(UserWarning, match=r"no vector for 1 of 1 rows \(column 'gene': 'OCC'\)"):
        np.testing.assert_array_equal(fitted.transform(table(["OCC"], "gene")), VECTORS[[1]])


@pytest.mark.parametrize(("missing", "filled"), [("mean", VECTORS[[0, 0, 3]].mean(axis=0)), ("zeros", np.zeros(6))])
def test_rows_without_a_vector_are_filled_in(file: str, missing: Any, filled: np.ndarray) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        # A row without a vector has no part in the mean.
        fitted = EmbeddingTable(file, missing=missing).fit(table(["CCO", "CCCCC", "CCO", "CCN", None]))
    expected = r"no vector for 5 of 6 rows \(column 'SMILES': '', 'CCCC', 'CCCCC' and 1 more\)"
    with pytest.warns(UserWarning, match=expected) as caught:
        features = fitted.transform(table(["CCCC", "c1ccccc1", None, "", "CCCCC", "N"]))
    assert len(caught) == 1
    np.testing.assert_allclose(features[[0, 2, 3, 4, 5]], np.tile(filled, (5, 1)), atol=1e-6)
    np.testing.assert_array_equal(features[1], VECTORS[1])


def test_missing_vectors_can_be_an_error(file: str) -> None:
    strict = EmbeddingTable(file, missing="error")
    with pytest.raises(InputError, match=r"no vector for 1 of 2 rows .*'CCCC'.*set missing to mean or zeros"):
        strict.fit(table(["CCO", "CCCC"]))
    with pytest.raises(InputError, match="'CCCC'"):
        strict.fit(table(["CCO"])).transform(table(["CCCC"]))


def test_a_table_that_knows_no_row_shows_both_sides(file: str) -> None:
    with pytest.raises(DataError, match=r"none of the 2 rows: column 'sm_name' holds 'A', 'B', the file's 'smiles'"):
        EmbeddingTable(file, column="sm_name").fit(table(["A", "B"], "sm_name"))


def test_leading_components_and_unit_length(file: str) -> None:
    features = EmbeddingTable(file, n_components=3, normalize="l2").fit_transform(table(KEYS))
    expected = VECTORS[:, :3] / np.linalg.norm(VECTORS[:, :3], axis=1, keepdims=True)
    np.testing.assert_allclose(features, expected, rtol=1e-5)
    with pytest.raises(InputError, match="n_components=7, but the vectors have 6"):
        EmbeddingTable(file, n_components=7).fit(table(KEYS))


def test_a_saved_builder_needs_no_file(file: str, tmp_path: Path) -> None:
    fitted = EmbeddingTable(file).fit(table(["CCO", "CCN"]))
    assert fitted.sha256_ == file_sha256(Path(file))
    fitted.save(tmp_path / "saved")
    Path(file).unlink()
    loaded = EmbeddingTable.load(tmp_path / "saved")
    np.testing.assert_array_equal(loaded.transform(table(["CC(=O)O"])), VECTORS[[2]])
    with pytest.raises(DataError, match="no file"):
        clone(loaded).fit(table(["CCO"]))


def test_number_names_and_file(file: str) -> None:
    builder = EmbeddingTable(file, n_components=2)
    assert builder.expected_features(table(KEYS)) == 2
    assert EmbeddingTable(file).expected_features(table(KEYS)) == 6
    names = builder.fit(table(KEYS)).get_feature_names_out()
    assert names.tolist() == ["SMILES__embedding__0", "SMILES__embedding__1"]
    assert builder.content_files() == [Path(file)]
    with pytest.raises(DataError, match=r"no file 'absent\.npz'"):
        EmbeddingTable("absent.npz").content_files()


def test_wrong_parameters_are_refused(file: str) -> None:
    for wrong in ({"missing": "median"}, {"n_components": 0}, {"normalize": "max"}, {"column": 3}):
        with pytest.raises(ParameterError, match=next(iter(wrong))):
            EmbeddingTable(file, **wrong).fit(table(KEYS))  # type: ignore[arg-type]


@pytest.mark.filterwarnings("ignore:embedding_table")
def test_it_keeps_the_promises_of_a_feature_builder(tmp_path: Path) -> None:
    rows, Y = make_rows()
    names = rows["sm_name"].unique()
    vectors = np.random.default_rng(1).normal(size=(len(names), 3))
    np.savez(tmp_path / "t.npz", sm_name=names.astype(str), v=vectors)
    builder = EmbeddingTable(str(tmp_path / "t.npz"), column="sm_name")
    check_feature_builder(builder, rows, Y, new_rows=make_new_rows(rows), fresh_process=False)


def test_the_competitions_compounds_all_have_a_minimol_vector() -> None:
    path = real_data("smiles") / "minimol_512.npz"
    compounds = pd.read_csv(real_data("open-problems-kaggle") / "compounds.csv")
    with np.load(path, allow_pickle=False) as stored:
        by_smiles = dict(zip(stored["smiles"].tolist(), stored["embedding"].astype(np.float32), strict=True))
    builder = EmbeddingTable(str(path), column="smiles", missing="error")
    features = builder.fit_transform(compounds)
    assert features.shape == (147, 512)
    for text, row in zip(compounds["smiles"], features, strict=True):
        np.testing.assert_array_equal(row, by_smiles[text])
    pytest.importorskip("rdkit")
    from rdkit import Chem

    # Written in another way, every compound is still found, and is still itself.
    molecules = [Chem.MolFromSmiles(text) for text in compounds["smiles"]]
    other = [
        Chem.MolToSmiles(molecule, canonical=False, rootedAtAtom=molecule.GetNumAtoms() - 1) for molecule in molecules
    ]
    assert sum(text not in by_smiles for text in other) > 100
    np.testing.assert_array_equal(builder.transform(pd.DataFrame({"smiles": other})), features)
