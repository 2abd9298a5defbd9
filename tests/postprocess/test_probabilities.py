from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from kit.errors import InputError
from kit.plugins import Plugin
from kit.postprocess import Probabilities

CLASSES = np.eye(3, dtype=np.float32)


def test_rows_sum_to_one_whatever_the_scores() -> None:
    scores = np.array([[2, 1, 1], [-1, 3, 0], [-5, -1, -2], [0, 0, 0]], dtype=np.float32)
    found = Probabilities().fit(CLASSES).transform(scores)
    third = 1 / 3
    np.testing.assert_allclose(
        found, [[0.5, 0.25, 0.25], [0, 1, 0], [third, third, third], [third, third, third]], rtol=1e-6
    )
    assert found.dtype == np.float32
    assert scores[1, 0] == -1


def test_probabilities_stay_as_they_are_to_rounding() -> None:
    given = np.random.default_rng(0).dirichlet(np.ones(5), 20).astype(np.float32)
    steps = Probabilities().fit(np.eye(5, dtype=np.float32))
    np.testing.assert_allclose(steps.transform(given), given, rtol=1e-6)


def test_saved_and_loaded_is_the_same(tmp_path: Path) -> None:
    Probabilities().fit(CLASSES).save(tmp_path / "step")
    loaded = Plugin.load(tmp_path / "step")
    assert isinstance(loaded, Probabilities)
    np.testing.assert_array_equal(loaded.transform(CLASSES), CLASSES)


def test_refuses_wrong_input() -> None:
    with pytest.raises(NotFittedError):
        Probabilities().transform(CLASSES)
    with pytest.raises(InputError, match="expected 3 columns"):
        Probabilities().fit(CLASSES).transform(CLASSES[:, :2])
