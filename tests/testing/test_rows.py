from __future__ import annotations

import numpy as np
import pytest

from kit.errors import InputError
from kit.testing import make_features, make_new_rows, make_rows, replace_targets, unmeasured_pairs
from kit.testing.rows import CELL_TYPES


def test_rows_have_the_design_they_say() -> None:
    rows, Y = make_rows(n_compounds=9, n_targets=5)
    assert Y.shape == (len(rows), 5) == (3 * 9 + 3 + 2, 5)
    assert Y.dtype == np.float32
    assert set(rows["cell_type"]) == set(CELL_TYPES)
    assert rows.groupby("sm_name")["SMILES"].nunique().max() == 1
    assert (rows["plate"] == "plate 2").sum() == 2
    assert rows.duplicated(["cell_type", "sm_name"]).sum() == 2
    assert list(rows.index) == list(range(len(rows)))
    assert len(unmeasured_pairs(rows)) == 6
    pairs = rows[["cell_type", "sm_name"]].merge(unmeasured_pairs(rows))
    assert pairs.empty


def test_the_same_seed_gives_the_same() -> None:
    (one, Y_one), (other, Y_other) = make_rows(seed=4), make_rows(seed=4)
    assert one.equals(other)
    np.testing.assert_array_equal(Y_one, Y_other)
    assert not np.array_equal(make_rows(seed=5)[1], Y_one)


def test_the_planted_structure_is_there() -> None:
    rows, Y = make_rows(n_compounds=30, n_targets=200, rank=2, noise=0.1)
    # What is left when cell types' means are taken off: two directions, bent a little by the cell types.
    centred = Y - np.stack([Y[rows["cell_type"] == cell].mean(axis=0) for cell in rows["cell_type"]])
    share = np.linalg.svd(centred, compute_uv=False) ** 2
    assert share[:2].sum() / share.sum() > 0.8
    # Other rows of a compound tell about it.
    others = np.stack(
        [
            centred[(rows["sm_name"] == name) & (rows.index != row)].mean(axis=0)
            for row, name in enumerate(rows["sm_name"])
        ]
    )
    assert np.corrcoef(centred.ravel(), others.ravel())[0, 1] > 0.8


def test_new_rows_are_unseen_in_every_column_of_text() -> None:
    rows, _ = make_rows()
    new = make_new_rows(rows)
    for name in ("cell_type", "sm_name", "SMILES", "plate"):
        unseen = ~new[name].isin(rows[name])
        assert unseen.sum() == 2
        assert unseen.iloc[-1]
    assert new[:3].merge(rows).shape[0] == 3
    chem = pytest.importorskip("rdkit.Chem")
    assert all(chem.MolFromSmiles(smiles) is not None for smiles in new["SMILES"])


def test_features_hold_codes_and_numbers() -> None:
    rows, _ = make_rows()
    X = make_features(make_new_rows(rows), n_features=3)
    assert X.dtype == np.float32
    assert X.shape == (8, 5)
    assert (X[-1, :2] == -1).all()
    assert (X[:, :2] == np.round(X[:, :2])).all()
    np.testing.assert_array_equal(make_features(rows), make_features(rows))


def test_replaced_targets_have_another_sign_scale_and_mean() -> None:
    _, Y = make_rows()
    positions = np.array([2, 5, 9, 11])
    before = Y.copy()
    replaced = replace_targets(Y, positions)
    np.testing.assert_array_equal(Y, before)
    others = np.setdiff1d(np.arange(len(Y)), positions)
    np.testing.assert_array_equal(replaced[others], Y[others])
    assert np.isfinite(replaced).all()
    assert replaced.dtype == np.float32
    assert (np.abs(replaced[positions].mean(axis=1) - Y[positions].mean(axis=1)) > Y.std()).all()
    assert (replaced[positions].std(axis=1) > 1.5 * Y[positions].std(axis=1)).all()
    assert (np.sign(replaced[positions]) != np.sign(Y[positions])).any()


@pytest.mark.parametrize("wrong", [{"n_compounds": 3}, {"n_compounds": 10_000}, {"n_targets": 0}, {"rank": 0}])
def test_impossible_counts(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(wrong))}={next(iter(wrong.values()))}"):
        make_rows(**wrong)  # type: ignore[arg-type]
