from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kit.training.planning.seeds import task_seed


def test_every_fit_has_a_seed_of_its_own() -> None:
    fits = list(
        itertools.product((0, 1), ("fit", "again"), ("ridge", "trees", "a", "b"), range(5), ("A", "B", "final"))
    )
    seeds = {task_seed(*fit) for fit in fits}
    assert len(seeds) == len(fits)


def test_names_do_not_run_into_each_other() -> None:
    assert task_seed(0, "a", "bc", 0, "d") != task_seed(0, "ab", "c", 0, "d")
    assert task_seed(0, "a", "b", 0, "c") != task_seed(0, "b", "a", 0, "c")


@given(st.integers(0, 2**64), st.text(), st.integers(0, 10**6), st.text())
def test_is_the_same_every_time_and_what_every_library_takes(root: int, model: str, repeat: int, fold: str) -> None:
    seed = task_seed(root, "fit", model, repeat, fold)
    assert seed == task_seed(root, "fit", model, repeat, fold)
    assert 0 <= seed < 2**31
    np.random.RandomState(seed)  # scikit-learn's: 32 bits


def test_seeds_are_spread_over_the_range() -> None:
    seeds = np.array([task_seed(0, "fit", "m", repeat, "final") for repeat in range(500)])
    counts, _ = np.histogram(seeds, bins=4, range=(0, 2**31))
    # 125 expected in each quarter; 5 standard deviations are 48.
    assert np.abs(counts - 125).max() < 50
