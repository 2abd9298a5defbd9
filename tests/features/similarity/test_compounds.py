from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from kit.data.simulate import COMPOUNDS
from kit.features import Fingerprint, Numeric, Similarity
from kit.testing import make_new_rows, make_rows

Chem = pytest.importorskip("rdkit.Chem")
DataStructs = pytest.importorskip("rdkit.DataStructs")
generators = pytest.importorskip("rdkit.Chem.rdFingerprintGenerator")


def test_tanimoto_similarity_to_each_training_compound() -> None:
    rows, _ = make_rows()
    new = make_new_rows(rows)
    builder = Similarity(Fingerprint(n_bits=512)).fit(rows)
    generator = generators.GetMorganGenerator(radius=2, fpSize=512)

    def fingerprint(smiles: str) -> object:
        return generator.GetFingerprint(Chem.MolFromSmiles(smiles))

    by_name = dict(zip(rows["sm_name"], rows["SMILES"], strict=True))
    parsable = new[[Chem.MolFromSmiles(text) is not None for text in new["SMILES"]]]
    expected = [
        [DataStructs.TanimotoSimilarity(fingerprint(row), fingerprint(by_name[name])) for name in sorted(by_name)]
        for row in parsable["SMILES"]
    ]
    found = builder.transform(parsable)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert builder.get_feature_names_out().tolist() == [f"sm_name__tanimoto__{name}" for name in sorted(by_name)]
    assert builder.expected_features(rows) == found.shape[1]


def test_a_compound_is_most_like_itself() -> None:
    rows, _ = make_rows()
    found = Similarity(Fingerprint()).fit_transform(rows)
    names = np.unique(rows["sm_name"])
    own = found[np.arange(len(rows)), np.searchsorted(names, rows["sm_name"])]
    np.testing.assert_array_equal(own, 1)
    assert (found <= 1).all()


def test_new_rows_need_only_the_structure() -> None:
    rows, _ = make_rows()
    builder = Similarity(Fingerprint(n_bits=64), k=2).fit(rows)
    np.testing.assert_array_equal(builder.transform(rows[["SMILES"]]), builder.transform(rows))
    assert ((builder.transform(rows) > 0).sum(axis=1) >= 2).all()
    assert ((builder.transform(rows) > 0).sum(axis=1) <= 3).all()


def test_no_structure_is_like_nothing() -> None:
    rows, _ = make_rows()
    builder = Similarity(Fingerprint(n_bits=64)).fit(rows)
    with pytest.warns(UserWarning, match="no structure"):
        assert not builder.transform(rows.head(2).assign(SMILES=None)).any()


def test_a_linear_model_finds_what_depends_on_structure_for_unseen_compounds() -> None:
    # The target is a smooth function of the dose, which stands for a structure here: no line fits it.
    rng = np.random.default_rng(0)
    rows, _ = make_rows()
    several = rows.iloc[np.tile(np.arange(len(rows)), 4)].reset_index(drop=True)
    several["sm_name"] = [f"compound {place}" for place in range(len(several))]
    several["dose"] = rng.uniform(-2, 2, len(several))
    target = np.sin(3 * several["dose"].to_numpy())
    train, new = several[:90], several[90:]

    def explained(builder: Similarity | Numeric) -> float:
        model = Ridge(1e-3).fit(builder.fit_transform(train), target[:90])
        return float(model.score(builder.transform(new), target[90:]))

    assert explained(Numeric(["dose"])) < 0.3
    assert explained(Similarity(Numeric(["dose"]), metric="rbf")) > 0.95


def test_unseen_compounds_of_the_list_get_finite_features() -> None:
    rows, _ = make_rows()
    unseen = rows.iloc[:1].assign(SMILES=COMPOUNDS[-1].smiles, sm_name="new")
    found = Similarity(Fingerprint()).fit(rows).transform(unseen)
    assert 0 < found.max() <= 1
