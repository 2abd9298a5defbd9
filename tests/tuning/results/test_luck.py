"""The reality check: what is better by luck alone is called so, what is better everywhere is not."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest

from kit.tuning.results.luck import LEAST, reality_check
from kit.tuning.storage.requeue import WARM
from kit.tuning.trials.objective import PIECES, SCORE
from kit.tuning.trials.pieces import MOST, added, pieces

N_ROWS = 400


def setting(greater: bool = False, n_compounds: int = 100) -> Any:
    """Two folds that count 1 and 3; rows of one compound lie in both."""
    compounds = [f"c{row % n_compounds}" for row in range(N_ROWS)]
    columns = SimpleNamespace(compound="compound")
    competition = SimpleNamespace(
        rows=pd.DataFrame({"compound": compounds}), n_rows=N_ROWS, config=SimpleNamespace(columns=columns)
    )
    folds = {
        0: SimpleNamespace(validation=np.arange(0, 200)),
        1: SimpleNamespace(validation=np.arange(200, N_ROWS)),
    }
    return SimpleNamespace(greater_is_better=greater, weights=[1.0, 3.0], folds=folds, competition=competition)


def made(scores: np.ndarray, of: Any) -> optuna.Study:
    """A study with (n_trials, N_ROWS) scores of rows, the start first."""
    warnings.simplefilter("ignore")
    study = optuna.create_study(direction="maximize" if of.greater_is_better else "minimize")
    for number, of_rows in enumerate(scores):
        tables = [
            pd.DataFrame({"row": fold.validation, "score": of_rows[fold.validation]}) for fold in of.folds.values()
        ]
        parts = added(of.competition, tables, of.weights)
        score = float(parts.sum())
        assert score == pytest.approx((of_rows[:200].mean() + 3 * of_rows[200:].mean()) / 4)
        attributes = {SCORE: score, PIECES: parts.tolist()} | ({WARM: True} if number == 0 else {})
        study.add_trial(optuna.create_trial(value=score, user_attrs=attributes))
    return study


def equal_trials(seed: int, n_trials: int = 40) -> np.ndarray:
    return 1 + 0.1 * np.random.default_rng(seed).standard_normal((n_trials, N_ROWS))


def test_the_best_of_many_equals_is_luck() -> None:
    of = setting()
    found = []
    for seed in range(20):
        study = made(equal_trials(seed), of)
        found.append(reality_check(study, of, study.best_trial))
    p = [one["p"] for one in found if one is not None]
    assert len(p) >= 15
    # A test of one pair alone, the best against the start, would call most of these more than luck.
    assert sum(one < 0.05 for one in p) <= 4
    assert np.median(p) > 0.15


@pytest.mark.parametrize("greater", [False, True])
def test_what_is_better_everywhere_is_no_luck(greater: bool) -> None:
    of, scores = setting(greater), equal_trials(0)
    scores[7] += 0.1 if greater else -0.1
    study = made(scores, of)
    assert study.best_trial.number == 7
    found = reality_check(study, of, study.best_trial)
    assert found is not None
    assert found["p"] < 0.01
    assert found["gain"] == pytest.approx(abs(study.best_trial.user_attrs[SCORE] - study.trials[0].user_attrs[SCORE]))
    assert (found["trials"], found["pieces"]) == (40, MOST)


def test_wild_trials_do_not_decide_about_good_ones() -> None:
    of, scores = setting(), equal_trials(2)
    scores[:8] = scores[0] + 0.01 * (equal_trials(3, 8) - 1)  # near the start
    scores[7] -= 0.005
    scores[8:] += 1 + 3 * (equal_trials(4, 32) - 1)
    study = made(scores, of)
    assert study.best_trial.number == 7
    found = reality_check(study, of, study.best_trial)
    assert found is not None
    assert found["p"] < 0.01


def test_without_a_start_or_enough_rows_nothing_is_said() -> None:
    of = setting()
    study = made(equal_trials(1, 4), of)
    assert reality_check(study, of, study.trials[0]) is None
    few = setting(n_compounds=LEAST - 1)
    study = made(equal_trials(1, 4), few)
    assert reality_check(study, few, study.trials[1]) is None


def test_rows_of_a_compound_lie_in_one_piece() -> None:
    competition = setting(n_compounds=100).competition
    found = pd.Series(pieces(competition)).groupby(competition.rows["compound"])
    assert (found.nunique() == 1).all()
    assert found.first().value_counts().between(3, 4).all()
