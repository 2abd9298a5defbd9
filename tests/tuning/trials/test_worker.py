"""A worker whose trials fail, and one whose trial was given up."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.storages.journal import JournalFileBackend

from kit.data import Competition
from kit.errors import DiskError, RunError
from kit.training.scoring.fold_evaluation import FoldEvaluation, evaluate_fold
from kit.tuning import TuneOptions, tune
from kit.tuning.storage.storage import Place, load
from tests.tuning.conftest import RIDGE, MakeSearch
from tests.tuning.observing import Notes


@pytest.mark.parametrize("error", [ValueError("no such shape"), RuntimeError("bad state"), KeyError("gone")])
def test_any_error_of_a_trial_is_a_failure_that_counts(
    make_search: MakeSearch,
    competition: Competition,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    """Were it swallowed, trial after trial would fail for ever."""
    begun: list[int] = []

    def broken(*arguments: object) -> None:
        begun.append(1)
        if len(begun) > 20:
            raise KeyboardInterrupt  # instead of a test that never ends
        raise error

    monkeypatch.setattr("kit.tuning.trials.objective.evaluate_fold", broken)
    with pytest.raises(RunError, match=f"the first 3 trials all failed.*{type(error).__name__}"):
        tune(make_search(), competition, tmp_path, TuneOptions(9))
    assert len(begun) == 3


def test_errors_of_the_pruner_count_too(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> bool:
        raise ValueError("no test")

    monkeypatch.setattr("kit.tuning.trials.pruning.BlockPruner.prune", broken)
    with pytest.raises(RunError, match=r"the first 3 trials all failed.*ValueError: no test"):
        tune(make_search(), competition, tmp_path, TuneOptions(9, timeout=60))


def test_a_score_that_is_no_number_is_a_failure(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_score(*arguments: object) -> FoldEvaluation:
        found = evaluate_fold(*arguments)  # type: ignore[arg-type]
        return FoldEvaluation(float("nan"), found.score, found.rows, found.cpu_s)

    monkeypatch.setattr("kit.tuning.trials.objective.evaluate_fold", without_score)
    with pytest.raises(RunError, match=r"the first 3 trials all failed.*no numbers"):
        tune(make_search(), competition, tmp_path, TuneOptions(9, timeout=60))


def test_a_trial_that_another_host_gave_up_ends_without_an_error(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place.of(None, tmp_path / "demo" / "studies" / "ridge")
    given_up: list[int] = []

    def slept(*arguments: object) -> object:
        if not given_up:
            from optuna.trial import TrialState

            given_up.append(0)
            load(place, "ridge").tell(0, state=TrialState.FAIL)
        return evaluate_fold(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("kit.tuning.trials.objective.evaluate_fold", slept)
    observer = Notes()
    result = tune(make_search(), competition, tmp_path, TuneOptions(2), observer)
    assert result.trials["state"].iloc[0] == "fail"
    assert (result.trials["state"] != "fail").sum() == 2


def test_an_error_of_a_trial_that_was_given_up_too_is_not_swallowed(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own worker cannot note the error any more; without an end, trial after trial would go the same way."""
    place = Place.of(None, tmp_path / "demo" / "studies" / "ridge")

    def slept(*arguments: object) -> object:
        from optuna.trial import TrialState

        study = load(place, "ridge")
        study.tell(study.trials[-1].number, state=TrialState.FAIL)
        raise ValueError("no such shape")

    monkeypatch.setattr("kit.tuning.trials.objective.evaluate_fold", slept)
    with pytest.raises(RunError, match="no such shape"):
        tune(make_search(), competition, tmp_path, TuneOptions(2, timeout=20))


def test_a_worker_that_is_told_to_stop_before_it_is_named_leaves_its_values_to_others(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(trial: optuna.Trial) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("kit.tuning.trials.objective.beat", stopped)
        with pytest.raises(KeyboardInterrupt):
            tune(make_search(), competition, tmp_path, TuneOptions(1))
    result = tune(make_search(), competition, tmp_path, TuneOptions(1))
    assert result.trials["state"].tolist() == ["fail", "complete"]
    assert result.best["present_values"]["score"] == result.best["score"]


@pytest.mark.slow
def test_a_journal_that_cannot_be_read_once_is_named_and_the_study_goes_on(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever reading it is: Optuna looks a trial up when it begins, reports and ends."""
    read, reads, fails = JournalFileBackend.read_logs, 0, 0

    def failing(backend: JournalFileBackend, log_number_from: int) -> Iterator[dict[str, Any]]:
        nonlocal reads
        reads += 1
        if reads == fails:
            raise OSError(errno.EIO, os.strerror(errno.EIO), "journal.log")
        yield from read(backend, log_number_from)

    monkeypatch.setattr(JournalFileBackend, "read_logs", failing)
    # A trial that lost its worker's name is not waited for.
    monkeypatch.setattr("kit.tuning.storage.requeue._BEGINNING", timedelta(0))
    tune(make_search(), competition, tmp_path / "sound", TuneOptions(1))
    for fails in range(1, reads + 1):
        out, reads = tmp_path / str(fails), 0
        with pytest.raises(DiskError, match=r"cannot read.*journal\.log: Input/output error.*run the same again"):
            tune(make_search(), competition, out, TuneOptions(1))
        found = tune(make_search(), competition, out, TuneOptions(1)).trials["state"]
        assert (found == "complete").sum() == 1, (fails, found.tolist())


def test_a_trial_that_does_not_fit_into_memory_is_not_begun(
    make_search: MakeSearch, competition: Competition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIT_MEMORY", "1e-5")
    ridge = "kind: ridge\n    params:\n      penalty: {search: [0.01, 100000.0], log: true, value: 300.0}"
    assert ridge in RIDGE
    kernels = RIDGE.replace(ridge, ridge.replace("ridge", "kernel_ridge", 1)).replace("      fit_intercept", "      # ")
    with pytest.raises(RunError, match=r"the first 3 trials all failed.*kernel_ridge holds matrices.*take landmarks"):
        tune(make_search(kernels), competition, tmp_path, TuneOptions(9))
