from __future__ import annotations

import pytest

from kit.chemistry import canonical_smiles, has_rdkit, parent_smiles, scaffold_smiles
from kit.errors import MissingDependencyError

pytest.importorskip("rdkit")


def test_spellings_of_one_structure() -> None:
    assert has_rdkit()
    assert canonical_smiles(["OCC", "C(O)C", "C1CC", "C[C@H](N)O"]) == ["CCO", "CCO", "", "C[C@H](N)O"]


def test_salts_of_one_structure() -> None:
    acid, *salts = parent_smiles(["OC(=O)c1ccccc1", "[Na+].[O-]C(=O)c1ccccc1", "[K+].[O-]C(=O)c1ccccc1", "x"])
    assert salts == [acid, acid, ""]
    amine, salt = parent_smiles(["CCN", "CC[NH3+].[Cl-]"])
    assert amine == salt == "CCN"


def test_scaffolds() -> None:
    benzene, phenol, salt, chain, biphenyl = scaffold_smiles(
        ["c1ccccc1", "Cc1ccccc1O", "[Na+].[O-]C(=O)c1ccccc1", "CCO", "c1ccccc1-c1ccccc1C"]
    )
    assert benzene == phenol == salt == "c1ccccc1"
    assert chain == "CCO"
    assert biphenyl not in (benzene, "")


def test_without_rdkit_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "rdkit", None)
    for form in (canonical_smiles, parent_smiles, scaffold_smiles):
        with pytest.raises(MissingDependencyError, match=r"perturbation-kit\[chem\]"):
            form(["C"])
