"""The process's vectors are those that were planted, and a training row's is learnt from other rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.arrays import Doubles, Floats
from kit.errors import InputError, ParameterError
from kit.features import LatentVectors
from kit.models import CoregionalizedGP, Ridge
from kit.testing import make_new_rows, make_rows

CELLS, COMPOUNDS = 4, 30


def planted() -> tuple[pd.DataFrame, Floats, Doubles]:
    """Every compound in every cell type, but for the last compound, which one has.

    Returns:
        The rows, their targets, and the compounds' (30, 2) planted vectors.
    """
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(COMPOUNDS, 2))
    pairs = [(cell, c) for cell in range(CELLS) for c in range(COMPOUNDS) if c < COMPOUNDS - 1 or cell == 0]
    cells, compounds = np.array(pairs).T
    common = rng.normal(size=(2, 300))
    loadings = common + 0.5 * rng.normal(size=(CELLS, 2, 300))
    Y = np.einsum("ir,irg->ig", vectors[compounds], loadings[cells]) + 0.5 * rng.normal(size=(len(pairs), 300))
    rows = pd.DataFrame({"cell_type": [f"cell {c}" for c in cells], "sm_name": [f"{c:02d}" for c in compounds]})
    return rows, Y.astype(np.float32), vectors


def builder(**changes: int) -> LatentVectors:
    settings = {"n_components": 2, "n_splits": 4, "random_state": 0} | changes
    return LatentVectors(CoregionalizedGP(n_steps=40, random_state=0), **settings)


def share_explained(features: Floats, vectors: Doubles) -> float:
    """How much of the planted vectors a linear map of the features explains."""
    fitted = features @ np.linalg.lstsq(features.astype(np.float64), vectors, rcond=None)[0]
    return 1 - float(np.square(fitted - vectors).sum() / np.square(vectors).sum())


def test_the_planted_vectors_are_found_up_to_a_rotation_by_new_and_by_training_rows() -> None:
    rows, Y, vectors = planted()
    fitted = builder()
    trained = fitted.fit_transform(rows, Y)
    of_row = vectors[rows["sm_name"].astype(int)]
    assert share_explained(fitted.transform(rows), of_row) > 0.97
    known = (rows["sm_name"] != f"{COMPOUNDS - 1:02d}").to_numpy()
    # One linear map for all folds: they are turned to one place.
    assert share_explained(trained[known], of_row[known]) > 0.93


def test_a_rows_own_target_has_no_part_in_the_vectors_of_its_fold_but_for_their_rotation() -> None:
    rows, Y, _ = planted()
    one = builder()
    before, new_before = one.fit_transform(rows, Y).astype(np.float64), one.transform(rows)
    folds = one._folds(one._learn_codes(rows)[:, 1])
    for row in (0, 40, 80):
        replaced = Y.copy()
        replaced[row] = 5 - 3 * Y[row, ::-1]
        after = builder().fit_transform(rows, replaced).astype(np.float64)
        inside = folds == folds[row]
        np.testing.assert_allclose(after[inside] @ after[inside].T, before[inside] @ before[inside].T, atol=1e-5)
        # The others have learnt from it.
        assert np.abs(after[~inside] @ after[~inside].T - before[~inside] @ before[~inside].T).max() > 1e-3
        assert np.abs(builder().fit(rows, replaced).transform(rows) - new_before).max() > 1e-3


def test_the_rows_of_a_category_are_in_different_folds() -> None:
    rows, Y, _ = planted()
    for seed in range(3):
        one = builder(random_state=seed)
        folds = one._folds(one._learn_codes(rows)[:, 1])
        assert pd.Series(folds).groupby(rows["sm_name"]).nunique().iloc[:-1].eq(CELLS).all()
        assert set(folds) == set(range(4))
    # A category of one row is unseen without it.
    trained = builder().fit_transform(rows, Y)
    assert (trained[rows["sm_name"] == f"{COMPOUNDS - 1:02d}"] == 0).all()


def test_an_unseen_category_has_the_priors_mean_and_any_column_may_have_vectors() -> None:
    rows, Y = make_rows()
    process = CoregionalizedGP(n_steps=3)
    one = LatentVectors(process, by="cell_type", context="sm_name", n_components=2, n_splits=3).fit(rows, Y)
    assert one.get_feature_names_out().tolist() == ["cell_type__latent__0", "cell_type__latent__1"]
    assert one.categories_.tolist() == sorted(set(rows["cell_type"]))
    new = make_new_rows(rows)[["cell_type"]]
    vectors = one.transform(new)
    assert (vectors[-1] == 0).all()
    assert np.abs(vectors[0]).max() > 0
    # The process that was given stays as it was.
    assert process.terms is None
    assert not hasattr(process, "dual_coef_")


def test_what_is_refused() -> None:
    rows, Y = make_rows()
    with pytest.raises(ParameterError, match="process=ridge learns no vectors"):
        LatentVectors(Ridge()).fit(rows, Y)
    with pytest.raises(ParameterError, match="the process has terms; leave them out"):
        LatentVectors(CoregionalizedGP(terms=[{"a": "free"}])).fit(rows, Y)
    with pytest.raises(ParameterError, match="n_components"):
        LatentVectors(CoregionalizedGP(), n_components=0).fit(rows, Y)
    with pytest.raises(InputError, match="3 rows cannot make n_splits=5 folds"):
        LatentVectors(CoregionalizedGP()).fit_transform(rows.iloc[:3], Y[:3])
