from __future__ import annotations

import numpy as np
import pytest

from kit.errors import InputError
from kit.training.scoring.correlations import mean_with_others, prediction_correlations


def test_agrees_with_numpy() -> None:
    rng = np.random.default_rng(0)
    common = rng.normal(size=(7, 9))
    members = {
        name: (common + size * rng.normal(size=(7, 9)) + 3).astype(np.float32)
        for name, size in zip("ba", (0.5, 2), strict=True)
    }
    table = prediction_correlations(members)
    assert list(table.index) == list(table.columns) == ["a", "b"]
    expected = np.corrcoef([members["a"].ravel().astype(float), members["b"].ravel().astype(float)])
    np.testing.assert_allclose(table, expected, rtol=1e-9)


def test_the_mean_with_the_others_leaves_out_oneself() -> None:
    rng = np.random.default_rng(0)
    table = prediction_correlations({name: rng.normal(size=(5, 6)).astype(np.float32) for name in "abc"})
    np.testing.assert_allclose(mean_with_others(table)[0], (table.loc["a", "b"] + table.loc["a", "c"]) / 2)
    assert np.isnan(mean_with_others(table.loc[["a"], ["a"]])).all()


def test_a_constant_has_no_correlation() -> None:
    values = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    table = prediction_correlations({"a": values, "flat": np.full_like(values, 0.1), "minus": -values})
    assert table.loc["a", "minus"] == pytest.approx(-1)
    assert table.isna().to_numpy().tolist() == [[False, True, False], [True] * 3, [False, True, False]]


def test_shapes_must_agree() -> None:
    with pytest.raises(InputError, match="shape"):
        prediction_correlations({"a": np.zeros((2, 3), np.float32), "b": np.zeros((3, 3), np.float32)})
