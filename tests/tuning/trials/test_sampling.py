from __future__ import annotations

from typing import Any

import optuna
import pytest

from kit.tuning.storage.requeue import requeue_trial
from kit.tuning.trials.sampling import TrialSeededTPE

optuna.logging.set_verbosity(optuna.logging.ERROR)


def objective(trial: optuna.Trial) -> float:
    x, y = trial.suggest_float("x", -5, 5), trial.suggest_categorical("y", ["a", "b"])
    return (x - 1) ** 2 + (y == "b")


def params(study: optuna.Study) -> list[dict[str, Any]]:
    return [trial.params for trial in study.trials]


def test_a_study_that_goes_on_makes_the_trials_of_one_that_never_stopped() -> None:
    whole = optuna.create_study(sampler=TrialSeededTPE(7))
    whole.optimize(objective, n_trials=24)
    storage = optuna.storages.InMemoryStorage()
    optuna.create_study(storage=storage, study_name="s")
    for n_trials in (3, 1, 12, 8):
        part = optuna.load_study(storage=storage, study_name="s", sampler=TrialSeededTPE(7))
        part.optimize(objective, n_trials=n_trials)
    assert params(part) == params(whole)


@pytest.mark.parametrize("cut", [0, 1, 2, 5])
def test_a_trial_that_was_cut_off_moves_no_later_one_on(cut: int) -> None:
    """Its values are tried again; all others are those of a study in which nothing happened."""
    first = [{"x": 2.0, "y": "a"}, {"x": -2.0, "y": "b"}]

    def study() -> optuna.Study:
        made = optuna.create_study(sampler=TrialSeededTPE(7, first))
        made.enqueue_trial({"x": 0.0, "y": "a"})
        return made

    def fails(trial: optuna.Trial) -> float:
        objective(trial)
        raise RuntimeError("the disk is full")

    whole, other = study(), study()
    whole.optimize(objective, n_trials=15)
    for number in range(15):
        if number == cut:
            other.optimize(fails, n_trials=1, catch=(RuntimeError,))
            requeue_trial(other, other.trials[-1], died=False)
        other.optimize(objective, n_trials=1)
    tried = params(other)
    assert tried.pop(cut) == tried[cut]
    assert tried == params(whole)


def test_no_two_trials_draw_the_same_and_another_seed_draws_others() -> None:
    drawn = []
    for seed in (0, 1):
        study = optuna.create_study(sampler=TrialSeededTPE(seed))
        study.optimize(objective, n_trials=15)
        drawn += [one["x"] for one in params(study)]
    assert len(set(drawn)) == 30


@pytest.mark.parametrize("seed", range(3))
def test_it_finds_a_planted_optimum(seed: int) -> None:
    study = optuna.create_study(sampler=TrialSeededTPE(seed))
    study.optimize(objective, n_trials=50)
    # Of 50 random draws the best is as near as this with a chance of 1 in 10.
    assert study.best_params["y"] == "a"
    assert abs(study.best_params["x"] - 1) < 0.2
