"""The competition's own tables: their wells, and embeddings joined to them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from kit.data.simulate import SCENARIOS
from kit.data.simulate.scenarios.rxrx1_wells import parse_id_code, read_embeddings, read_wells
from kit.errors import DataError
from kit.postprocess import Assign
from tests.real_data import real_data

COLUMNS = ["id_code", "experiment", "plate", "well"]


@pytest.mark.parametrize(
    ("id_code", "expected"),
    [("HUVEC-01_1_B02", ("HUVEC", "HUVEC-01", 1, "B02")), ("U2OS-03_4_O23", ("U2OS", "U2OS-03", 4, "O23"))],
)
def test_an_id_code_names_cell_type_experiment_plate_and_well(id_code: str, expected: tuple[object, ...]) -> None:
    assert parse_id_code(id_code) == expected


@pytest.mark.parametrize("id_code", ["HUVEC_1_B02", "HUVEC-01_B02", "HUVEC-01_1_02", "HUVEC-01_1_B02_1", ""])
def test_what_is_no_id_code_is_refused(id_code: str) -> None:
    with pytest.raises(DataError, match="no id_code; expected EXPERIMENT_PLATE_WELL"):
        parse_id_code(id_code)


def write_design(folder: Path) -> Path:
    """Write a design of the competition's size with two training experiments and a test experiment."""
    design = replace(SCENARIOS["rxrx1"], experiments=(("HUVEC", 1, 1), ("RPE", 1, 0)), n_dims=1, missing=0.01)
    tables = design.tables(1)
    tables["train.parquet"][[*COLUMNS, "sirna"]].to_csv(folder / "train.csv", index=False)
    tables["test.parquet"][COLUMNS].to_csv(folder / "test.csv", index=False)
    controls, test = tables["controls.parquet"], "HUVEC-02"
    of_test = controls["experiment"] == test
    controls.loc[~of_test, [*COLUMNS, "sirna"]].to_csv(folder / "train_controls.csv", index=False)
    controls.loc[of_test, [*COLUMNS, "sirna"]].to_csv(folder / "test_controls.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_design(tmp_path_factory.mktemp("design"))


def write_embeddings(path: Path, folder: Path) -> pd.DataFrame:
    id_codes = read_wells(folder).frame["id_code"]
    sites = pd.DataFrame({"site_id": [f"{name}_{site}" for name in id_codes for site in (1, 2)]})
    values = np.arange(2 * len(sites), dtype=np.float64).reshape(-1, 2)
    table = sites.assign(feature_0=values[:, 0], feature_1=values[:, 1])
    table.sample(frac=1, random_state=0).to_csv(path, index=False)
    return table


def test_wells_are_those_of_the_tables(folder: Path) -> None:
    tables = read_wells(folder).tables()
    given = pd.read_csv(folder / "train.csv").sort_values("id_code", ignore_index=True)
    pd.testing.assert_frame_equal(tables["train.parquet"][given.columns], given, check_dtype=False)
    assert set(tables["test.parquet"]["id_code"]) == set(pd.read_csv(folder / "test.csv")["id_code"])
    assert (tables["controls.parquet"]["sirna"] >= 1108).all()


def test_sirnas_to_predict_are_drawn_as_the_design_has_it(folder: Path) -> None:
    tables = read_wells(folder, seed=3).tables()
    test = tables["test.parquet"].merge(tables["truth.csv"])
    assert test["sirna"].is_unique
    train = pd.read_csv(folder / "train.csv")
    groups = train[train["experiment"] == "HUVEC-01"].set_index("sirna")["plate"]
    known = test[test["sirna"].isin(groups.index)]
    assert known.groupby("plate")["sirna"].agg(lambda codes: groups.loc[codes].nunique()).eq(1).all()
    assert not read_wells(folder, seed=4).tables()["truth.csv"].equals(tables["truth.csv"])


def test_named_sirnas_to_predict_stay(folder: Path, tmp_path: Path) -> None:
    for path in folder.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    test = pd.read_csv(tmp_path / "test.csv").assign(sirna=lambda frame: np.arange(len(frame)))
    test.to_csv(tmp_path / "test.csv", index=False)
    truth = read_wells(tmp_path).tables()["truth.csv"]
    assert truth.merge(test, on=["id_code", "sirna"]).shape[0] == len(test)


def test_embeddings_are_joined_by_site_or_averaged(folder: Path, tmp_path: Path) -> None:
    table = write_embeddings(tmp_path / "embeddings.csv", folder)
    wells = read_wells(folder)
    expected = table[["feature_0", "feature_1"]].to_numpy()
    np.testing.assert_array_equal(read_embeddings(tmp_path / "embeddings.csv", wells, 2), expected)
    mean = expected.reshape(-1, 2, 2).mean(axis=1)
    np.testing.assert_array_equal(read_embeddings(tmp_path / "embeddings.csv", wells, 1), mean)
    table.iloc[1:].to_csv(tmp_path / "embeddings.csv", index=False)
    with pytest.raises(DataError, match="has 1 embeddings, expected 2"):
        read_embeddings(tmp_path / "embeddings.csv", wells, 2)
    table.rename(columns={"site_id": "site"}).to_csv(tmp_path / "embeddings.csv", index=False)
    with pytest.raises(DataError, match="no column 'site_id'"):
        read_embeddings(tmp_path / "embeddings.csv", wells, 2)


def test_a_folder_is_a_design_of_the_generator(folder: Path, tmp_path: Path) -> None:
    drawn = replace(SCENARIOS["rxrx1"], design=str(folder), n_dims=2).tables(0)
    assert len(drawn["wells.parquet"]) == len(read_wells(folder).frame)
    for path in folder.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    table = write_embeddings(tmp_path / "embeddings.csv", folder)
    own = replace(SCENARIOS["rxrx1-sites"], design=str(tmp_path)).tables(0)["wells.parquet"]
    np.testing.assert_array_equal(own[["f00", "f01"]], table[["feature_0", "feature_1"]].astype("float32"))


WRONG = {
    "no table": (lambda folder: (folder / "test_controls.csv").unlink(), "no file .*test_controls.csv"),
    "another plate": (
        lambda folder: _edit(folder / "train.csv", lambda table: table.assign(plate=table["plate"] % 4 + 1)),
        "row 0 has the id_code .*, and its other columns say",
    ),
    "a well twice": (
        lambda folder: _edit(folder / "test.csv", lambda table: pd.concat([table, table.head(1)])),
        "stands twice",
    ),
    "no siRNA": (
        lambda folder: _edit(folder / "train.csv", lambda table: table.drop(columns="sirna")),
        "no column 'sirna'",
    ),
}


def _edit(path: Path, change: object) -> None:
    change(pd.read_csv(path)).to_csv(path, index=False)  # type: ignore[operator]


@pytest.mark.parametrize("name", WRONG)
def test_refuses_wrong_tables(folder: Path, tmp_path: Path, name: str) -> None:
    for path in folder.glob("*.csv"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    change, message = WRONG[name]
    change(tmp_path)
    with pytest.raises(DataError, match=message):
        read_wells(tmp_path)


def test_the_competitions_own_wells() -> None:
    """Counts and groups of the source; plates that lack wells are given siRNAs like any other."""
    wells = read_wells(real_data("rxrx1"))
    tables = wells.tables()
    train, test = tables["train.parquet"], tables["test.parquet"]
    assert (len(train), len(test), len(tables["controls.parquet"])) == (36515, 19897, 6343)
    sizes = pd.concat([train, test]).groupby(["experiment", "plate"]).size()
    assert (sizes.min(), sizes.max()) == (271, 277)
    assert train.groupby("cell_type")["experiment"].nunique().to_dict() == {
        "HEPG2": 7,
        "HUVEC": 16,
        "RPE": 7,
        "U2OS": 3,
    }
    plates = train.groupby(["experiment", "plate"]).ngroup().to_numpy()
    edges = coo_array((np.ones(len(train)), (train["sirna"], 1108 + plates)), shape=(1108 + 132, 1108 + 132))
    groups = connected_components(edges, directed=False)[1][:1108]
    assert np.unique(groups, return_counts=True)[1].tolist() == [277] * 4
    assert not train.duplicated(["experiment", "sirna"]).any()

    smallest, size = sizes.idxmin(), sizes.min()
    every = pd.concat([train, test.merge(tables["truth.csv"])], ignore_index=True)
    mine = every[(every["experiment"] == smallest[0]) & (every["plate"] == smallest[1])]
    scores = np.random.default_rng(0).random((size, 1108)).astype(np.float32)
    step = Assign(within=["experiment"]).fit(np.eye(1108, dtype=np.float32), every.head(1108))
    given = step.transform(scores / scores.sum(axis=1, keepdims=True), mine).argmax(axis=1)
    assert len(np.unique(given)) == size == 271
