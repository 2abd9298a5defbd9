from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from kit.config.schema import ColumnsConfig, SetConfig
from kit.problem_types.mean_floors import mean_floors
from kit.sets import members_of, written_set
from tests.training.formulas import floor_predictions

COLUMNS = ColumnsConfig(keys=["cell_type", "sm_name"], group="cell_type", compound="sm_name")


@pytest.fixture
def rows() -> pd.DataFrame:
    return pd.DataFrame({"cell_type": list("AAABBC"), "sm_name": list("xyzxyx")})


@pytest.fixture
def targets() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((6, 4)).astype(np.float32)


def test_floors_are_the_benchmarks_controls_also_for_what_was_never_seen(
    rows: pd.DataFrame, targets: np.ndarray
) -> None:
    new = pd.DataFrame({"cell_type": ["A", "C", "C", "unseen", "unseen"], "sm_name": ["x", "z", "new", "y", "new"]})
    expected = floor_predictions(rows, targets, new)
    found = dict(mean_floors(COLUMNS, rows, targets, new))
    assert list(found) == list(expected)
    for name, values in found.items():
        np.testing.assert_allclose(values, expected[name], atol=1e-6, err_msg=name)


def test_without_compounds_the_floors_of_compounds_are_left_out(rows: pd.DataFrame, targets: np.ndarray) -> None:
    columns = ColumnsConfig(keys=["cell_type", "sm_name"], group="cell_type")
    found = dict(mean_floors(columns, rows, targets, rows))
    assert list(found) == ["zeros", "mean", "per cell_type"]


def test_the_members_of_a_set_add_up_in_whatever_order() -> None:
    rng = np.random.default_rng(1)
    effects = {member: rng.standard_normal(5) for member in "abcdef"}
    pairs = [pair for pair in combinations("abcdef", 2) if pair != ("b", "e")]
    rows = pd.DataFrame([(cell, written_set(pair)) for cell in "TB" for pair in pairs], columns=["cell", "genes"])
    cell_effects = {"T": np.zeros(5), "B": rng.standard_normal(5)}
    Y = np.array([cell_effects[row.cell] + sum(effects[m] for m in members_of(row.genes)) for row in rows.itertuples()])
    columns = ColumnsConfig(
        keys=["cell", "genes"], group="cell", compound="genes", sets={"genes": SetConfig(columns=["a", "b"])}
    )
    new = pd.DataFrame({"cell": ["B"], "genes": [written_set("eb")]})
    found = dict(mean_floors(columns, rows, Y.astype(np.float32), new))
    assert list(found) == ["zeros", "mean", "per cell", "per genes", "additive"]
    np.testing.assert_allclose(found["additive"][0], cell_effects["B"] + effects["b"] + effects["e"], atol=0.1)
