from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.features import TargetProfile
from tests.features.support import Basis, experiment, new_rows


def by_the_definition(
    builder: TargetProfile, rows: pd.DataFrame, Y: np.ndarray, asked: str, left_out: int | None
) -> np.ndarray:
    """A category's features from the training rows but one, everything computed anew without that row."""
    sources = [None] if builder.per is None else sorted(set(rows[builder.per]))
    kept = np.arange(len(rows)) != (-1 if left_out is None else left_out)
    rows, Y = rows[kept].reset_index(drop=True), Y[kept].astype(np.float64)
    weights = np.ones(len(rows)) if builder.weights is None else rows[builder.weights].to_numpy()

    def mean(Y: np.ndarray, chosen: np.ndarray, otherwise: np.ndarray, pseudo: float = 0) -> np.ndarray:
        total = weights[chosen].sum() + pseudo
        return (weights[chosen] @ Y[chosen] + pseudo * otherwise) / total if total else otherwise

    everyone, zero = np.ones(len(rows), dtype=bool), np.zeros(Y.shape[1])
    if builder.center is not None:
        labels = rows[builder.center].to_numpy()
        Y = Y - np.array([mean(Y, labels == label, zero) for label in labels])
    blocks, measured = [], []
    for source in sources:
        inside = everyone if source is None else (rows[builder.per] == source).to_numpy()
        prior = zero if builder.center is not None else mean(Y, inside, mean(Y, everyone, zero))
        same = inside & (rows[builder.by] == asked).to_numpy()
        blocks.append(mean(Y, same, prior, builder.shrinkage))
        measured.append(weights[same].sum() > 0)
    return np.concatenate(blocks + ([np.array(measured)] if builder.per is not None else []))


def check_by_the_definition(builder: TargetProfile, rows: pd.DataFrame, Y: np.ndarray) -> None:
    trained = builder.fit_transform(rows, Y)
    for row, name in enumerate(rows[builder.by]):
        expected = by_the_definition(builder, rows, Y, name, row)
        np.testing.assert_allclose(trained[row], expected, rtol=1e-5, atol=1e-5)
    unseen = builder.transform(new_rows())
    for row, name in enumerate(new_rows()[builder.by]):
        expected = by_the_definition(builder, rows, Y, name, None)
        np.testing.assert_allclose(unseen[row], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("centre", [None, "cell_type"])
@pytest.mark.parametrize("shrinkage", [0.0, 1.5])
@pytest.mark.parametrize("with_single", [True, False])
def test_by_the_definition(centre: str | None, shrinkage: float, with_single: bool) -> None:
    rows, Y = experiment()  # replicates of a pair, and a compound with one row, are among them
    if not with_single:
        kept = (rows["sm_name"] != "alone").to_numpy()
        rows, Y = rows[kept].reset_index(drop=True), Y[kept]
    check_by_the_definition(TargetProfile(center=centre, shrinkage=shrinkage), rows, Y)


def weighted_experiment() -> tuple[pd.DataFrame, np.ndarray]:
    """The experiment with some weights of 0, a cell type of one row, and a plate across the cell types."""
    rows, Y = experiment()
    rows = pd.concat([rows, pd.DataFrame({"cell_type": ["Myeloid"], "sm_name": ["compound 2"], "dose": [0.7]})])
    rows = rows.reset_index(drop=True)
    rows["plate"] = np.where(np.arange(len(rows)) % 3, "one", "two")
    rows["n_cells"] = np.arange(len(rows)) % 5 * 0.1
    return rows, np.vstack([Y, Y[:1] - 2])


@pytest.mark.parametrize("centre", [None, "cell_type", "plate"])
@pytest.mark.parametrize("shrinkage", [0.0, 1.5])
@pytest.mark.parametrize("per", [None, "cell_type"])
@pytest.mark.parametrize("weights", [None, "n_cells"])
def test_sources_and_weights_by_the_definition(
    centre: str | None, shrinkage: float, per: str | None, weights: str | None
) -> None:
    builder = TargetProfile(center=centre, shrinkage=shrinkage, per=per, weights=weights)
    check_by_the_definition(builder, *weighted_experiment())


@pytest.mark.parametrize("per", [None, "sm_name", "plate"])
def test_cell_types_by_the_definition(per: str | None) -> None:
    check_by_the_definition(TargetProfile(by="cell_type", per=per, weights="n_cells"), *weighted_experiment())


def test_no_row_needs_its_own_target() -> None:
    rows, Y = weighted_experiment()
    for builder in (
        TargetProfile(per="cell_type", weights="n_cells"),
        TargetProfile(per="plate", center="cell_type", weights="n_cells"),
        TargetProfile(per="cell_type", center="plate", shrinkage=0.5),
    ):
        before = builder.fit_transform(rows, Y)
        for row in range(len(rows)):
            replaced = Y.copy()
            replaced[row] = 1e9 - Y[row]
            np.testing.assert_array_equal(builder.fit_transform(rows, replaced)[row], before[row])


def test_a_block_for_every_source_and_what_was_measured() -> None:
    rows = pd.DataFrame({"cell_type": ["NK", "NK", "T", "T"], "sm_name": ["a", "b", "a", "c"]})
    Y = np.array([[1], [2], [4], [8]], dtype=np.float32)
    builder = TargetProfile(per="cell_type")
    names = [
        "sm_name__profile__NK__0",
        "sm_name__profile__T__0",
        "sm_name__measured__NK",
        "sm_name__measured__T",
    ]
    # Compound a in T knows what a did in NK; what it did in T itself is left out, and T's other row is the prior.
    np.testing.assert_array_equal(builder.fit_transform(rows, Y)[2], [1, 8, 1, 0])
    assert builder.get_feature_names_out().tolist() == names
    new = pd.DataFrame({"sm_name": ["a", "b", "never seen"]})
    expected = [[1, 4, 1, 1], [2, 6, 1, 0], [1.5, 6, 0, 0]]
    np.testing.assert_array_equal(builder.transform(new), expected)


def test_weights_find_the_planted_profile_behind_unreliable_rows() -> None:
    rng = np.random.default_rng(0)
    effects = rng.standard_normal((40, 30))
    rows = pd.DataFrame([(f"c{c}", cell) for c in range(40) for cell in range(6)], columns=["sm_name", "cell_type"])
    noise = np.where(rows["cell_type"] < 2, 0.3, 4.0)
    Y = np.repeat(effects, 6, axis=0) + noise[:, None] * rng.standard_normal((240, 30))
    rows["reliability"] = 1 / noise**2

    def error(builder: TargetProfile) -> float:
        found = builder.fit(rows, Y.astype(np.float32)).transform(
            pd.DataFrame({"sm_name": [f"c{c}" for c in range(40)]})
        )
        return float(np.square(found - effects).mean())

    assert error(TargetProfile(weights="reliability")) < 0.1 < error(TargetProfile())


def test_equal_weights_are_no_weights() -> None:
    rows, Y = experiment()
    for settings in ({}, {"center": "cell_type"}, {"per": "cell_type"}):
        plain = TargetProfile(**settings).fit_transform(rows, Y)
        weighted = TargetProfile(weights="one", **settings).fit_transform(rows.assign(one=3), Y)
        np.testing.assert_allclose(weighted, plain, rtol=1e-5, atol=1e-6)


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
