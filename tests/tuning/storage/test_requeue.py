from __future__ import annotations

from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from kit.files.heartbeat import Heartbeat
from kit.tuning.storage import requeue as again
from kit.tuning.storage.requeue import CUTS, MOST_CUTS, WARM, WORKER, give_up_dead, requeue_trial
from kit.tuning.storage.storage import Place

optuna.logging.set_verbosity(optuna.logging.ERROR)
DEAD = {"name": "gone-1-aa", "host": "gone", "pid": 1}


pytestmark = [
    pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning"),
    pytest.mark.filterwarnings("ignore:Heartbeat of storage is supposed"),
]


@pytest.fixture(params=["journal", "sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql"))])
def study(request: pytest.FixtureRequest, tmp_path: Path) -> optuna.Study:
    storage = None if request.param == "journal" else f"sqlite:///{tmp_path / 'x.db'}"
    if request.param == "postgresql":
        storage = request.getfixturevalue("postgresql").new_database()
    return optuna.create_study(storage=Place.of(storage, tmp_path).open(), study_name="s")


def begin(study: optuna.Study, worker: dict[str, Any] | None) -> optuna.Trial:
    trial = study.ask()
    if worker is not None:
        trial.set_user_attr(WORKER, worker)
    trial.suggest_float("x", 0, 1)
    trial.suggest_categorical("y", ["a", "b"])
    return trial


def states(study: optuna.Study) -> list[TrialState]:
    return [trial.state for trial in study.trials]


def test_only_trials_of_dead_workers_are_given_up_and_their_values_come_again(
    study: optuna.Study, tmp_path: Path
) -> None:
    with Heartbeat(tmp_path) as heartbeat:
        begin(study, heartbeat.described())
        lost = begin(study, DEAD)
        assert [trial.number for trial in give_up_dead(study, tmp_path, shared=True)] == [1]
        assert give_up_dead(study, tmp_path, shared=True) == []
    assert states(study) == [TrialState.RUNNING, TrialState.FAIL, TrialState.WAITING]
    again_ = begin(study, None)
    assert again_.params == lost.params


def test_values_that_were_half_written_are_tried_again_whole(study: optuna.Study, tmp_path: Path) -> None:
    study.enqueue_trial({"x": 0.25, "y": "b"})
    trial = study.ask()
    trial.set_user_attr(WORKER, DEAD)
    trial.suggest_float("x", 0, 1)
    give_up_dead(study, tmp_path, shared=True)
    assert begin(study, None).params == {"x": 0.25, "y": "b"}


def test_values_that_kill_every_worker_are_given_up(study: optuna.Study, tmp_path: Path) -> None:
    study.enqueue_trial({"x": 0.25, "y": "b"}, user_attrs={WARM: True})
    for _ in range(MOST_CUTS):
        assert begin(study, DEAD).params == {"x": 0.25, "y": "b"}
        give_up_dead(study, tmp_path, shared=True)
    assert states(study) == [TrialState.FAIL] * MOST_CUTS
    assert [trial.user_attrs.get(CUTS, 0) for trial in study.trials] == [0, 1, 2]
    assert all(trial.user_attrs[WARM] for trial in study.trials)


def test_a_worker_that_was_told_to_stop_is_not_to_blame(study: optuna.Study) -> None:
    for _ in range(MOST_CUTS + 1):
        trial = begin(study, DEAD)
        study.tell(trial, state=TrialState.FAIL)
        requeue_trial(study, study.trials[-1], died=False)
    assert states(study)[-1] == TrialState.WAITING


def test_a_trial_that_lost_its_worker_before_the_first_entry(
    study: optuna.Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(study, None)
    assert give_up_dead(study, tmp_path, shared=True) == []
    monkeypatch.setattr(again, "_BEGINNING", again._BEGINNING * 0)
    assert len(give_up_dead(study, tmp_path, shared=True)) == 1
