from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from kit.errors import InputError
from kit.metrics import Interval, bootstrap_interval, paired_difference


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
    difference = paired_difference(a, b)
    assert difference.mean == pytest.approx((a - b).mean())
    assert difference.low < difference.mean < difference.high < 0
    reverse = paired_difference(b, a)
    np.testing.assert_allclose(reverse, [-difference.mean, -difference.high, -difference.low])


def test_weighted_difference() -> None:
    difference = paired_difference([1.0, 2.0, 3.0], [0.0, 0.0, 0.0], weights=[1, 0, 3])
    assert difference.mean == pytest.approx(2.5)
    assert 1.0 <= difference.low <= difference.high <= 3.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"per_row": []}, "at least one row"),
        ({"per_row": [[1.0]]}, "shape"),
        ({"per_row": [1.0, np.nan]}, "row 1 is not finite"),
        ({"per_row": ["a"]}, "one number a row"),
        ({"per_row": [1.0, 2.0], "weights": [1.0]}, "weights: expected a vector of 2 rows"),
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


def test_different_rows_cannot_be_paired() -> None:
    with pytest.raises(InputError, match="per_row_b: expected a vector of 2 rows"):
        paired_difference([1.0, 2.0], [1.0])
