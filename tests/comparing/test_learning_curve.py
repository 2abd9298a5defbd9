"""A planted learning curve is found; folds that make none are refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kit.comparing.learning_curve import at_all_rows, check_sizes, training_share
from kit.errors import InputError
from kit.splits.base import Fold
from kit.splits.held_out_compounds import HeldOutCompounds
from kit.splits.kfold import KFoldSplitter

N = 60
GROUPS = np.repeat(["common", "rare"], [50, 10])


def kfolds(n_splits: int) -> list[Fold]:
    return KFoldSplitter(n_splits, random_state=0).folds(pd.DataFrame({"row": range(N)}))


@pytest.mark.parametrize(("a", "b"), [(0.5, 0.06), (0.5, 0.0), (0.9, -0.1)])
def test_a_planted_curve_is_met_at_all_rows(a: float, b: float) -> None:
    def score(share: float) -> float:
        return a + b / share

    assert at_all_rows(score(0.8), 0.8, score(0.5), 0.5) == pytest.approx(score(1.0))


def test_the_excess_of_least_squares_is_taken_away() -> None:
    """The error of least squares in p features from n rows is about noise (1 + p / n): what the curve presumes."""
    rng = np.random.default_rng(0)
    p, n, noise = 5, 60, 1.0
    weights = rng.normal(size=p)
    X_new = rng.normal(size=(2000, p))

    def error(rows: int) -> float:
        found = []
        for _ in range(300):
            X = rng.normal(size=(rows, p))
            y = X @ weights + noise * rng.normal(size=rows)
            fitted = np.linalg.lstsq(X, y, rcond=None)[0]
            found.append(noise**2 + np.mean((X_new @ (fitted - weights)) ** 2))
        return float(np.mean(found))

    large, small, full = error(45), error(30), error(n)
    found = at_all_rows(large, 45 / n, small, 30 / n)
    assert abs(found - full) < 0.35 * (large - full)


@pytest.mark.parametrize("n_splits", [2, 5, 10])
def test_the_share_of_k_folds_is_what_they_leave(n_splits: int) -> None:
    # On average over groups: a fold may take more of the rare rows than of the others.
    assert training_share(kfolds(n_splits), np.full(N, "one")) == pytest.approx(1 - 1 / n_splits)


def test_rows_count_that_are_of_the_validated_rows_own_group() -> None:
    rows = pd.DataFrame({"cell_type": ["T"] * 8 + ["B"] * 4, "sm_name": [*"abcdefgh", *"abcd"]})
    tested = pd.DataFrame({"cell_type": ["B"], "sm_name": ["e"]})
    shares = [
        training_share(
            HeldOutCompounds(n, random_state=0, test_rows=tested).folds(rows), rows["cell_type"].to_numpy(str)
        )
        for n in (2, 4)
    ]
    assert shares == pytest.approx([0.5, 0.75])


def test_the_folds_count_by_their_weights() -> None:
    rows = np.arange(N)
    half = Fold("half", rows[::2], rows[1::2][:5], weight=3.0)
    nearly = Fold("most", rows[6:], rows[:6], weight=1.0)
    one = np.full(N, "one")
    assert training_share([half, nearly], one) == pytest.approx((3 * 0.5 + 0.9) / 4)


def test_sizes_of_folds_that_validate_the_same_rows() -> None:
    assert check_sizes(kfolds(4), kfolds(2), np.full(N, "one")) == pytest.approx((0.75, 0.5))
    with pytest.raises(InputError, match=r"fewer rows: these train on 50% .* smaller ones on 75%"):
        check_sizes(kfolds(2), kfolds(4), np.full(N, "one"))
    with pytest.raises(InputError, match=r"validate other rows \(30, 30 of them among the 60"):
        check_sizes(kfolds(4), kfolds(2)[:1], np.full(N, "one"))
