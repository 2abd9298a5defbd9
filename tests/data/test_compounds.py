from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.data import Competition, read_competition
from kit.data.pairs import read_pairs
from kit.errors import DataError
from tests.data.small import SMILES, pairs_table, small_config, train_table, write_tables


def read(folder: Path, train: pd.DataFrame, test: pd.DataFrame | None = None, **columns: object) -> Competition:
    write_tables(folder, train=train, test=test)
    return read_competition(small_config(columns=columns), folder, folder / "cache")


def test_what_some_rows_say_fills_the_others(tmp_path: Path) -> None:
    train, test = train_table(), pairs_table()
    train["pathway"] = train["sm_name"].map({"aspirin": "COX", "ethanol": "GABA", "urea": "none"})
    train["donor"] = ["d1"] * 4 + ["d2"] * 4
    train.loc[1, "SMILES"] = None
    train.loc[[4, 6], "pathway"] = None
    train.loc[0, "donor"] = None
    test["pathway"] = [None, "GABA", None]
    competition = read(tmp_path, train, test, metadata=["control", "dose", "pathway", "donor"])
    assert competition.rows["SMILES"].tolist() == [*SMILES.values()] * 2
    assert competition.rows["pathway"].tolist() == ["COX", "GABA", None, "none"] * 2
    assert competition.test["pathway"].tolist() == ["COX", "GABA", "none"]
    # A compound has several donors: a gap there says nothing, and neither does the compound of a row to predict.
    assert competition.rows["donor"].tolist() == [None, *["d1"] * 3, *["d2"] * 4]
    assert "donor" not in competition.test
    told = [warning for warning in competition.warnings if "filled in" in warning]
    assert told == [
        "pathway: 3 gaps filled in from other rows of the same sm_name: 'aspirin', 'urea'",
        "SMILES: 1 gap filled in from other rows of the same sm_name: 'ethanol'",
    ]


def test_a_number_that_is_filled_in_stays_one(tmp_path: Path) -> None:
    train = train_table().assign(cid=[1.0, 2.0, 3.0, 4.0, np.nan, 2.0, 3.0, 4.0])
    competition = read(tmp_path, train, metadata=["control", "dose", "cid"])
    assert competition.rows["cid"].tolist() == [1, 2, 3, 4] * 2
    assert competition.rows["cid"].dtype == competition.test["cid"].dtype == np.int64


def test_spellings_of_one_structure_are_written_as_the_first(tmp_path: Path) -> None:
    train, test = train_table(), pairs_table()
    train.loc[1, "SMILES"] = "C(O)C"
    train.loc[5, "SMILES"] = " OCC"
    train.loc[3, "SMILES"] = "  "
    test["SMILES"] = [SMILES["aspirin"], "CCO", "C(=O)(N)N"]
    competition = read(tmp_path, train, test)
    assert competition.rows["SMILES"].tolist()[1::4] == ["C(O)C", "C(O)C"]
    # The first spelling in the training table, where the compound has none in one row.
    assert competition.rows["SMILES"].tolist()[3::4] == [SMILES["urea"]] * 2
    assert competition.test["SMILES"].tolist() == [SMILES["aspirin"], "C(O)C", SMILES["urea"]]
    assert any("2 structures written in several ways: 'C(O)C', 'OCC', 'CCO' are one" in w for w in competition.warnings)


def test_names_of_one_structure_share_its_spelling(tmp_path: Path) -> None:
    train = train_table().replace({"sm_name": {"benzene": "EtOH"}, "SMILES": {"c1ccccc1": "OCC"}})
    competition = read(tmp_path, train)
    assert competition.rows["SMILES"].tolist()[1:3] == ["CCO", "CCO"]


def test_two_structures_are_an_error_that_shows_both(tmp_path: Path) -> None:
    train = train_table()
    train.loc[5, "SMILES"] = "CC[O-]"
    with pytest.raises(DataError, match=r"'ethanol' has two SMILES: 'CCO' \(train.parquet row 1\) and 'CC\[O-\]'"):
        read(tmp_path, train)


def test_without_rdkit_spellings_are_structures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.data.compounds.has_rdkit", lambda: False)
    train = train_table()
    train.loc[5, "SMILES"] = "OCC"
    with pytest.raises(DataError, match=r"two SMILES: 'CCO' .* and 'OCC' .*; keep one; with RDKit installed"):
        read(tmp_path, train)
    # Blanks need no chemistry.
    train.loc[5, "SMILES"] = "CCO "
    assert read(tmp_path, train).rows["SMILES"].tolist() == [*SMILES.values()] * 2


def test_rows_of_a_table_of_pseudo_labels(tmp_path: Path) -> None:
    train = train_table().assign(cid=[1.0, 2.0, 3.0, 4.0] * 2, plate=["0012", "7"] * 4)
    competition = read(tmp_path, train, metadata=["control", "dose", "cid", "plate"])
    frame = pd.DataFrame(
        {
            "cell_type": [" Myeloid cells", "Myeloid cells", "Myeloid cells"],
            "sm_name": ["ethanol", "urea", "new"],
            "SMILES": ["OCC", None, "CC"],
            "cid": [None, "4.0", "9"],
            "plate": ["0012", "7.0", "0012"],
        }
    )
    frame.to_csv(tmp_path / "pairs.csv", index=False)
    rows = read_pairs(tmp_path / "pairs.csv", competition)
    assert rows["cell_type"].unique().tolist() == ["Myeloid cells"]
    assert rows["SMILES"].tolist() == ["CCO", SMILES["urea"], "CC"]
    assert rows["cid"].tolist() == [2, 4, 9]
    assert rows["plate"].tolist() == ["0012", "7", "0012"]
    frame.assign(SMILES=["CCCO", None, None]).to_csv(tmp_path / "other.csv", index=False)
    with pytest.raises(DataError, match=r"'ethanol' has two SMILES: 'CCO' \(train.parquet row 1\) and 'CCCO' \(row 0"):
        read_pairs(tmp_path / "other.csv", competition)
