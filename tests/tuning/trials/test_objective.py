from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from kit.splits.base import Fold
from kit.tuning.trials.objective import TrialObjective


def fold(weight: float, rows: int) -> Fold:
    return Fold("f", np.array([0]), np.arange(1, rows + 1), weight)


def order(folds: dict[int, Fold], number: int) -> list[tuple[int, bool]]:
    objective = TrialObjective(SimpleNamespace(folds=folds), None, begun=lambda: None)  # type: ignore[arg-type]
    return list(objective._order(number))


def test_the_heaviest_fold_comes_first_in_every_trial() -> None:
    folds = {0: fold(2, 2), 1: fold(48, 48), 3: fold(25, 25), 4: fold(25, 25), 5: fold(25, 30)}
    assert [place for place, _ in order(folds, 0)] == [1, 5, 3, 4, 0]
    assert [place for place, _ in order(folds, 1)] == [1, 5, 4, 3, 0]
    assert [last for _, last in order(folds, 1)] == [False] * 4 + [True]


def test_among_equal_folds_every_trial_begins_with_another() -> None:
    folds = {place: fold(1, 5) for place in range(4)}
    assert [order(folds, number)[0][0] for number in range(5)] == [0, 1, 2, 3, 0]
