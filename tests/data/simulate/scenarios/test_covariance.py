from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.data.simulate import SCENARIOS, get_simulated, is_complete, write_simulated
from kit.data.simulate.scenarios.covariance import CovarianceToy, ThirdOrderToy
from kit.errors import InputError


def of_class(toy: CovarianceToy, label: int, draw: int = 0) -> np.ndarray:
    points = toy.tables(0)["points.parquet"]
    mine = (points["draw"] == draw) & points["bag"].str.startswith(f"{label}-")
    return points.loc[mine, ["x0", "x1"]].to_numpy(dtype=np.float64)


def test_classes_have_the_planted_covariance() -> None:
    toy = CovarianceToy("toy", n_points=400)
    for label in (0, 3):
        angle = np.pi * label / 10
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        matrix = turn @ np.array([[1, 0.5], [0.5, 1]]) @ turn.T
        np.testing.assert_allclose(np.cov(of_class(toy, label).T), matrix @ matrix, atol=0.2)


def test_the_first_draw_is_that_of_the_source() -> None:
    np.random.seed(42)  # noqa: NPY002
    expected = np.random.randn(80, 2) @ np.array([[1, 0.5], [0.5, 1]])  # noqa: NPY002
    np.testing.assert_allclose(of_class(CovarianceToy("toy", n_points=20), 0), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("toy", "covariance"),
    [
        (CovarianceToy("toy", 100, "standardised"), [1, 1]),
        (CovarianceToy("toy", 100, "sphered", 0.0), [1, 1]),
    ],
)
def test_standardised_and_sphered_classes_have_unit_variances(toy: CovarianceToy, covariance: list[float]) -> None:
    points = of_class(toy, 3)
    np.testing.assert_allclose(np.diag(np.cov(points.T)), covariance, rtol=0.01)
    correlation = np.corrcoef(points.T)[0, 1]
    assert abs(correlation) > 0.3 if toy.form == "standardised" else abs(correlation) < 1e-6


def test_sides_and_sizes(tmp_path: Path) -> None:
    tables = CovarianceToy("toy", n_points=5).tables(1)
    bags = tables["bags.csv"]
    assert len(bags) == 400
    assert set(bags.loc[bags["side"] == "validation", "class"]) == {0, 4, 5, 7}
    assert (tables["points.parquet"].groupby(["draw", "bag"]).size() == 5).all()
    assert not tables["points.parquet"].equals(CovarianceToy("toy", n_points=5).tables(2)["points.parquet"])


def test_written_once_whole_and_known_again(tmp_path: Path) -> None:
    toy = get_simulated("toy-covariance-80")
    write_simulated(toy, 0, tmp_path / "data")
    assert is_complete(tmp_path / "data", toy, 0)
    assert not is_complete(tmp_path / "data", toy, 1)
    assert not is_complete(tmp_path / "data", SCENARIOS["toy-covariance"], 0)
    assert len(pd.read_parquet(tmp_path / "data" / "points.parquet")) == 400 * 80
    (tmp_path / "data" / "bags.csv").unlink()
    assert not is_complete(tmp_path / "data", toy, 0)
    with pytest.raises(InputError, match="did you mean 'toy-covariance'"):
        get_simulated("toy-covarianc")


def test_classes_of_third_order_differ_in_their_shape_alone() -> None:
    points = ThirdOrderToy("toy", n_points=500).tables(0)["points.parquet"]
    points = points[points["draw"] == 0]
    of_class = points.groupby(points["bag"].str[0])[["x0", "x1"]]
    np.testing.assert_allclose(of_class.mean(), 0, atol=1e-6)
    np.testing.assert_allclose(of_class.std(ddof=0), 1, atol=1e-5)
    fourth = (points[["x0", "x1"]] ** 4).groupby(points["bag"].str[0]).mean().mean(axis=1)
    assert fourth["9"] > 10 > 3 > fourth["4"]  # heavy tails with x³, light ones a little against it
