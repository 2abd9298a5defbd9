from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.features import TargetProfile
from tests.features.support import Basis, experiment, new_rows


def by_the_definition(
    rows: pd.DataFrame, Y: np.ndarray, asked: str, left_out: int | None, centre: str | None, shrinkage: float
) -> np.ndarray:
    """A compound's profile from the training rows but one, everything computed anew without that row."""
    kept = np.arange(len(rows)) != (-1 if left_out is None else left_out)
    rows, Y = rows[kept].reset_index(drop=True), Y[kept].astype(np.float64)
    prior = Y.mean(axis=0)
    if centre is not None:
        Y = Y - pd.DataFrame(Y).groupby(rows[centre].to_numpy()).transform("mean").to_numpy()
        prior = np.zeros(Y.shape[1])
    same = Y[(rows["sm_name"] == asked).to_numpy()]
    total = len(same) + shrinkage
    return (same.sum(axis=0) + shrinkage * prior) / total if total else prior


@pytest.mark.parametrize("centre", [None, "cell_type"])
@pytest.mark.parametrize("shrinkage", [0.0, 1.5])
@pytest.mark.parametrize("with_single", [True, False])
def test_by_the_definition(centre: str | None, shrinkage: float, with_single: bool) -> None:
    rows, Y = experiment()  # replicates of a pair, and a compound with one row, are among them
    if not with_single:
        kept = (rows["sm_name"] != "alone").to_numpy()
        rows, Y = rows[kept].reset_index(drop=True), Y[kept]
    builder = TargetProfile(center=centre, shrinkage=shrinkage)
    trained = builder.fit_transform(rows, Y)
    for row, name in enumerate(rows["sm_name"]):
        expected = by_the_definition(rows, Y, name, row, centre, shrinkage)
        np.testing.assert_allclose(trained[row], expected, rtol=1e-5, atol=1e-5)
    unseen = builder.transform(new_rows())
    for row, name in enumerate(new_rows()["sm_name"]):
        expected = by_the_definition(rows, Y, name, None, centre, shrinkage)
        np.testing.assert_allclose(unseen[row], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("centre", [None, "cell_type"])
def test_a_projector_commutes(centre: str | None) -> None:
    rows, Y = experiment()
    projector = Basis().fit(Y)
    narrow = TargetProfile(center=centre, projector=projector)
    wide = TargetProfile(center=centre)
    expected = projector.project(wide.fit_transform(rows, Y))
    np.testing.assert_allclose(narrow.fit_transform(rows, Y), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(
        narrow.transform(new_rows()), projector.project(wide.transform(new_rows())), rtol=1e-4, atol=1e-5
    )


def test_centring_finds_the_planted_effect_of_a_compound() -> None:
    rng = np.random.default_rng(0)
    rows = pd.DataFrame(
        [(cell, f"c{c}") for cell in range(6) for c in range(30) if cell < 4 or c < 5], columns=["cell_type", "sm_name"]
    )
    cells, compounds = rng.standard_normal((6, 40)) * 5, rng.standard_normal((30, 40))
    effect = compounds[rows["sm_name"].str[1:].astype(int)]
    Y = (cells[rows["cell_type"]] + effect + 0.1 * rng.standard_normal(effect.shape)).astype(np.float32)
    raw = TargetProfile().fit_transform(rows, Y)
    centred = TargetProfile(center="cell_type").fit_transform(rows, Y)

    def correlation(features: np.ndarray) -> float:
        return float(np.corrcoef(features.ravel(), effect.ravel())[0, 1])

    assert correlation(centred) > 0.95
    assert correlation(raw) < 0.7


def test_new_rows_need_only_the_profiled_column() -> None:
    rows, Y = experiment()
    builder = TargetProfile(center="cell_type").fit(rows, Y)
    np.testing.assert_array_equal(builder.transform(new_rows()[["sm_name"]]), builder.transform(new_rows()))
