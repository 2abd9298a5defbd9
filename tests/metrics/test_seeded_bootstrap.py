from __future__ import annotations

import numpy as np
import pytest

from kit.errors import InputError
from kit.metrics.bootstrap import bootstrap_interval
from kit.metrics.seeded_bootstrap import seeded_difference, seeded_interval


def crossed(rng: np.random.Generator, n_seeds: int, n_rows: int, seed_sd: float, row_sd: float) -> np.ndarray:
    """Values whose expectation is 0: an effect of the seed, one of the row, and noise."""
    seeds, rows = seed_sd * rng.standard_normal((n_seeds, 1)), row_sd * rng.standard_normal(n_rows)
    return seeds + rows + 0.3 * rng.standard_normal((n_seeds, n_rows))


def test_one_seed_is_the_bootstrap_over_rows() -> None:
    rng = np.random.default_rng(0)
    values, weights, groups = rng.random(30), rng.random(30), rng.integers(8, size=30)
    assert seeded_interval(values[None]) == bootstrap_interval(values)
    found = seeded_interval(values[None], weights[None], groups=groups, level=0.8, seed=3)
    assert found == bootstrap_interval(values, weights, 0.8, 2000, 3, groups)


def test_the_width_is_that_of_the_formula() -> None:
    # Drawn seeds and drawn rows are independent: variances of seed means, of row means and of what is left add up.
    values = crossed(np.random.default_rng(1), 12, 40, seed_sd=1.0, row_sd=2.0)
    a, b = values.mean(axis=1), values.mean(axis=0)
    rest = values - a[:, None] - b + values.mean()
    sd = np.sqrt(a.var() / 12 + b.var() / 40 + rest.var() / (12 * 40))
    found = seeded_interval(values, n_resamples=20_000)
    assert (found.high - found.low) / (2 * 1.96 * sd) == pytest.approx(1, abs=0.04)
    assert (found.high + found.low) / 2 == pytest.approx(values.mean(), abs=0.1 * sd)


def test_covers_the_truth_where_rows_alone_do_not() -> None:
    both = rows_alone = 0
    for trial in range(150):
        values = crossed(np.random.default_rng(trial), 10, 30, seed_sd=1.0, row_sd=1.0)
        low, high = seeded_interval(values, n_resamples=300, seed=trial)
        both += low <= 0 <= high
        low, high = bootstrap_interval(values.mean(axis=0), n_resamples=300, seed=trial)
        rows_alone += low <= 0 <= high
    assert both >= 0.85 * 150
    assert rows_alone < both - 20


def test_rows_of_a_group_are_drawn_together() -> None:
    values = crossed(np.random.default_rng(2), 3, 20, 0.5, 1.0)
    twice = np.repeat(values, 2, axis=1)
    names = np.repeat([f"{place:02d}" for place in range(20)], 2)
    assert seeded_interval(twice, groups=names) == pytest.approx(seeded_interval(values))
    alone = seeded_interval(twice)
    grouped = seeded_interval(twice, groups=names)
    assert alone.high - alone.low < grouped.high - grouped.low


def test_what_weighs_nothing_changes_nothing() -> None:
    values = crossed(np.random.default_rng(3), 3, 20, 0.5, 1.0)
    more = np.hstack([values, np.full((3, 2), 1e6)])
    weights = np.hstack([np.ones((3, 20)), np.zeros((3, 2))])
    assert seeded_interval(more, weights) == pytest.approx(seeded_interval(values))
    # A row that only some seeds have validated counts in those.
    weights[0, :10] = 0
    found = seeded_difference(more, np.zeros_like(more), weights)
    assert found.mean == pytest.approx((values[0, 10:].sum() + values[1:].sum()) / 50)
    assert found.low < found.mean < found.high


def test_a_difference_takes_out_what_both_share() -> None:
    rng = np.random.default_rng(4)
    b = crossed(rng, 4, 50, 1.0, 3.0)
    a = b - 0.1 + 0.01 * rng.standard_normal(b.shape)
    found = seeded_difference(a, b)
    assert found.mean == pytest.approx((a - b).mean())
    assert found.low < found.mean < found.high < 0
    assert found[1:] == pytest.approx(seeded_interval(a - b))


def test_a_single_group_has_no_interval() -> None:
    assert np.isnan(seeded_interval(np.ones((2, 3)), groups=["a"] * 3)).all()


@pytest.mark.parametrize(
    ("values", "options", "said"),
    [
        (np.ones(3), {}, "seeds x rows, got shape"),
        (np.array([[1.0, 2.0], [3.0, np.nan]]), {}, "seed 1, row 1 is not finite"),
        (np.ones((2, 3)), {"weights": np.ones(2)}, "weights: expected shape"),
        (np.ones((2, 3)), {"weights": [[1, 1, 1], [0, 0, 0]]}, "for each seed at least one"),
        (np.ones((2, 3)), {"weights": [1, 1, -1]}, "finite numbers >= 0"),
        (np.ones((2, 3)), {"groups": ["a", "b"]}, "a label for each of 3 rows"),
        (np.ones((2, 3)), {"level": 1.0}, "level"),
        (np.ones((2, 3)), {"n_resamples": 0}, "at least one resample"),
    ],
)
def test_wrong_input_is_told(values: np.ndarray, options: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        seeded_interval(values, **options)


def test_two_systems_of_other_rows_are_not_compared() -> None:
    with pytest.raises(InputError, match="same seeds and rows"):
        seeded_difference(np.ones((2, 3)), np.ones((2, 4)))
