from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.features import NeighbourProfile, Numeric
from kit.features.similarity.kernels import similarities, usual_gamma
from kit.plugins import Plugin
from tests.features.support import Basis


def experiment(seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Three cell types, 14 compounds at places on a line, a replicate, a cell type with one compound alone."""
    rng = np.random.default_rng(seed)
    pairs = [(cell, c) for cell in ("NK", "T") for c in range(14)] + [("B", 0), ("B", 1), ("B", 2), ("T", 3)]
    pairs += [("Myeloid", 5)]
    rows = pd.DataFrame(pairs, columns=["cell_type", "number"]).sample(frac=1, random_state=seed, ignore_index=True)
    rows["sm_name"] = [f"compound {number}" for number in rows.pop("number")]
    places = dict(zip(sorted(set(rows["sm_name"])), rng.uniform(0, 5, 14), strict=True))
    rows["place"] = rows["sm_name"].map(places)
    return rows, rng.standard_normal((len(rows), 7)).astype(np.float32) * 2 + 1


def by_the_definition(
    builder: NeighbourProfile, rows: pd.DataFrame, Y: np.ndarray, name: str, place: float
) -> np.ndarray:
    """A compound's features from the others' rows, everything computed anew without its own."""
    gamma = usual_gamma(rows.groupby("sm_name")["place"].first().to_numpy(np.float32)[:, None])
    kept = (rows["sm_name"] != name).to_numpy()
    rows, Y = rows[kept].reset_index(drop=True), Y[kept].astype(np.float64)
    if builder.center is not None:
        Y = Y - pd.DataFrame(Y).groupby(rows[builder.center].to_numpy()).transform("mean").to_numpy()
    names = np.unique(rows["sm_name"])
    profiles = np.array([Y[(rows["sm_name"] == one).to_numpy()].mean(axis=0) for one in names])
    places = rows.groupby("sm_name")["place"].first()[names].to_numpy(np.float32)[:, None]
    weights = similarities(np.array([[place]], dtype=np.float32), places, "rbf", gamma)[0]
    if builder.k is not None:
        weights[np.argsort(-weights)[builder.k :]] = 0
    weights = weights**builder.power
    prior = 0 if builder.center is not None else profiles.mean(axis=0)
    return (weights @ profiles + builder.shrinkage * prior) / (weights.sum() + builder.shrinkage)


@pytest.mark.parametrize("center", [None, "cell_type"])
@pytest.mark.parametrize(
    "settings", [{"k": 3}, {"k": None, "power": 3.0}, {"k": 4, "shrinkage": 0.7}, {"k": 100, "shrinkage": 2.0}]
)
def test_by_the_definition(center: str | None, settings: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.arrays.BLOCK_ELEMENTS", 60)  # four compounds at a time
    rows, Y = experiment()
    builder = NeighbourProfile(Numeric(["place"]), metric="rbf", center=center, **settings)
    trained = builder.fit_transform(rows, Y)
    for row, (name, place) in enumerate(zip(rows["sm_name"], rows["place"], strict=True)):
        expected = by_the_definition(builder, rows, Y, name, place)
        np.testing.assert_allclose(trained[row], expected, rtol=1e-4, atol=1e-5)
    new = pd.DataFrame({"sm_name": ["never seen", "another"], "place": [1.7, 4.2]})
    for found, (name, place) in zip(builder.transform(new), new.itertuples(index=False), strict=True):
        expected = by_the_definition(builder, rows, Y, name, place)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("center", [None, "cell_type", "sm_name"])
def test_a_compounds_own_rows_have_no_part_in_its_features(center: str | None) -> None:
    rows, Y = experiment()
    builder = NeighbourProfile(Numeric(["place"]), metric="rbf", k=4, center=center, shrinkage=0.1)
    before = builder.fit_transform(rows, Y)
    changed = 0
    for name in np.unique(rows["sm_name"]):
        own = (rows["sm_name"] == name).to_numpy()
        for replaced in (Y * -3 + 1, np.full_like(Y, 1e9), Y[:, ::-1]):
            other = np.where(own[:, None], replaced, Y)
            after = builder.fit_transform(rows, other)
            np.testing.assert_array_equal(after[own], before[own])
            np.testing.assert_array_equal(builder.transform(rows)[own], before[own])
            changed += not np.array_equal(after[~own], before[~own])
    assert changed or center == "sm_name"  # the replacement reaches others


def test_training_rows_and_new_rows_of_a_compound_get_the_same() -> None:
    rows, Y = experiment()
    builder = NeighbourProfile(Numeric(["place"]), metric="rbf")
    trained = builder.fit_transform(rows, Y)
    elsewhere = rows.assign(cell_type="unseen cell type", place=99.0)
    np.testing.assert_array_equal(builder.transform(elsewhere), trained)


def test_finds_the_planted_effect_of_structure_for_unseen_compounds() -> None:
    rng = np.random.default_rng(3)
    names = [f"c{number}" for number in range(60)]
    places = dict(zip(names, rng.uniform(0, 6, 60), strict=True))
    rows = pd.DataFrame(
        [(cell, name) for cell in "ABC" for name in names if cell != "C" or name < "c2"],
        columns=["cell_type", "sm_name"],
    )
    rows["place"] = rows["sm_name"].map(places)
    waves = rng.uniform(0, 2 * np.pi, 12)

    def effect(place: pd.Series) -> np.ndarray:
        return np.sin(place.to_numpy()[:, None] + waves)

    cells = {cell: rng.standard_normal(12) * 3 for cell in "ABC"}
    Y = effect(rows["place"]) + np.array([cells[cell] for cell in rows["cell_type"]])
    Y = (Y + 0.2 * rng.standard_normal(Y.shape)).astype(np.float32)
    builder = NeighbourProfile(Numeric(["place"]), metric="rbf", k=5, center="cell_type", gamma=20.0)
    trained = builder.fit_transform(rows, Y)
    unseen = pd.DataFrame({"sm_name": [f"new {n}" for n in range(30)], "place": rng.uniform(0.5, 5.5, 30)})

    def correlation(features: np.ndarray, truth: np.ndarray) -> float:
        return float(np.corrcoef(features.ravel(), (truth - truth.mean(axis=0)).ravel())[0, 1])

    assert correlation(trained, effect(rows["place"])) > 0.9
    assert correlation(builder.transform(unseen), effect(unseen["place"])) > 0.9
    random = NeighbourProfile(Numeric(["noise"]), metric="rbf", k=5, center="cell_type")
    noise = dict(zip(names, rng.uniform(0, 6, 60), strict=True))
    other = random.fit_transform(rows.assign(noise=rows["sm_name"].map(noise)), Y)
    assert abs(correlation(other, effect(rows["place"]))) < 0.3


@pytest.mark.parametrize("center", [None, "cell_type"])
def test_a_compound_like_no_other_gets_the_prior(center: str | None) -> None:
    rows, Y = experiment()
    builder = NeighbourProfile(Numeric(["place"]), metric="cosine", center=center).fit(rows, Y)
    [found] = builder.transform(pd.DataFrame({"sm_name": ["never seen"], "place": [0.0]}))
    by_compound = pd.DataFrame(Y).groupby(rows["sm_name"].to_numpy()).mean().mean(axis=0)
    np.testing.assert_allclose(found, np.zeros(7) if center else by_compound, rtol=1e-5)


def test_one_compound_alone() -> None:
    rows, Y = experiment()
    own = (rows["sm_name"] == "compound 3").to_numpy()
    for center in (None, "cell_type"):
        builder = NeighbourProfile(Numeric(["place"]), metric="rbf", center=center)
        assert not builder.fit_transform(rows[own], Y[own]).any()


def test_a_projector_commutes() -> None:
    rows, Y = experiment()
    projector = Basis().fit(Y)
    for center in (None, "cell_type"):
        narrow = NeighbourProfile(Numeric(["place"]), metric="rbf", center=center, projector=projector)
        wide = NeighbourProfile(Numeric(["place"]), metric="rbf", center=center)
        expected = projector.project(wide.fit_transform(rows, Y))
        np.testing.assert_allclose(narrow.fit_transform(rows, Y), expected, rtol=1e-4, atol=1e-5)


def test_batches_order_and_saving(tmp_path: Path) -> None:
    rows, Y = experiment()
    builder = NeighbourProfile(Numeric(["place"]), metric="rbf", center="cell_type").fit(rows, Y)
    new = pd.DataFrame({"sm_name": ["a", "compound 3", "b", "c"], "place": [0.3, 9.0, 2.2, 0.3]})
    together = builder.transform(new)
    alone = np.concatenate([builder.transform(new.iloc[[row]]) for row in range(len(new))])
    np.testing.assert_array_equal(alone, together)
    order = np.random.default_rng(0).permutation(len(rows))
    permuted = NeighbourProfile(Numeric(["place"]), metric="rbf", center="cell_type").fit(rows.iloc[order], Y[order])
    np.testing.assert_allclose(permuted.transform(new), together, rtol=1e-5, atol=1e-6)
    builder.save(tmp_path / "saved")
    np.testing.assert_array_equal(Plugin.load(tmp_path / "saved").transform(new), together)
