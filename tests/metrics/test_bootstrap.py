from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from kit.errors import InputError
from kit.metrics import Interval, bootstrap_interval


def test_agrees_with_scipys_percentile_bootstrap() -> None:
    values = np.random.default_rng(0).gamma(2.0, size=120)
    expected = stats.bootstrap((values,), np.mean, n_resamples=20_000, method="percentile").confidence_interval
    found = bootstrap_interval(values, n_resamples=20_000)
    assert found.low == pytest.approx(expected.low, abs=0.02)
    assert found.high == pytest.approx(expected.high, abs=0.02)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_covers_a_planted_mean_as_often_as_it_says(level: float) -> None:
    rng = np.random.default_rng(5)
    hits = 0
    for trial in range(200):
        low, high = bootstrap_interval(rng.gamma(4.0, 0.25, 60), level=level, n_resamples=400, seed=trial)
        hits += low <= 1.0 <= high
    # Two and a half standard errors of 200 trials, and two points for the percentile method's known shortfall.
    slack = 2.5 * np.sqrt(level * (1 - level) / 200)
    assert level - slack - 0.02 <= hits / 200 <= level + slack


def test_covers_a_planted_mean_of_weighted_rows() -> None:
    rng = np.random.default_rng(7)
    weights = np.repeat([1.0, 9.0], 40)
    hits = 0
    for trial in range(200):
        values = np.concatenate([rng.normal(0.0, 1.0, 40), rng.normal(1.0, 1.0, 40)])
        low, high = bootstrap_interval(values, weights, n_resamples=400, seed=trial)
        hits += low <= 0.9 <= high
    assert 0.89 <= hits / 200 <= 0.99


def test_groups_that_move_together_widen_the_interval_to_their_coverage() -> None:
    rng = np.random.default_rng(3)
    groups = np.repeat(np.arange(30), 10)
    hits = {"rows": 0, "groups": 0}
    for trial in range(100):
        values = np.repeat(rng.normal(size=30), 10) + 0.1 * rng.normal(size=300)
        for name, labels in (("rows", None), ("groups", groups)):
            low, high = bootstrap_interval(values, n_resamples=300, seed=trial, groups=labels)
            hits[name] += low <= 0.0 <= high
    assert hits["groups"] >= 85
    assert hits["rows"] <= 70


def test_weights_are_what_repeated_rows_are() -> None:
    values = np.array([1.0, 2.0, 4.0, 9.0])
    repeated = bootstrap_interval(np.repeat(values, [1, 2, 3, 1]), groups=np.repeat(np.arange(4), [1, 2, 3, 1]))
    np.testing.assert_allclose(bootstrap_interval(values, [1, 2, 3, 1]), repeated)
    np.testing.assert_array_equal(bootstrap_interval([*values, 100.0], [1, 2, 3, 1, 0]), repeated)


def test_seed_and_many_blocks() -> None:
    values = np.random.default_rng(0).normal(size=3000)
    interval = bootstrap_interval(values, n_resamples=800, seed=4)
    assert interval == bootstrap_interval(values, n_resamples=800, seed=4)
    assert interval != bootstrap_interval(values, n_resamples=800, seed=5)
    half_width = 1.96 * values.std() / np.sqrt(3000)
    assert interval.high - interval.low == pytest.approx(2 * half_width, rel=0.15)


def test_one_row_has_no_interval() -> None:
    assert np.isnan(bootstrap_interval([0.5])).all()
    assert np.isnan(bootstrap_interval([0.5, 0.7], groups=["a", "a"])).all()


def test_a_level_widens_and_a_constant_has_no_width() -> None:
    values = np.random.default_rng(0).normal(size=50)
    narrow, wide = bootstrap_interval(values, level=0.5), bootstrap_interval(values, level=0.99)
    assert wide.low < narrow.low < narrow.high < wide.high
    assert bootstrap_interval(np.ones(9)) == Interval(1.0, 1.0)


