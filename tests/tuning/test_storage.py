from __future__ import annotations

import time
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from kit.errors import InputError, MissingDependencyError, StateError
from kit.tuning import storage
from kit.tuning.storage import Place, load

optuna.logging.set_verbosity(optuna.logging.ERROR)


def fill(place: Place, n_trials: int = 2) -> None:
    study = optuna.create_study(storage=place.open(), study_name="s", load_if_exists=True)
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=n_trials)


@pytest.mark.parametrize("kept", [None, "own.log", "sqlite"])
def test_a_study_is_there_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str | None) -> None:
    monkeypatch.chdir(tmp_path)
    given = f"sqlite:///{tmp_path / 'x.db'}" if kept == "sqlite" else kept
    place = Place.of(given, tmp_path / "study")
    fill(place)
    assert len(load(place, "s").trials) == 2
    expected = {None: tmp_path / "study" / "journal.log", "own.log": tmp_path / "own.log", "sqlite": tmp_path / "x.db"}
    assert expected[kept].is_file()


def test_a_study_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="no study 's'"):
        load(Place.of(None, tmp_path), "s")


def test_a_half_written_line_is_cut_off(tmp_path: Path) -> None:
    """Without that, the next entry is appended to the half one, and Optuna reads no further for ever."""
    place = Place.of(None, tmp_path)
    fill(place)
    journal = tmp_path / "journal.log"
    with journal.open("ab") as file:
        file.write(b'{"op_code":4,"wor')
    fill(place, 1)
    assert len(load(place, "s").trials) == 3


def test_a_damaged_journal_is_said_to_be_so(tmp_path: Path) -> None:
    journal = tmp_path / "journal.log"
    fill(Place.of(None, tmp_path))
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text(lines[0] + "no json\n" + "".join(lines[1:]))
    with pytest.raises(StateError, match="damaged"):
        Place.of(None, tmp_path).open()


def test_what_is_no_storage(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"sqlite:///study\.db"):
        Place.of("study.db", tmp_path)
    with pytest.raises(InputError, match="cannot be used"):
        Place.of(f"sqlite:///{tmp_path}/no/folder/x.db", tmp_path).open()


def test_a_missing_driver_is_named(tmp_path: Path) -> None:
    with pytest.raises((MissingDependencyError, InputError), match="storage: "):
        Place.of("oracle+nodriver://me:secret@host/db", tmp_path).open()


def test_a_password_is_not_shown(tmp_path: Path) -> None:
    shown = str(Place.of("postgresql+psycopg2://me:secret@host:1/db", tmp_path))
    assert "secret" not in shown
    assert "host" in shown


@pytest.mark.filterwarnings("ignore")
def test_in_a_database_a_worker_that_is_silent_loses_its_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a host whose directory this one does not see."""
    monkeypatch.setattr(storage, "HEARTBEAT_SECONDS", 1)
    monkeypatch.setattr(storage, "GRACE_SECONDS", 1)
    place = Place.of(f"sqlite:///{tmp_path / 'x.db'}", tmp_path)
    opened = place.open()
    study = optuna.create_study(storage=opened, study_name="s")
    trial = study.ask()
    value = trial.suggest_float("x", 0, 1)
    opened.record_heartbeat(trial._trial_id)  # type: ignore[attr-defined]
    time.sleep(3)
    study.optimize(lambda again: again.suggest_float("x", 0, 1), n_trials=1)
    assert [one.state for one in study.trials] == [TrialState.FAIL, TrialState.COMPLETE]
    assert study.trials[1].params == {"x": value}
