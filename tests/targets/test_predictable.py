"""The rank that prediction of hidden rows in hidden targets tells."""

from __future__ import annotations

import numpy as np
import pytest

from kit.models import Ridge
from kit.targets import TargetSVD
from kit.targets.predictable import halves, predictable_rank


def table(rank: int, n_rows: int, n_targets: int, noise: float, seed: int = 0) -> np.ndarray:
    """A table of the given rank, each component half as large as the one before it, and noise."""
    rng = np.random.default_rng(seed)
    sizes = 2.0 ** -np.arange(rank)
    signal = (rng.normal(size=(n_rows, rank)) * sizes) @ rng.normal(size=(rank, n_targets))
    return np.asarray(signal + noise * rng.normal(size=(n_rows, n_targets)), dtype=np.float32)


@pytest.mark.parametrize("shape", [(60, 900), (900, 60), (200, 200)], ids=str)
def test_a_planted_rank_is_found_where_there_is_little_noise(shape: tuple[int, int]) -> None:
    # What is left out of a rank of 4 explains 3/4 of a per cent of the sum of squares, of 5 two permille.
    for rank, noise in ((2, 0.0), (2, 1e-3), (4, 1e-3)):
        assert TargetSVD("auto").fit(table(rank, *shape, noise)).n_components_ == rank
    assert TargetSVD("auto").fit(table(9, *shape, 1e-3)).n_components_ in (4, 5)


def test_noise_alone_has_nothing_that_can_be_predicted() -> None:
    noise = np.random.default_rng(0).normal(size=(120, 2000)).astype(np.float32)
    assert TargetSVD("auto").fit(noise).n_components_ == 1
    assert predictable_rank(np.eye(1), np.eye(1)) == 1
    assert predictable_rank(np.zeros((5, 5)), np.zeros((5, 5))) == 1


def test_weak_components_that_help_a_model_that_shrinks_are_kept() -> None:
    # Ten components under the noise, and features that know them.
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(160, 10))
    Y = (factors @ rng.normal(size=(10, 400)) / 2 + rng.normal(0, 4, (160, 400))).astype(np.float32)
    X = np.hstack([factors, rng.normal(size=(160, 30))])
    few, auto = TargetSVD("gavish_donoho").fit(Y[:120]), TargetSVD("auto").fit(Y[:120])
    assert few.n_components_ < 10 <= auto.n_components_
    errors = []
    for target in (few, auto):
        model = Ridge(penalty="auto").fit(X[:120], target.transform(Y[:120]))
        errors.append(float(((target.inverse_transform(model.predict(X[120:])) - Y[120:]) ** 2).mean()))
    assert errors[1] < errors[0]


def test_each_target_is_in_one_half_and_the_draw_is_the_same_each_time() -> None:
    first, second = halves(11)
    assert sorted([*first, *second]) == list(range(11))
    assert (len(first), len(second)) == (5, 6)
    np.testing.assert_array_equal(halves(11)[0], first)


def test_a_table_of_one_row_or_of_one_target_has_one_component() -> None:
    for shape in ((1, 50), (50, 1), (2, 3)):
        target = TargetSVD("auto", center="mean").fit(table(1, *shape, 0.1))
        assert 1 <= target.n_components_ <= min(shape)
        assert target.report() == {"n_components": target.n_components_}


def test_gaps_change_the_rank_little() -> None:
    whole = table(3, 80, 600, 0.1)
    gaps = whole.copy()
    gaps[np.random.default_rng(1).random(whole.shape) < 0.12] = np.nan
    assert TargetSVD("auto").fit(gaps).n_components_ == TargetSVD("auto").fit(whole).n_components_ == 3
