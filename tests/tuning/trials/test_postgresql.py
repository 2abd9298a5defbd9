"""Real processes that share a study on a real PostgreSQL server, are killed, or lose the server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from optuna.study import _optimize
from optuna.trial import FrozenTrial, TrialState

import kit
from kit.data import Competition
from kit.errors import StateError
from kit.tuning import TuneOptions, tune
from kit.tuning.storage.requeue import WARM, WORKER
from kit.tuning.storage.storage import Place, load
from tests.tuning.commands import SLOW, command, wait_for_running
from tests.tuning.conftest import MakeSearch
from tests.tuning.observing import Notes
from tests.tuning.postgresql import PASSWORD, Server

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="SIGKILL and process groups are POSIX's"),
    pytest.mark.slow,
    pytest.mark.xdist_group("postgresql"),
]

SHORTER = {"n_estimators: 200": "n_estimators: 80"}
COUNTED = (TrialState.COMPLETE, TrialState.PRUNED)


def check_nothing_is_lost(trials: list[FrozenTrial], n_trials: int) -> None:
    """Check that a study has its trials, each once, and that what was cut off was done in the end."""
    counted = [trial for trial in trials if trial.state in COUNTED]
    assert len(counted) == n_trials
    assert len({tuple(trial.params.items()) for trial in counted}) == n_trials
    assert [trial.number for trial in trials] == list(range(len(trials)))
    cut_off = [trial for trial in trials if trial.state not in COUNTED]
    assert {trial.state for trial in cut_off} <= {TrialState.FAIL}
    for trial in cut_off:
        assert any(trial.params.items() <= one.params.items() for one in counted)
    assert sum(WARM in trial.user_attrs for trial in counted) == 1


# The first two die as the tables and the study are made. Of the others, every second one ends a trial and dies in the
# next: values whose workers died three times would be given up.
MOMENTS = (12, 60, 250, 85, 300, 115, 330, 150)


def test_killed_between_any_two_statements_nothing_is_lost(
    make_search: MakeSearch, tmp_path: Path, postgresql: Server
) -> None:
    url = postgresql.new_database()
    words = [sys.executable, "-m", "tests.tuning.killing", str(make_search().path), str(tmp_path / "out"), url, "6"]
    environment = os.environ | {"PYTHONPATH": str(Path(kit.__file__).parents[1]), "OMP_NUM_THREADS": "1"}
    given = "".join(f"{moment}\n" for moment in (*MOMENTS, 0))
    ended = subprocess.run(words, env=environment, input=given, capture_output=True, text=True, check=False)
    assert ended.stdout.split() == ["killed"] * len(MOMENTS) + ["ended"], ended.stderr
    trials = load(Place.of(url, tmp_path), "ridge").trials
    check_nothing_is_lost(trials, 6)
    assert len(trials) > 8


def test_commands_with_own_folders_share_a_study_and_one_is_killed(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, postgresql: Server
) -> None:
    """As two machines have them; a third worker has the folder of the one that is killed."""
    search, url = make_search(SLOW, "slow", **SHORTER), postgresql.new_database()
    place = Place.of(url, tmp_path)
    given = ("--trials", "4", "--storage", url)
    with (
        command(search.path, tmp_path / "one", *given) as victim,
        command(search.path, tmp_path / "two", *given, "--output", str(tmp_path / "other.yaml")) as other,
    ):
        lost = wait_for_running(victim, place, "slow", victim.pid)
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        observer = Notes()
        result = tune(search, competition, tmp_path / "one", TuneOptions(4, storage=url), observer)
        output = other.communicate(timeout=240)[0]
    assert other.returncode == 0, output
    assert PASSWORD not in output
    assert f"trial {lost.number} was cut off; its values are tried again" in observer.notes
    trials = load(place, "slow").trials
    check_nothing_is_lost(trials, 4)
    assert len([trial for trial in trials if trial.params == lost.params]) == 2
    assert len({trial.user_attrs[WORKER]["pid"] for trial in trials}) == 3
    assert len(result.trials) == len(trials)


def test_when_the_server_goes_away_one_error_says_so_and_the_same_command_goes_on(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, postgresql: Server
) -> None:
    search, url = make_search(SLOW, "slow", **SHORTER), postgresql.new_database()
    place = Place.of(url, tmp_path)
    with command(search.path, tmp_path / "out", "--trials", "3", "--storage", url) as process:
        lost = wait_for_running(process, place, "slow")
        postgresql.stop()
        try:
            output = process.communicate(timeout=120)[0]
        finally:
            postgresql.start()
    assert process.returncode == 2
    said = [line for line in output.splitlines() if "failed" in line]
    assert len(said) == 1, output
    assert "the same command goes on when it is back" in output
    assert "Traceback" not in output
    assert PASSWORD not in output
    tune(search, competition, tmp_path / "out", TuneOptions(3, storage=url))
    trials = load(place, "slow").trials
    check_nothing_is_lost(trials, 3)
    assert trials[lost.number].state == TrialState.FAIL


def test_a_server_that_is_back_before_anybody_asks_is_not_noticed(
    make_search: MakeSearch,
    competition: Competition,
    tmp_path: Path,
    postgresql: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from kit.tuning.trials import objective

    evaluate, folds = objective.evaluate_fold, []

    def restarted(*arguments: object) -> object:
        folds.append(0)
        if len(folds) == 2:
            postgresql.stop()
            postgresql.start()
        return evaluate(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(objective, "evaluate_fold", restarted)
    result = tune(make_search(), competition, tmp_path, TuneOptions(2, storage=postgresql.new_database()))
    assert set(result.trials["state"]) == {"complete"}


@pytest.mark.parametrize("back", [True, False])
def test_a_trial_whose_end_could_not_be_written_is_done_again(
    make_search: MakeSearch,
    competition: Competition,
    tmp_path: Path,
    postgresql: Server,
    monkeypatch: pytest.MonkeyPatch,
    back: bool,
) -> None:
    from kit.tuning.trials import objective

    url, evaluate = postgresql.new_database(), objective.evaluate_fold
    with monkeypatch.context() as patch:

        def away(*arguments: object) -> object:
            found = evaluate(*arguments)  # type: ignore[arg-type]
            postgresql.stop()
            return found

        patch.setattr(objective, "evaluate_fold", away)
        if back:

            def restarted(*arguments: object, **more: object) -> object:
                postgresql.start()
                return told(*arguments, **more)  # type: ignore[arg-type]

            told = _optimize._tell_with_warning
            patch.setattr(_optimize, "_tell_with_warning", restarted)
        try:
            with pytest.raises(StateError, match="the same command goes on when it is back"):
                tune(make_search(), competition, tmp_path, TuneOptions(2, storage=url))
        finally:
            if not back:
                postgresql.start()
    first = load(Place.of(url, tmp_path), "ridge").trials[0]
    assert first.state == (TrialState.FAIL if back else TrialState.RUNNING)
    tune(make_search(), competition, tmp_path, TuneOptions(2, storage=url))
    check_nothing_is_lost(load(Place.of(url, tmp_path), "ridge").trials, 2)