def test_pairing_sees_what_overlapping_intervals_hide() -> None:
    rng = np.random.default_rng(2)
    hard = rng.normal(5.0, 2.0, 80)
    a, b = hard + 0.1 * rng.normal(size=80), hard + 0.2 + 0.1 * rng.normal(size=80)
    assert bootstrap_interval(a).high > bootstrap_interval(b).low
    difference = bootstrap_interval(a - b)
    assert difference.low < (a - b).mean() < difference.high < 0
    np.testing.assert_allclose(bootstrap_interval(b - a), [-difference.high, -difference.low])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"per_row": []}, "one value a row"),
        ({"per_row": [[[1.0]]]}, "shape"),
        ({"per_row": [1.0, np.nan]}, "row 1 is not finite"),
        ({"per_row": ["a"]}, "one number a row"),
        ({"per_row": [1.0, 2.0], "weights": [1.0]}, "weights: expected shape"),
        ({"per_row": [1.0, 2.0], "weights": [1.0, -1.0]}, "numbers >= 0"),
        ({"per_row": [1.0, 2.0], "weights": [0.0, 0.0]}, "above 0"),
        ({"per_row": [1.0, 2.0], "groups": ["a"]}, "one label for each of 2 rows"),
        ({"per_row": [1.0, 2.0], "level": 95}, "level=95"),
        ({"per_row": [1.0, 2.0], "n_resamples": 0}, "n_resamples=0"),
    ],
)
def test_wrong_arguments_are_explained(arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        bootstrap_interval(**arguments)


def crossed(rng: np.random.Generator, n_seeds: int, n_rows: int, seed_sd: float, row_sd: float) -> np.ndarray:
    """Values whose expectation is 0: an effect of the seed, one of the row, and noise."""
    seeds, rows = seed_sd * rng.standard_normal((n_seeds, 1)), row_sd * rng.standard_normal(n_rows)
    return seeds + rows + 0.3 * rng.standard_normal((n_seeds, n_rows))


def test_one_seed_is_the_bootstrap_over_rows() -> None:
    rng = np.random.default_rng(0)
    values, weights, groups = rng.random(30), rng.random(30), rng.integers(8, size=30)
    assert bootstrap_interval(values[None]) == bootstrap_interval(values)
    found = bootstrap_interval(values[None], weights[None], groups=groups, level=0.8, seed=3)
    assert found == bootstrap_interval(values, weights, 0.8, 2000, 3, groups)


def test_the_width_is_that_of_the_formula() -> None:
    # Drawn seeds and drawn rows are independent: variances of seed means, of row means and of what is left add up.
    values = crossed(np.random.default_rng(1), 12, 40, seed_sd=1.0, row_sd=2.0)
    a, b = values.mean(axis=1), values.mean(axis=0)
    rest = values - a[:, None] - b + values.mean()
    sd = np.sqrt(a.var() / 12 + b.var() / 40 + rest.var() / (12 * 40))
    found = bootstrap_interval(values, n_resamples=20_000)
    assert (found.high - found.low) / (2 * 1.96 * sd) == pytest.approx(1, abs=0.04)
    assert (found.high + found.low) / 2 == pytest.approx(values.mean(), abs=0.1 * sd)


def test_covers_the_truth_where_rows_alone_do_not() -> None:
    both = rows_alone = 0
    for trial in range(150):
        values = crossed(np.random.default_rng(trial), 10, 30, seed_sd=1.0, row_sd=1.0)
        low, high = bootstrap_interval(values, n_resamples=300, seed=trial)
        both += low <= 0 <= high
        low, high = bootstrap_interval(values.mean(axis=0), n_resamples=300, seed=trial)
        rows_alone += low <= 0 <= high
    assert both >= 0.85 * 150
    assert rows_alone < both - 20


def test_rows_of_a_group_are_drawn_together() -> None:
    values = crossed(np.random.default_rng(2), 3, 20, 0.5, 1.0)
    twice = np.repeat(values, 2, axis=1)
    names = np.repeat([f"{place:02d}" for place in range(20)], 2)
    assert bootstrap_interval(twice, groups=names) == pytest.approx(bootstrap_interval(values))
    alone = bootstrap_interval(twice)
    grouped = bootstrap_interval(twice, groups=names)
    assert alone.high - alone.low < grouped.high - grouped.low


def test_what_weighs_nothing_changes_nothing() -> None:
    values = crossed(np.random.default_rng(3), 3, 20, 0.5, 1.0)
    more = np.hstack([values, np.full((3, 2), 1e6)])
    weights = np.hstack([np.ones((3, 20)), np.zeros((3, 2))])
    assert bootstrap_interval(more, weights) == pytest.approx(bootstrap_interval(values))
    # A row that only some seeds have validated counts in those.
    weights[0, :10] = 0
    found = bootstrap_interval(more, weights)
    assert found.low < (values[0, 10:].sum() + values[1:].sum()) / 50 < found.high


def test_a_single_group_has_no_interval() -> None:
    assert np.isnan(bootstrap_interval(np.ones((2, 3)), groups=["a"] * 3)).all()


@pytest.mark.parametrize(
    ("values", "options", "said"),
    [
        (np.ones((2, 2, 2)), {}, "seeds x rows, got shape"),
        (np.array([[1.0, 2.0], [3.0, np.nan]]), {}, "seed 1, row 1 is not finite"),
        (np.ones((2, 3)), {"weights": np.ones(2)}, "weights: expected shape"),
        (np.ones((2, 3)), {"weights": [[1, 1, 1], [0, 0, 0]]}, "for each seed at least one"),
        (np.ones((2, 3)), {"weights": [1, 1, -1]}, "finite numbers >= 0"),
        (np.ones((2, 3)), {"groups": ["a", "b"]}, "one label for each of 3 rows"),
        (np.ones((2, 3)), {"level": 1.0}, "level"),
        (np.ones((2, 3)), {"n_resamples": 0}, "at least one resample"),
    ],
)
def test_wrong_seeds_are_told(values: np.ndarray, options: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        bootstrap_interval(values, **options)


def test_bundles_of_many_rows_spread_as_the_rows_do() -> None:
    rng = np.random.default_rng(0)
    values, weights = rng.exponential(size=50_000), rng.uniform(0, 2, 50_000)
    interval = bootstrap_interval(values, weights, n_resamples=1000)
    mean = np.average(values, weights=weights)
    error = np.sqrt(np.sum((weights * (values - mean)) ** 2)) / weights.sum()
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * error, rel=0.1)
    assert interval.low < mean < interval.high


def test_many_groups_that_move_together_are_bundled_whole() -> None:
    effects = np.random.default_rng(1).normal(size=6000)
    repeated = bootstrap_interval(np.repeat(effects, 3), groups=np.repeat(np.arange(6000), 3), n_resamples=500)
    assert repeated.high - repeated.low == pytest.approx(2 * 1.96 / np.sqrt(6000), rel=0.15)
