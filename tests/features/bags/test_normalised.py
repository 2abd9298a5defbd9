from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import median_abs_deviation

from kit.errors import DataError, InputError, ParameterError
from kit.features import Normalised

VALUES = ["f0", "f1", "f2"]


def make_wells() -> pd.DataFrame:
    """Return three plates of 40 wells, each shifted and scaled in its own way; ten wells of a plate are controls."""
    rng = np.random.default_rng(0)
    plates = []
    for plate, (shift, scale) in {"a": (0, 1), "b": (5, 2), "c": (-3, 0.5)}.items():
        mixed = rng.standard_normal((40, 3)) @ np.array([[1, 0.8, 0], [0, 1, 0], [0, 0, 2]])
        frame = pd.DataFrame(shift + scale * mixed, columns=VALUES)
        frame.insert(0, "kind", ["control"] * 10 + ["treated"] * 30)
        frame.insert(0, "well", range(40))
        plates.append(frame.assign(plate=plate))
    return pd.concat(plates, ignore_index=True)


WELLS = make_wells()
ROWS = WELLS.loc[WELLS["kind"] == "treated", ["plate", "well"]].sample(frac=0.5, random_state=0).reset_index(drop=True)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    WELLS.sample(frac=1, random_state=1).to_parquet(tmp_path / "wells.parquet", index=False)
    return tmp_path / "wells.parquet"


def normalised(path: Path, **options: object) -> Normalised:
    return Normalised(str(path), ["plate", "well"], VALUES, ["plate"], **options)  # type: ignore[arg-type]


def of_plate(plate: str, kind: str | None = None) -> np.ndarray:
    mine = (WELLS["plate"] == plate) & ((WELLS["kind"] == kind) if kind else True)
    return WELLS.loc[mine, VALUES].to_numpy(dtype=np.float64)


@pytest.mark.parametrize("reference", ["all", "controls"])
@pytest.mark.parametrize("method", ["z", "robust", "centre"])
def test_each_plate_is_brought_to_the_scale_of_its_reference(table: Path, method: str, reference: str) -> None:
    control = {"kind": "control"} if reference == "controls" else None
    found = normalised(table, method=method, reference=reference, control=control).fit_transform(ROWS)
    for row in range(len(ROWS)):
        plate = ROWS["plate"][row]
        others = of_plate(plate, "control" if control else None)
        own = of_plate(plate)[ROWS["well"][row]]
        if method == "robust":
            expected = (own - np.median(others, axis=0)) / median_abs_deviation(others, scale="normal", axis=0)
        else:
            expected = (own - others.mean(axis=0)) / (others.std(axis=0) if method == "z" else 1)
        np.testing.assert_allclose(found[row], expected, rtol=1e-3, atol=1e-4)


def test_sphering_makes_the_covariance_of_the_reference_the_identity(table: Path) -> None:
    every = WELLS[["plate", "well"]]
    whole = normalised(table, method="sphere", regularization=0.0).fit_transform(every)
    for plate in "abc":
        mine = whole[(WELLS["plate"] == plate).to_numpy()]
        np.testing.assert_allclose(np.cov(mine.T, ddof=0), np.eye(3), atol=1e-3)
    damped = normalised(table, method="sphere", regularization=10.0).fit_transform(every)
    assert damped.var() < 0.2 * whole.var()


def test_without_plates_the_whole_table_is_one(table: Path) -> None:
    found = Normalised(str(table), ["plate", "well"], VALUES).fit_transform(WELLS[["plate", "well"]])
    np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-5)
    assert abs(found[(WELLS["plate"] == "b").to_numpy()].mean()) > 0.5  # the plates' shifts are still there


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    """Two sites a well, of which one well has lost one."""
    again = [WELLS.assign(site=site, f0=WELLS["f0"] + shift) for site, shift in ((1, 0.0), (2, 0.5))]
    table = pd.concat(again).reset_index(drop=True)
    lost = table.index[(table["plate"] == ROWS["plate"][0]) & (table["well"] == ROWS["well"][0])][1]
    table.drop(index=lost).sample(frac=1, random_state=2).to_parquet(tmp_path / "sites.parquet", index=False)
    return tmp_path / "sites.parquet"


def test_a_well_of_several_lines_gets_them_or_their_mean(sites: Path) -> None:
    of_lines = Normalised(str(sites), ["plate", "well", "site"], VALUES, ["plate"])
    first = of_lines.fit_transform(ROWS.assign(site=1))
    second = of_lines.transform(ROWS.iloc[1:].assign(site=2))
    mean = normalised(sites, several="mean").fit_transform(ROWS)
    np.testing.assert_allclose(mean[1:], (first[1:] + second) / 2, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(mean[0], first[0], rtol=1e-6)
    builder = normalised(sites, several="side_by_side")
    beside = builder.fit_transform(ROWS)
    assert beside.shape[1] == builder.expected_features(ROWS) == 6
    assert list(builder.get_feature_names_out()) == [f"{name}__{line}" for line in (1, 2) for name in VALUES]
    np.testing.assert_allclose(
        np.sort(beside[1:].reshape(-1, 2, 3), axis=1), np.sort(np.stack([first[1:], second], 1), 1)
    )
    np.testing.assert_array_equal(beside[0], np.tile(first[0], 2))


def test_features_hang_on_no_other_row_and_survive_the_table(table: Path, tmp_path: Path) -> None:
    builder = normalised(table)
    together = builder.fit_transform(ROWS)
    np.testing.assert_array_equal(normalised(table).fit(ROWS.iloc[:3]).transform(ROWS), together)
    builder.save(tmp_path / "saved")
    table.unlink()
    np.testing.assert_array_equal(Normalised.load(tmp_path / "saved").transform(ROWS.iloc[[4]])[0], together[4])


WRONG = {
    "no control said": ({"reference": "controls"}, ROWS, ParameterError, "reference: controls, and it is not given"),
    "a control for all": ({"control": {"kind": "control"}}, ROWS, ParameterError, "and reference is 'all'"),
    "no such control": (
        {"reference": "controls", "control": {"kind": "DMSO"}},
        ROWS,
        DataError,
        "has kind 'DMSO'; it has 'control', 'treated'",
    ),
    "no such column": ({"within": ["plates"]}, ROWS, DataError, "no column 'plates'.*did you mean 'plate'"),
    "no such well": ({}, ROWS.assign(well=99), InputError, "no points of 45 of 45 rows"),
    "too few keys": ({"by": ["well"]}, ROWS, DataError, "stands twice"),
    "a plate without control": (
        {"reference": "controls", "control": {"kind": "control"}, "within": ["well"]},
        ROWS,
        DataError,
        "no control in 10",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_refuses_wrong_input(table: Path, name: str) -> None:
    options, rows, error, message = WRONG[name]
    given = {"path": str(table), "by": ["plate", "well"], "values": VALUES, "within": ["plate"]} | options
    with pytest.raises(error, match=message):
        Normalised(**given).fit(rows)  # type: ignore[arg-type]
