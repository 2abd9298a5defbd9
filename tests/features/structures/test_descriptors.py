from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kit.data.simulate import COMPOUNDS
from kit.errors import InputError, ParameterError, StateError
from kit.features import Descriptors

Chem = pytest.importorskip("rdkit.Chem")
Rdkit = pytest.importorskip("rdkit.Chem.Descriptors")

SMILES = [compound.smiles for compound in COMPOUNDS[:10]]


def table(texts: list[Any]) -> pd.DataFrame:
    return pd.DataFrame({"SMILES": texts})


def test_as_rdkit_computes_them() -> None:
    builder = Descriptors().fit(table(SMILES))
    found = builder.transform(table(SMILES))
    for row, text in zip(found, SMILES, strict=True):
        direct = Rdkit.CalcMolDescriptors(Chem.MolFromSmiles(text))
        assert builder.get_feature_names_out().tolist() == [f"SMILES__{name}" for name in direct]
        np.testing.assert_array_equal(row, np.array(list(direct.values())).astype(np.float32))
    assert builder.expected_features(table(SMILES)) == found.shape[1]


def test_known_values() -> None:
    builder = Descriptors(names=["MolWt", "HeavyAtomCount", "RingCount"])
    found = builder.fit_transform(table(["CCO", "c1ccccc1"]))
    np.testing.assert_allclose(found, [[46.07, 3, 0], [78.11, 6, 1]], atol=0.01)


def test_constant_columns_are_kept() -> None:
    builder = Descriptors(names=["RingCount", "MolWt"], clip=0.1)
    assert builder.fit_transform(table(["C", "CC", "CCC"]))[:, 0].tolist() == [0, 0, 0]
    assert builder.transform(table(["c1ccccc1"]))[0, 0] == 1


def test_what_cannot_be_computed_is_the_training_median() -> None:
    # Neither the salt's BCUT2D nor the metal's partial charges are numbers.
    names = ["MolWt", "MaxPartialCharge", "BCUT2D_MWHI"]
    strange = ["[Na+].[Cl-]", "[Pt](Cl)(Cl)(N)N"]
    own = [Rdkit.CalcMolDescriptors(Chem.MolFromSmiles(text)) for text in SMILES]
    medians = {name: np.median([values[name] for values in own]) for name in names}
    builder = Descriptors(names=names).fit(table(SMILES))
    salt, metal = builder.transform(table(strange))
    assert salt[0] == pytest.approx(58.44, abs=0.01)
    assert salt[2] == pytest.approx(medians["BCUT2D_MWHI"], rel=1e-6)
    assert metal[1] == pytest.approx(medians["MaxPartialCharge"], rel=1e-6)
    # In training they neither break the medians nor take part in them.
    again = Descriptors(names=names).fit(table(SMILES + strange))
    assert np.isfinite(again.transform(table(SMILES + strange))).all()
    assert again.medians_[2] == pytest.approx(medians["BCUT2D_MWHI"], rel=1e-6)
    assert not Descriptors(names=names[2:]).fit_transform(table(strange)).any()  # no value at all: 0


def test_no_structure_is_the_median_and_one_warning() -> None:
    names = ["MolWt", "TPSA"]
    builder = Descriptors(names=names)
    with pytest.warns(UserWarning, match="2 of 4 rows have no structure.*the training rows' medians") as caught:
        found = builder.fit_transform(table(["C", "CC", None, "no("]))
    assert len(caught) == 1
    np.testing.assert_array_equal(found[2], found[3])
    assert found[2, 0] == pytest.approx(found[:2, 0].mean())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        builder.transform(table(SMILES))


def test_clipping_reaches_heavy_tails_alone() -> None:
    lengths = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 90]
    rows = table(["C" * n for n in lengths])
    names = ["HeavyAtomCount", "RingCount"]
    free, clipped = Descriptors(names=names), Descriptors(names=names, clip=0.1)
    assert free.fit_transform(rows)[-1, 0] == 90
    assert clipped.fit_transform(rows)[:, 0].tolist() == [2, *range(2, 11), 10]  # the 0.1 and 0.9 quantiles
    longer = table(["C" * 99, "C1CC1"])
    assert clipped.transform(longer)[:, 0].tolist() == [10, 3]
    assert clipped.transform(longer)[1, 1] == 1  # constant in training, not heavy-tailed
    even = Descriptors(names=names, clip=0.1).fit(table(["C" * n for n in lengths[:-1]]))
    assert even.transform(longer)[0, 0] == 99


def test_wrong_names_are_errors() -> None:
    with pytest.raises(ParameterError, match="did you mean 'MolLogP'"):
        Descriptors(names=["MolLogp"]).fit(table(SMILES))
    with pytest.raises(ParameterError, match="twice"):
        Descriptors(names=["TPSA", "TPSA"]).fit(table(SMILES))
    with pytest.raises(InputError, match="no column"):
        Descriptors(column="structure").fit(table(SMILES))


def test_a_builder_of_another_rdkit_says_so() -> None:
    builder = Descriptors(names=["MolWt"]).fit(table(SMILES))
    builder.names_ = np.array(["MolWt2"])
    with pytest.raises(StateError, match="no 'MolWt2'"):
        builder.transform(table(SMILES))
