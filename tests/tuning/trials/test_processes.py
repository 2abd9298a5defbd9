"""Real processes: several share a study, and killed ones leave no trial behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
from optuna.trial import TrialState

from kit.data import Competition
from kit.errors import StateError
from kit.tuning import TuneOptions, tune
from kit.tuning.storage.requeue import WORKER
from kit.tuning.storage.storage import Place, load
from kit.tuning.trials import processes
from tests.tuning.commands import SLOW, command, wait_for_running
from tests.tuning.conftest import INTERCEPT, PENALTY, MakeSearch
from tests.tuning.observing import Notes

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="SIGKILL and process groups are POSIX's"),
    pytest.mark.slow,
]


@pytest.mark.parametrize("storage", ["journal", "sqlite"])
def test_a_killed_worker_leaves_no_stuck_trial_and_its_values_are_tried_again(
    make_search: MakeSearch, tmp_path: Path, storage: str
) -> None:
    recipe = make_search(SLOW, "slow").path
    directory = tmp_path / "out" / "demo" / "studies" / "slow"
    given = [] if storage == "journal" else ["--storage", f"sqlite:///{tmp_path / 'x.db'}"]
    place = Place.of(given[-1] if given else None, directory)
    directory = directory.with_name(f"slow-{place.key}") if given else directory
    with command(recipe, tmp_path / "out", "--trials", "3", *given) as process:
        lost = wait_for_running(process, place, "slow")
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert load(place, "slow").trials[lost.number].state == TrialState.RUNNING
    with command(recipe, tmp_path / "out", "--trials", "3", *given) as again:
        output = again.communicate(timeout=240)[0]
    assert again.returncode == 0, output
    assert f"trial {lost.number} was cut off; its values are tried again" in output
    trials = load(place, "slow").trials
    assert sum(trial.state in (TrialState.COMPLETE, TrialState.PRUNED) for trial in trials) == 3
    assert {trial.state for trial in trials} <= {TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL}
    tried = [trial.number for trial in trials if trial.params == lost.params]
    assert len(tried) == 2
    assert tried[0] == lost.number
    assert not list((directory / "scratch").iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_study_says_how_to_go_on(make_search: MakeSearch, tmp_path: Path, number: int) -> None:
    recipe = make_search(SLOW, "slow").path
    place = Place.of(None, tmp_path / "out" / "demo" / "studies" / "slow")
    with command(recipe, tmp_path / "out", "--trials", "50", "--jobs", "2") as process:
        lost = wait_for_running(process, place, "slow")
        process.send_signal(number)
        output = process.communicate(timeout=60)[0]
    assert process.returncode == 1
    assert "stopped; this goes on" in output
    assert "Traceback" not in output
    trials = load(place, "slow").trials
    # Nothing is left running, and what was under way waits to be done again.
    assert TrialState.RUNNING not in {trial.state for trial in trials}
    fixed = [trial.system_attrs["fixed_params"] for trial in trials if trial.state == TrialState.WAITING]
    assert lost.params in fixed or trials[lost.number].state != TrialState.FAIL
    assert fixed


def test_workers_share_the_trials(make_search: MakeSearch, competition: Competition, tmp_path: Path) -> None:
    observer = Notes()
    result = tune(make_search(), competition, tmp_path / "out", TuneOptions(9, jobs=2), observer)
    counted = result.trials[result.trials["state"].isin(["complete", "pruned"])]
    assert len(counted) == len(result.trials) == 9  # not one too many
    assert result.trials["pid"].nunique() == 2
    assert os.getpid() not in set(result.trials["pid"])
    assert len(result.trials[[PENALTY, INTERCEPT]].drop_duplicates()) == 9
    assert sorted(trial.number for trial in observer.ended) == list(range(9))
    assert list((result.directory / ".journal.log.workers").glob("*-*.lock")) == []


def test_two_commands_share_a_study(make_search: MakeSearch, tmp_path: Path) -> None:
    recipe = make_search().path
    given = (recipe, tmp_path / "out", "--trials", "8")
    with command(*given) as one, command(*given) as other:
        outputs = [process.communicate(timeout=240)[0] for process in (one, other)]
    assert (one.returncode, other.returncode) == (0, 0), outputs
    table = pd.read_csv(tmp_path / "out" / "demo" / "studies" / "ridge" / "trials.csv")
    assert len(table) == 8
    assert table["present_values"].sum() == 1
    for output in outputs:
        assert "Best of 8 trials" in output


def test_when_a_worker_is_killed_the_others_do_its_trial(
    make_search: MakeSearch, competition: Competition, tmp_path: Path
) -> None:
    search = make_search(SLOW, "slow")
    place = Place.of(None, tmp_path / "out" / "demo" / "studies" / "slow")
    killed: list[int] = []

    def kill_one() -> None:
        while not killed:
            time.sleep(0.1)
            with suppress(Exception):
                running = load(place, "slow").get_trials(states=(TrialState.RUNNING,))
                for trial in [trial for trial in running if WORKER in trial.user_attrs and trial.params][:1]:
                    os.kill(trial.user_attrs[WORKER]["pid"], signal.SIGKILL)
                    killed.append(trial.number)

    killer = threading.Thread(target=kill_one, daemon=True)
    killer.start()
    observer = Notes()
    result = tune(search, competition, tmp_path / "out", TuneOptions(4, jobs=2), observer)
    killer.join(5)
    assert any("died (exit code -9)" in text for text in observer.notes)
    assert (result.trials["state"].isin(["complete", "pruned"])).sum() == 4
    assert result.trials["state"].iloc[killed[0]] == "fail"
    rate = result.trials["models.trees.params.learning_rate"]
    assert (rate == rate.iloc[killed[0]]).sum() == 2


def test_a_worker_says_what_kind_of_error_ended_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(setting: object) -> None:
        raise StateError("the database is away")

    monkeypatch.setattr(processes, "work", work)
    monkeypatch.setattr(processes, "end_with", lambda parent: None)
    monkeypatch.setattr(signal, "signal", lambda number, handler: None)
    ours, theirs = multiprocessing.Pipe(duplex=False)
    processes._in_process(None, theirs, os.getpid())  # type: ignore[arg-type]
    assert ours.recv() == (StateError, "the database is away")
