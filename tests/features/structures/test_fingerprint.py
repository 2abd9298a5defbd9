from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kit.data.simulate import COMPOUNDS
from kit.errors import InputError, ParameterError
from kit.features import Fingerprint

Chem = pytest.importorskip("rdkit.Chem")
AllChem = pytest.importorskip("rdkit.Chem.AllChem")
MACCSkeys = pytest.importorskip("rdkit.Chem.MACCSkeys")

SMILES = [compound.smiles for compound in COMPOUNDS[:12]]
STEREO = ["C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"]


def table(texts: list[Any]) -> pd.DataFrame:
    return pd.DataFrame({"SMILES": texts})


def features(builder: Fingerprint, texts: list[Any]) -> np.ndarray:
    return builder.fit(table(SMILES)).transform(table(texts))


@pytest.mark.parametrize(
    ("builder", "direct"),
    [
        (Fingerprint(n_bits=512), lambda m: AllChem.GetMorganFingerprintAsBitVect(m, 2, 512)),
        (Fingerprint(), lambda m: AllChem.GetMorganFingerprintAsBitVect(m, 2, 2048)),
        (Fingerprint(radius=0, n_bits=64), lambda m: AllChem.GetMorganFingerprintAsBitVect(m, 0, 64)),
        (
            Fingerprint(radius=3, n_bits=256, use_chirality=True),
            lambda m: AllChem.GetMorganFingerprintAsBitVect(m, 3, 256, useChirality=True),
        ),
        (
            Fingerprint(method="feature_morgan", n_bits=128),
            lambda m: AllChem.GetMorganFingerprintAsBitVect(m, 2, 128, useFeatures=True),
        ),
        (Fingerprint(method="rdkit", n_bits=1024), lambda m: Chem.RDKFingerprint(m, fpSize=1024)),
        (Fingerprint(method="maccs"), lambda m: list(MACCSkeys.GenMACCSKeys(m))[1:]),
    ],
    ids=["morgan", "default", "radius 0", "radius 3, chiral", "feature_morgan", "rdkit", "maccs"],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_as_rdkit_computes_it_by_its_older_functions(builder: Fingerprint, direct: Any) -> None:
    found = features(builder, SMILES)
    expected = np.array([list(direct(Chem.MolFromSmiles(text))) for text in SMILES])
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == np.float32
    assert found.shape[1] == len(builder.get_feature_names_out()) == builder.expected_features(table(SMILES))


@pytest.mark.parametrize("method", ["morgan", "feature_morgan", "rdkit"])
def test_counts_say_how_often(method: Any) -> None:
    bits = features(Fingerprint(method=method, n_bits=256), SMILES)
    counts = features(Fingerprint(method=method, n_bits=256, counts=True), SMILES)
    np.testing.assert_array_equal(counts > 0, bits > 0)
    assert bits.max() == 1
    assert counts.max() > 1
    [octane] = features(Fingerprint(radius=0, counts=True), ["CCCCCCCC"])
    assert sorted(octane[octane > 0]) == [2, 6]  # two ends and six links


def test_chirality_tells_stereoisomers_apart_only_where_it_is_asked_for() -> None:
    left, right = features(Fingerprint(), STEREO)
    np.testing.assert_array_equal(left, right)
    left, right = features(Fingerprint(use_chirality=True), STEREO)
    assert not np.array_equal(left, right)


def test_two_ways_to_write_a_structure_are_one() -> None:
    one, other = features(Fingerprint(), ["OCC", "C(O)C"])
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("indicator", [False, True])
def test_no_structure_is_zeros_and_one_warning(indicator: bool) -> None:
    builder = Fingerprint(n_bits=32, indicator=indicator).fit(table([SMILES[0], None, "nonsense("]))
    with pytest.warns(UserWarning, match="2 of 3 rows have no structure.*they get zeros") as caught:
        found = builder.transform(table([None, SMILES[0], "nonsense("]))
    assert len(caught) == 1
    assert not found[[0, 2], :32].any()
    assert found[1].any()
    if indicator:
        np.testing.assert_array_equal(found[:, 32], [1, 0, 1])
        assert builder.get_feature_names_out()[-1] == "SMILES__missing"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        builder.transform(table(SMILES))


@pytest.mark.parametrize(
    "wrong",
    [
        Fingerprint(method="maccs", n_bits=64),
        Fingerprint(method="maccs", radius=0),
        Fingerprint(method="maccs", counts=True),
        Fingerprint(method="rdkit", radius=2),
        Fingerprint(method="rdkit", use_chirality=True),
    ],
)
def test_a_parameter_that_would_not_be_read_is_an_error(wrong: Fingerprint) -> None:
    with pytest.raises(ParameterError, match="means nothing to method"):
        wrong.fit(table(SMILES))


def test_an_absent_column_is_an_error() -> None:
    with pytest.raises(InputError, match="did you mean 'SMILES'"):
        Fingerprint(column="smiles").fit(table(SMILES))


def test_names_of_maccs_keys_are_their_numbers() -> None:
    builder = Fingerprint(method="maccs").fit(table(SMILES))
    [ring] = builder.transform(table(["c1ccccc1"]))
    on = builder.get_feature_names_out()[ring > 0]
    assert "SMILES__maccs__163" in on  # a six-membered ring
    assert "SMILES__maccs__164" not in on  # oxygen
