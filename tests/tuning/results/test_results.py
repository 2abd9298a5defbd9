from __future__ import annotations

import warnings
from types import SimpleNamespace

import numpy as np
import optuna
import pandas as pd
import pytest

from kit.tuning.results.results import importances, pareto_table
from kit.tuning.trials.objective import SCORE


def table(scores: list[float], seconds: list[float]) -> pd.DataFrame:
    state = ["complete"] * len(scores)
    return pd.DataFrame({"trial": range(len(scores)), "state": state, "score": scores, "cpu_s": seconds, "error": ""})


def test_the_front_is_what_nothing_beats_in_both() -> None:
    chance = np.random.default_rng(0)
    scores, seconds = chance.random(60), chance.random(60)
    for greater in (False, True):
        front = set(pareto_table(table(list(scores), list(seconds)), greater)["trial"])
        sign = -1 if greater else 1
        for one in range(60):
            beaten = (sign * scores < sign * scores[one]) & (seconds < seconds[one])
            assert (one in front) == (not beaten.any())


def test_of_equals_the_first_stays_and_unfinished_trials_do_not_count() -> None:
    trials = table([0.5, 0.5, 0.1], [2.0, 2.0, 1.0])
    trials.loc[2, "state"] = "pruned"
    assert pareto_table(trials, False)["trial"].tolist() == [0]


@pytest.mark.parametrize("greater", [False, True])
def test_what_makes_a_score_good_matters_whatever_its_direction(greater: bool) -> None:
    """Good trials have one value of ``peak``; ``floor`` decides among the bad ones only."""
    warnings.simplefilter("ignore")
    study = optuna.create_study(direction="maximize" if greater else "minimize")
    chance = np.random.default_rng(0)
    space = {name: optuna.distributions.FloatDistribution(0, 1) for name in ("peak", "floor")}
    for _ in range(200):
        peak, floor = chance.random(2)
        good = 1.0 - abs(peak - 0.5) if abs(peak - 0.5) < 0.1 else -10 * abs(floor - 0.5)
        score = good if greater else -good
        study.add_trial(
            optuna.create_trial(
                params={"peak": peak, "floor": floor},
                distributions=space,
                value=score,
                user_attrs={SCORE: score},
            )
        )
    found = importances(study, SimpleNamespace(greater_is_better=greater))  # type: ignore[arg-type]
    assert next(iter(found)) == "peak"
    assert found["peak"] > 0.9
