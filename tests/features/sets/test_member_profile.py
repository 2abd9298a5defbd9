from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.arrays import Floats
from kit.features import MemberProfile
from kit.sets import members_of, written_set


@pytest.fixture
def drawn() -> tuple[pd.DataFrame, Floats]:
    rng = np.random.default_rng(3)
    sets = [written_set(rng.choice(list("abcdef"), size=rng.integers(1, 4))) for _ in range(20)]
    return pd.DataFrame({"pair": sets}), rng.standard_normal((20, 3), dtype=np.float32)


def profile(members: tuple[str, ...], rows: pd.DataFrame, Y: Floats, shrinkage: float) -> np.ndarray:
    """The definition, row by row."""
    prior = Y.mean(axis=0)
    parts = []
    for member in members:
        own = Y[[member in members_of(text) for text in rows["pair"]]]
        total = len(own) + shrinkage
        parts.append((own.sum(axis=0) + shrinkage * prior) / total if total else prior)
    return np.mean(parts, axis=0)


@pytest.mark.parametrize("shrinkage", [0.0, 2.0])
def test_a_set_is_described_by_its_members_in_other_rows(drawn: tuple[pd.DataFrame, Floats], shrinkage: float) -> None:
    rows, Y = drawn
    built = MemberProfile("pair", shrinkage)
    training = built.fit_transform(rows, Y)
    for row, text in enumerate(rows["pair"]):
        others = np.arange(len(rows)) != row
        expected = profile(members_of(text), rows[others], Y[others], shrinkage)
        np.testing.assert_allclose(training[row], expected, rtol=1e-5, atol=1e-6)
    new = pd.DataFrame({"pair": [written_set("af"), "b", written_set(["c", "unseen"])]})
    expected_new = [profile(members_of(text), rows, Y, shrinkage) for text in new["pair"]]
    np.testing.assert_allclose(built.transform(new), expected_new, rtol=1e-5, atol=1e-6)


def test_a_rows_own_targets_are_not_in_its_features(drawn: tuple[pd.DataFrame, Floats]) -> None:
    rows, Y = drawn
    before = MemberProfile("pair").fit_transform(rows, Y)
    Y[4] = 1e6
    np.testing.assert_array_equal(MemberProfile("pair").fit_transform(rows, Y)[4], before[4])
