from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.config.schema import ColumnsConfig
from kit.problem_types import Regression


def test_floors_are_the_controls_of_means_and_a_rescale_stands_beside_the_score() -> None:
    rng = np.random.default_rng(0)
    Y = rng.standard_normal((8, 5)).astype(np.float32)
    rows = pd.DataFrame({"cell": list("aabbaabb")})
    found = dict(Regression().floors(ColumnsConfig(group="cell"), rows, Y, rows))
    assert list(found) == ["zeros", "mean", "per cell"]
    np.testing.assert_allclose(found["per cell"][0], Y[[0, 1, 4, 5]].mean(axis=0), rtol=1e-5, atol=1e-6)
    assert Regression().beside_score(Y, Y / 2)["best_scale"]["scale"] == pytest.approx(2.0, abs=1e-3)


def test_predictions_are_numbers_and_no_words() -> None:
    assert Regression().answers(np.zeros((2, 3), dtype=np.float32), ("a", "b", "c")) is None
