from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from kit.features.encoders import statistics
from kit.features.encoders.groups import Groups
from kit.features.encoders.statistics import _comparators, group_statistics


@pytest.mark.parametrize("size", range(1, 17))
def test_the_network_sorts(size: int) -> None:
    # The zero-one principle: a network that sorts every sequence of zeros and ones sorts everything.
    sequences = np.array(
        list(product([0, 1], repeat=size)) if size <= 12 else _zeros_and_ones(size), dtype=np.float32
    ).T
    values = list(sequences.copy())
    for low, high in _comparators(size):
        assert low < high < size
        values[low], values[high] = np.minimum(values[low], values[high]), np.maximum(values[low], values[high])
    np.testing.assert_array_equal(np.stack(values), np.sort(sequences, axis=0))


def _zeros_and_ones(size: int) -> np.ndarray:
    return (np.arange(2**size)[:, None] >> np.arange(size)) & 1


@pytest.mark.parametrize("block_elements", [2**19, 1])
def test_statistics_of_small_and_large_groups(block_elements: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "_BLOCK_ELEMENTS", block_elements)
    rng = np.random.default_rng(0)
    sizes = [1, 2, 3, 4, 4, 5, 16, 17, 40]
    codes = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    Y = (rng.standard_normal((len(codes), 37)) * 50 + 1000).astype(np.float32)
    wanted = ["mean", 0.25, "std", 0.9, "first", 0.0, 1.0]
    found = group_statistics(Y, Groups.of(codes, len(sizes)), wanted)
    for group in range(len(sizes)):
        members = Y[codes == group].astype(np.float64)
        expected = [
            members.mean(axis=0),
            np.quantile(members, 0.25, axis=0),
            members.std(axis=0, ddof=1) if len(members) > 1 else np.zeros(37),
            np.quantile(members, 0.9, axis=0),
            members[0],
            members.min(axis=0),
            members.max(axis=0),
        ]
        np.testing.assert_allclose(found[:, group], expected, rtol=1e-6)


def test_rows_outside_the_groups_are_not_read() -> None:
    Y = np.arange(12, dtype=np.float32).reshape(6, 2)
    part = Groups.of(np.array([0, 1, 2, 0, 1, 2]), 3).part(1, 2)
    expected = group_statistics(Y, part, ["mean", "std", 0.5])
    Y[[0, 2, 3, 5]] = 1e30
    np.testing.assert_array_equal(group_statistics(Y, part, ["mean", "std", 0.5]), expected)


def test_std_of_values_far_from_zero() -> None:
    # The mean of squares less the squared mean is off by thousands here, in float32.
    Y = (1e4 + np.random.default_rng(0).standard_normal((500, 3))).astype(np.float32)
    found = group_statistics(Y, Groups.everyone(500), ["std"])[0, 0]
    np.testing.assert_allclose(found, Y.astype(np.float64).std(axis=0, ddof=1), rtol=1e-6)
