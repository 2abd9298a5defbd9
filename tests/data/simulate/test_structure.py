"""Similar drugs are described alike."""

from __future__ import annotations

import numpy as np

from kit.data.simulate import COMPOUNDS
from kit.data.simulate.structure import describe_structures


def test_rows_have_length_one_and_columns_are_centred_before_scaling() -> None:
    described = describe_structures([compound.smiles for compound in COMPOUNDS])
    np.testing.assert_allclose(np.linalg.norm(described, axis=1), 1.0)


def test_drugs_of_one_family_are_nearer_than_others() -> None:
    names = [compound.name for compound in COMPOUNDS]
    described = describe_structures([compound.smiles for compound in COMPOUNDS])
    similarity = described @ described.T

    def similar(first: str, second: str) -> float:
        return float(similarity[names.index(first), names.index(second)])

    assert similar("Amoxicillin", "Ampicillin") > 0.7 > similar("Amoxicillin", "Ibuprofen")
    assert similar("Binimetinib", "Selumetinib") > 0.7 > similar("Binimetinib", "Estradiol")


def test_identical_structures_have_nothing_to_tell_apart() -> None:
    np.testing.assert_array_equal(describe_structures(["CCO", "CCO"]), 0.0)
