from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.errors import InputError
from kit.plugins import Plugin
from kit.postprocess import Among

ROWS = pd.DataFrame({"role": ["treatment", "control", "treatment", "control"]})
Y = np.eye(5, dtype=np.float32)[[0, 3, 2, 4]]
GIVEN = np.random.default_rng(0).dirichlet(np.ones(5), 6).astype(np.float32)


def test_classes_of_other_rows_get_nothing_and_the_rest_its_share() -> None:
    found = Among("role", ["treatment"]).fit(Y, ROWS).transform(GIVEN)
    assert (found[:, [1, 3, 4]] == 0).all()
    expected = GIVEN[:, [0, 2]] / GIVEN[:, [0, 2]].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found[:, [0, 2]], expected, rtol=1e-6)


def test_a_row_that_is_surely_of_another_class_gets_equal_ones(tmp_path: Path) -> None:
    step = Among("role", ["treatment"]).fit(Y, ROWS)
    sure = np.eye(5, dtype=np.float32)[[3]]
    np.testing.assert_array_equal(step.transform(sure), [[0.5, 0, 0.5, 0, 0]])
    step.save(tmp_path / "step")
    loaded = Plugin.load(tmp_path / "step")
    assert isinstance(loaded, Among)
    np.testing.assert_array_equal(loaded.transform(GIVEN), step.transform(GIVEN))


def test_refuses_what_it_cannot_learn_from() -> None:
    with pytest.raises(InputError, match=r"no row has 'role' among .'treated'.; the rows have 'control', 'treatment'"):
        Among("role", ["treated"]).fit(Y, ROWS)
    with pytest.raises(InputError, match=r"pass them beside the matrix"):
        Among("role", ["treatment"]).fit(Y)
