from __future__ import annotations

import numpy as np
import pytest

from kit.errors import InputError
from kit.metrics import PercentReplicating

CODES = np.repeat(np.arange(30), 4)
Y = np.eye(30, dtype=np.float32)[CODES]


def test_as_many_labels_pass_as_were_planted_and_a_guess_gets_its_share() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((120, 40))
    metric = PercentReplicating(draws=1000)
    assert metric(Y, vectors.astype(np.float32)) < 0.2
    planted = vectors + 2 * rng.standard_normal((30, 40))[CODES] * (CODES < 12)[:, None]
    assert 12 / 30 <= metric(Y, planted.astype(np.float32)) <= 14 / 30
    many = [metric(Y, np.random.default_rng(seed).standard_normal((120, 40)).astype(np.float32)) for seed in range(12)]
    assert np.mean(many) == pytest.approx(0.05, abs=0.03)


def test_medians_of_pairs_and_their_limit_by_hand() -> None:
    vectors = np.random.default_rng(3).standard_normal((120, 10)).astype(np.float32)
    vectors[:4] = [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]] * 4 + 0.01 * vectors[:4]
    replicates, members = PercentReplicating(draws=500).labels(vectors, CODES)
    assert replicates[0] == 1
    assert [list(rows) for rows in members[:2]] == [[0, 1, 2, 3], [4, 5, 6, 7]]


def test_a_resample_weighs_labels_by_their_rows() -> None:
    vectors = np.random.default_rng(4).standard_normal((120, 10))
    vectors += 5 * np.random.default_rng(5).standard_normal((30, 10))[CODES] * (CODES < 15)[:, None]
    metric = PercentReplicating(draws=500)
    counts = np.zeros((2, 120))
    counts[0, CODES < 15], counts[1, CODES == 0] = 1, 3
    np.testing.assert_allclose(metric.resampled(Y, vectors.astype(np.float32), counts), [1.0, 1.0])


def test_one_size_of_draws_for_all_raises_the_bar_of_labels_of_more_rows() -> None:
    """Medians of many pairs vary less than one: eight rows that are weakly alike pass the bar of eight alone."""
    rng = np.random.default_rng(0)
    codes = np.concatenate([np.repeat(np.arange(40), 2), np.repeat(np.arange(40, 50), 8)])
    alike = 0.8 * rng.standard_normal((50, 20))[codes] * (codes >= 40)[:, None]
    vectors, Y = (rng.standard_normal((160, 20)) + alike).astype(np.float32), np.eye(50, dtype=np.float32)[codes]
    own, fixed = (PercentReplicating(size=size, draws=2000).labels(vectors, codes)[0] for size in (None, 2))
    assert own[40:].mean() > 0.9
    assert fixed[40:].mean() < 0.5
    np.testing.assert_array_equal(own[:40], fixed[:40])
    assert PercentReplicating(size=2, draws=2000)(Y, vectors) == pytest.approx(fixed.mean())


def test_labels_of_one_row_each_are_refused() -> None:
    with pytest.raises(InputError, match="shares its label"):
        PercentReplicating()(np.eye(3, dtype=np.float32), np.ones((3, 2), dtype=np.float32))
