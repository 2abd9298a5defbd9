"""The compounds are real, different and grouped."""

from __future__ import annotations

from collections import Counter

import pytest

from kit.data.simulate.compounds import COMPOUNDS
from tests.data.simulate.formulas import FORMULAS

BY_NAME = {compound.name: compound for compound in COMPOUNDS}


def test_enough_compounds_with_names_of_their_own() -> None:
    assert len(COMPOUNDS) >= 146
    assert len(BY_NAME) == len(COMPOUNDS)
    assert len({name.lower() for name in BY_NAME}) == len(COMPOUNDS)


def test_every_mechanism_has_three_members() -> None:
    assert min(Counter(compound.mechanism for compound in COMPOUNDS).values()) >= 3


def test_a_mechanism_has_one_potency() -> None:
    assert len({(c.mechanism, c.potency) for c in COMPOUNDS}) == len({c.mechanism for c in COMPOUNDS})


def test_every_smiles_is_the_drug_it_is_named_after() -> None:
    chem = pytest.importorskip("rdkit.Chem", reason="rdkit is not installed: SMILES cannot be parsed")
    formula = pytest.importorskip("rdkit.Chem.rdMolDescriptors").CalcMolFormula
    parsed = {name: chem.MolFromSmiles(compound.smiles) for name, compound in BY_NAME.items()}
    assert [name for name, molecule in parsed.items() if molecule is None] == []
    assert {name: formula(molecule) for name, molecule in parsed.items()} == FORMULAS


def test_no_two_compounds_are_one_molecule() -> None:
    chem = pytest.importorskip("rdkit.Chem", reason="rdkit is not installed: SMILES cannot be parsed")
    assert not [name for name, compound in BY_NAME.items() if "." in compound.smiles]
    assert len({chem.CanonSmiles(compound.smiles) for compound in COMPOUNDS}) == len(COMPOUNDS)
