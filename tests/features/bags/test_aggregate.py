from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import expm
from scipy.stats import kurtosis, median_abs_deviation, skew

from kit.errors import DataError, InputError, ParameterError
from kit.features import Aggregate, Bags
from kit.features.bags.statistics import STATISTICS

COLUMNS = ["x0", "x1", "x2"]
ROWS = pd.DataFrame({"plate": ["a", "a", "b"], "well": [1, 2, 1]})


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    parts = [
        pd.DataFrame(rng.standard_normal((size, 3)) + place, columns=COLUMNS).assign(plate=plate, well=well)
        for place, (plate, well, size) in enumerate([("a", 1, 30), ("a", 2, 50), ("b", 1, 20), ("b", 9, 5)])
    ]
    path = tmp_path / "cells.parquet"
    pd.concat(parts).sample(frac=1, random_state=0).to_parquet(path, index=False)
    return path


def aggregate(path: Path, **options: object) -> Aggregate:
    return Aggregate(str(path), ["plate", "well"], COLUMNS, **options)  # type: ignore[arg-type]


def of_bag(path: Path, row: int) -> np.ndarray:
    frame = pd.read_parquet(path)
    mine = (frame["plate"] == ROWS["plate"][row]) & (frame["well"] == ROWS["well"][row])
    return frame.loc[mine, COLUMNS].to_numpy(dtype=np.float32).astype(np.float64)


def test_statistics_are_those_of_numpy_scipy_and_pandas(table: Path) -> None:
    moments = ["magnitude", "skewness", "kurtosis"]
    names = ["mean", "median", "std", "mad", *moments, "quantiles", "second_moments", "covariance"]
    builder = aggregate(table, statistics=names, quantiles=[0.2, 0.9])
    found = pd.DataFrame(builder.fit_transform(ROWS), columns=builder.get_feature_names_out())
    for row in range(3):
        points = of_bag(table, row)
        expected = {
            "x1__mean": points[:, 1].mean(),
            "x2__median": np.median(points[:, 2]),
            "x0__std": points[:, 0].std(),
            "x1__mad": median_abs_deviation(points[:, 1]),
            "x0__magnitude": np.abs(points[:, 0]).mean(),
            "x1__skewness": skew(points[:, 1]),
            "x2__kurtosis": kurtosis(points[:, 2]),
            "x2__q0.9": np.quantile(points[:, 2], 0.9),
            "x0*x0__second_moments": np.mean(points[:, 0] ** 2),
            "x0*x2__second_moments": np.sqrt(2) * np.mean(points[:, 0] * points[:, 2]),
            "x1*x2__covariance": np.sqrt(2) * np.cov(points.T, ddof=0)[1, 2],
        }
        for name, value in expected.items():
            assert found[name][row] == pytest.approx(value, rel=1e-5, abs=1e-6), name
    by_pandas = pd.read_parquet(table).groupby(["plate", "well"])[COLUMNS].mean().iloc[:3]
    np.testing.assert_allclose(found[[f"{name}__mean" for name in COLUMNS]], by_pandas, rtol=1e-5)


def test_the_logarithm_of_a_covariance_is_its_own(table: Path) -> None:
    builder = aggregate(table, statistics=["log_covariance"])
    found = builder.fit_transform(ROWS)[0].astype(np.float64)
    matrix = np.zeros((3, 3))
    rows, columns = np.triu_indices(3)
    matrix[rows, columns] = found / np.where(rows == columns, 1, np.sqrt(2))
    matrix = matrix + np.triu(matrix, 1).T
    np.testing.assert_allclose(expm(matrix), np.cov(of_bag(table, 0).T, ddof=0), rtol=1e-4)


def test_points_are_standardised_within_their_plate(table: Path) -> None:
    frame = pd.read_parquet(table)
    frame[COLUMNS] = frame.groupby("plate")[COLUMNS].transform(
        lambda values: (values - values.mean()) / values.std(ddof=0)
    )
    expected = frame.groupby(["plate", "well"])[COLUMNS].mean().iloc[:3]
    np.testing.assert_allclose(aggregate(table, within=["plate"]).fit_transform(ROWS), expected, rtol=1e-4, atol=1e-6)
    whole = Bags(str(table), ["plate", "well"], COLUMNS, within=["plate"]).fit_transform(ROWS).reshape(3, 50, 3)
    np.testing.assert_allclose(np.nanmean(whole, axis=1), expected, rtol=1e-4, atol=1e-6)
    with pytest.raises(DataError, match=r"no column 'plates'.*did you mean 'plate'"):
        aggregate(table, within=["plates"]).fit(ROWS)


