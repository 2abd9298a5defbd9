from __future__ import annotations

import numpy as np
import pandas as pd

from kit.tuning.results import pareto_table


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
