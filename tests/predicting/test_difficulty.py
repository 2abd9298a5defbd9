"""How hard a row is, from what is known of it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kit.config.schema import ColumnsConfig, SetConfig
from kit.predicting.difficulty import Difficulty, known_of


def test_sizes_that_hang_on_what_is_known_are_found() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    sizes = 1 + 0.5 * X[:, 0] + 0.1 * rng.normal(size=300)
    difficulty, left_out = Difficulty.fit(X, sizes, np.arange(300))
    new = np.clip(rng.normal(size=(100, 3)), -2, 2)
    np.testing.assert_allclose(difficulty.predict(new), 1 + 0.5 * new[:, 0], atol=0.1)
    assert np.corrcoef(left_out, sizes)[0, 1] > 0.9
    # Beyond what was seen, a row is as hard as the hardest.
    assert difficulty.predict(np.array([[1e6, 0, 0]])) <= 1 + 0.5 * X[:, 0].max() + 0.2


def test_what_says_nothing_leaves_all_rows_equally_hard() -> None:
    rng = np.random.default_rng(1)
    difficulty, left_out = Difficulty.fit(rng.normal(size=(40, 3)), rng.normal(size=40), np.arange(40))
    assert np.ptp(difficulty.predict(rng.normal(size=(50, 3)))) < 0.5
    assert np.std(left_out) < 0.5
    same, _ = Difficulty.fit(np.ones((10, 2)), np.zeros(10), np.arange(10))
    np.testing.assert_array_equal(same.predict(np.full((3, 2), 7.0)), 0)


def test_a_row_is_predicted_by_the_other_units_alone() -> None:
    rng = np.random.default_rng(2)
    X, units = rng.normal(size=(60, 2)), np.repeat(np.arange(12), 5)
    sizes = X @ [1.0, -1.0] + 0.3 * rng.normal(size=60)
    _, left_out = Difficulty.fit(X, sizes, units)
    changed = sizes.copy()
    changed[units == 3] += 0.01
    _, again = Difficulty.fit(X, changed, units)
    np.testing.assert_allclose(again[units == 3], left_out[units == 3], atol=1e-9)
    assert not np.allclose(again[units != 3], left_out[units != 3], atol=1e-9)


def test_what_is_known_of_rows() -> None:
    train = pd.DataFrame({"cell": ["T", "T", "B"], "genes": ["a + b", "b + c", "b"]})
    rows = pd.DataFrame({"cell": ["T", "NK"], "genes": ["a + b", "x"]})
    columns = ColumnsConfig(keys=["cell", "genes"], group="cell", sets={"genes": SetConfig(separator="+")})
    X = known_of(rows, train, columns, np.array([[3.0, -3.0], [1.0, 1.0]], np.float32), [np.array([2.0, 1.0])])
    expected = np.log([[3, 1 + 2, 1 + (1 + 3) / 2, 2], [1, 1, 1, 1]])
    np.testing.assert_allclose(X, expected, atol=1e-6)
