from __future__ import annotations

import sys
import warnings

import pandas as pd
import pytest

from kit.errors import InputError, MissingDependencyError
from kit.features.structures.molecules import read_structures

pytest.importorskip("rdkit")


def test_each_distinct_structure_is_read_once() -> None:
    rows = pd.DataFrame({"SMILES": ["CCO", "C", " CCO ", "C", "CCO"]})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = read_structures(rows, "SMILES", "test", "zeros")
    assert found.texts == ["C", "CCO"]
    assert [molecule.GetNumAtoms() for molecule in found.molecules] == [1, 3]
    assert found.codes.tolist() == [1, 0, 1, 0, 1]


def test_one_warning_counts_the_rows_without_a_structure() -> None:
    rows = pd.DataFrame({"SMILES": ["CCO", None, "not a molecule", "", "C1CC", "not a molecule"]})
    with pytest.warns(UserWarning, match="structure") as caught:
        found = read_structures(rows, "SMILES", "test", "zeros")
    [warning] = caught
    assert "5 of 6 rows" in str(warning.message)
    assert "2 without a SMILES" in str(warning.message)
    assert "3 whose SMILES RDKit cannot parse: 'C1CC', 'not a molecule'" in str(warning.message)
    assert found.codes.tolist() == [0, -1, -1, -1, -1, -1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_structures(rows, "SMILES", "test", None)


def test_what_is_no_text_is_an_error() -> None:
    with pytest.raises(InputError, match="holds 3 at row 1"):
        read_structures(pd.DataFrame({"SMILES": ["C", 3]}), "SMILES", "test", None)
    with pytest.raises(InputError, match="did you mean 'SMILES'"):
        read_structures(pd.DataFrame({"SMILES": ["C"]}), "Smiles", "test", None)


def test_without_rdkit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rdkit", None)
    with pytest.raises(MissingDependencyError, match=r"fingerprint.*perturbation-kit\[chem\]"):
        read_structures(pd.DataFrame({"SMILES": ["C"]}), "SMILES", "fingerprint", None)