def test_a_constant_column_has_the_shape_of_none() -> None:
    flat = np.full((7, 2), 3.0)
    np.testing.assert_array_equal(
        [STATISTICS[name](flat) for name in ("std", "skewness", "kurtosis")], np.zeros((3, 2))
    )


def test_the_order_of_points_changes_nothing(table: Path, tmp_path: Path) -> None:
    frame = pd.read_parquet(table)
    frame.sample(frac=1, random_state=5).to_csv(tmp_path / "again.csv", index=False)
    every = ["mean", "mad", "second_moments", "log_covariance"]
    before = aggregate(table, statistics=every).fit_transform(ROWS)
    after = aggregate(tmp_path / "again.csv", statistics=every).fit_transform(ROWS)
    np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-6)


def test_a_saved_builder_does_without_the_table_and_knows_bags_of_no_training_row(table: Path, tmp_path: Path) -> None:
    builder = aggregate(table).fit(ROWS)
    builder.save(tmp_path / "saved")
    new = pd.DataFrame({"plate": ["b"], "well": [9]})
    expected = builder.transform(new)
    table.unlink()
    np.testing.assert_array_equal(Aggregate.load(tmp_path / "saved").transform(new), expected)


def test_a_sample_of_points_is_drawn_bag_by_bag(table: Path) -> None:
    some = aggregate(table, sample=10).fit(ROWS)
    assert not np.allclose(some.transform(ROWS), aggregate(table).fit_transform(ROWS))
    np.testing.assert_array_equal(some.transform(ROWS.iloc[[2]])[0], some.transform(ROWS)[2])
    few = aggregate(table, sample=1000).fit_transform(ROWS)
    np.testing.assert_array_equal(few, aggregate(table).fit_transform(ROWS))


def test_bags_lie_point_after_point_and_end_in_gaps(table: Path, tmp_path: Path) -> None:
    builder = Bags(str(table), ["plate", "well"], {"pattern": "x\\d"})
    found = builder.fit_transform(ROWS)
    assert found.shape == (3, 50 * 3)
    assert builder.expected_features(ROWS) == 150
    assert list(builder.get_feature_names_out()[:4]) == ["point0__x0", "point0__x1", "point0__x2", "point1__x0"]
    for row in range(3):
        points = of_bag(table, row)
        np.testing.assert_array_equal(found[row, : points.size], points.astype(np.float32).ravel())
        assert np.isnan(found[row, points.size :]).all()
    builder.save(tmp_path / "saved")
    np.testing.assert_array_equal(Bags.load(tmp_path / "saved").transform(ROWS), found)
    pd.read_parquet(table).iloc[1:].to_parquet(table, index=False)
    with pytest.raises(DataError, match="was changed since the fit"):
        builder.transform(ROWS)


def test_bags_of_a_sample_are_no_larger(table: Path) -> None:
    found = Bags(str(table), ["plate", "well"], COLUMNS, sample=25).fit_transform(ROWS).reshape(3, 25, 3)
    assert (~np.isnan(found).any(axis=2)).sum(axis=1).tolist() == [25, 25, 20]
    whole = {tuple(point) for point in of_bag(table, 1).astype(np.float32)}
    assert all(tuple(point) in whole for point in found[1])


WRONG = {
    "no file": ({"path": "none.parquet"}, ROWS, DataError, "no file 'none.parquet'"),
    "no key": ({"by": ["plate", "wel"]}, ROWS, InputError, "no column 'wel'.*did you mean 'well'"),
    "no value": ({"values": ["x0", "x9"]}, ROWS, DataError, "no column 'x9'"),
    "no match": ({"values": {"pattern": "z.*"}}, ROWS, DataError, "matches none of its columns"),
    "text": ({"values": ["x0", "name"]}, ROWS, DataError, "'name' does not hold numbers"),
    "no points": (
        {},
        ROWS.assign(well=[1, 7, 1]),
        InputError,
        "no points of 1 of 3 rows, the first of plate 'a'",
    ),
    "twice": ({"statistics": ["mean", "mean"]}, ROWS, ParameterError, "names one twice"),
}


@pytest.mark.parametrize("name", WRONG)
def test_refuses_wrong_input(table: Path, name: str) -> None:
    pd.read_parquet(table).assign(name="cell").to_parquet(table, index=False)
    options, rows, error, message = WRONG[name]
    given = {"path": str(table), "by": ["plate", "well"], "values": COLUMNS} | options
    with pytest.raises(error, match=message):
        Aggregate(**given).fit(rows)  # type: ignore[arg-type]


def test_a_point_with_a_gap_is_named(table: Path) -> None:
    frame = pd.read_parquet(table)
    frame.loc[4, "x1"] = np.nan
    frame.to_parquet(table, index=False)
    with pytest.raises(DataError, match="row 4 of 'x1' is missing or infinite"):
        aggregate(table).fit(ROWS)
