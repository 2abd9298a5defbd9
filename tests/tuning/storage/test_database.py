"""A real PostgreSQL server: what it refuses, who may hold the lock, connections that are cut."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from kit.errors import InputError, MissingDependencyError
from kit.files.heartbeat import Heartbeat
from kit.tuning.storage import database
from kit.tuning.storage.database import DatabaseLock, beat
from kit.tuning.storage.requeue import WORKER, give_up_dead
from kit.tuning.storage.storage import Place
from tests.tuning.postgresql import PASSWORD, USER, Server

pytestmark = [
    pytest.mark.xdist_group("postgresql"),
    pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning"),
    pytest.mark.filterwarnings("ignore:Heartbeat of storage is supposed"),
]


@pytest.fixture
def place(postgresql: Server, tmp_path: Path) -> Place:
    """A database with nothing in it."""
    return Place.of(postgresql.new_database(), tmp_path)


@pytest.fixture
def locks(place: Place) -> Iterator[list[DatabaseLock]]:
    """Two that lock the same, as two processes have them."""
    assert place.url is not None
    found = [DatabaseLock(place.url, "a study") for _ in range(2)]
    yield found
    for lock in found:
        lock.release()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_the_driver_need_not_be_named(postgresql: Server, tmp_path: Path, scheme: str) -> None:
    place = Place.of(postgresql.url("postgres").replace("postgresql+psycopg", scheme), tmp_path)
    place.open()
    assert place.key == Place.of(postgresql.url("postgres"), tmp_path).key


def test_the_password_need_not_be_in_the_url(
    postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other users of a machine see the arguments of its processes."""
    url = f"postgresql://{USER}@127.0.0.1:{postgresql.port}/postgres"
    with pytest.raises(InputError, match="no password supplied; check the user and the password"):
        Place.of(url, tmp_path).open()
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    Place.of(url, tmp_path).open()


def test_what_the_server_refuses_teaches_in_one_line_without_the_password(postgresql: Server, tmp_path: Path) -> None:
    postgresql.ask("CREATE ROLE guest LOGIN PASSWORD 'of guests'")
    guest = postgresql.url("postgres", password="of guests", user="guest")
    refused = {
        postgresql.url("postgres", password="falsch"): "password authentication failed .*; check the user and",
        postgresql.url("postgres", user="nobody"): "password authentication failed .*; check the user and the password",
        postgresql.url("no_such"): 'database "no_such" does not exist; make the database first: createdb no_such',
        postgresql.url("postgres").replace(str(postgresql.port), "1"): "refused; check that the server runs",
        postgresql.url("postgres").replace("127.0.0.1", "no.such.invalid"): "check that the server runs, and host and",
        guest: "permission denied .*; the user needs the right to make tables",
        postgresql.url("postgres") + "?no_such=1": "no_such.*; check the URL",
    }
    for url, why in refused.items():
        with pytest.raises(InputError, match=f"cannot be used: .*{why}") as caught:
            Place.of(url, tmp_path).open()
        assert "\n" not in str(caught.value)
        assert not [one for one in (PASSWORD, "falsch", "of guests", "%40h") if one in str(caught.value)]


@pytest.mark.parametrize("missing", ["psycopg", "psycopg2"])
def test_a_missing_driver_is_told_with_what_to_install(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    scheme = "postgresql" if missing == "psycopg" else "postgresql+psycopg2"
    with pytest.raises(MissingDependencyError) as caught:
        Place.of(f"{scheme}://me:secret@host/db", Path()).open()
    assert f"the driver {missing} is not installed; pip install 'perturbation-kit[postgresql]'" in str(caught.value)
    assert ("begin the URL with postgresql+psycopg://" in str(caught.value)) == (missing == "psycopg2")
    assert "secret" not in str(caught.value)


def test_a_worker_does_not_wait_for_hours_and_the_url_has_the_last_word(postgresql: Server, tmp_path: Path) -> None:
    def asked(more: str) -> dict[str, str]:
        storage = Place.of(postgresql.url("postgres") + more, tmp_path).open()
        with storage.engine.connect() as connection:  # type: ignore[attr-defined]
            return dict(connection.connection.driver_connection.info.get_parameters())

    assert {"keepalives_idle": "60", "tcp_user_timeout": "120000", "connect_timeout": "20"}.items() <= asked("").items()
    assert asked("?keepalives_idle=7")["keepalives_idle"] == "7"


def test_a_new_database_is_opened_by_several_at_once(place: Place) -> None:
    barrier, errors = threading.Barrier(6), list[BaseException]()

    def open_one() -> None:
        barrier.wait()
        try:
            optuna.create_study(storage=place.open(), study_name="s", load_if_exists=True).ask()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=open_one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    study = optuna.load_study(storage=place.open(), study_name="s")
    assert [trial.number for trial in study.trials] == list(range(6))


def test_connections_that_were_cut_are_made_again(postgresql: Server, place: Place) -> None:
    trial = optuna.create_study(storage=place.open()).ask()
    postgresql.stop()
    postgresql.start()
    trial.set_user_attr("after", 1)
    assert trial.user_attrs == {"after": 1}


def test_a_heartbeat_outlives_an_outage(postgresql: Server, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "HEARTBEAT_SECONDS", 1)
    uncaught: list[object] = []
    monkeypatch.setattr(threading, "excepthook", uncaught.append)

    def heartbeats() -> list[tuple[object, ...]]:
        return postgresql.ask("SELECT heartbeat FROM trial_heartbeats", str(place.url and place.url.database))

    def away_for_a_while(trial: optuna.Trial) -> float:
        beat(trial)
        postgresql.stop()
        time.sleep(1.5)
        postgresql.start()
        before = heartbeats()
        until = time.monotonic() + 20
        while heartbeats() == before and time.monotonic() < until:
            time.sleep(0.1)
        assert heartbeats() != before
        return 0.0

    study = optuna.create_study(storage=place.open())
    study.optimize(away_for_a_while, n_trials=1)
    assert study.trials[0].state == TrialState.COMPLETE
    assert not uncaught


def test_workers_of_other_directories_are_given_up_when_they_were_silent_for_long(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By whoever looks, not only by one who begins a trial: there may be none left to begin."""
    monkeypatch.setattr(database, "GRACE_SECONDS", 1)
    study = optuna.create_study(storage=place.open(), study_name="s")
    trial = study.ask()
    trial.suggest_float("x", 0, 1)
    beat(trial)
    trial.set_user_attr(WORKER, {"name": "far-1-aa", "host": "far", "pid": 1, "folder": "1-1"})
    give_up_dead(study, tmp_path, shared=False)
    assert [one.state for one in study.trials] == [TrialState.RUNNING]
    time.sleep(2)
    give_up_dead(study, tmp_path, shared=False)
    assert [one.state for one in study.trials] == [TrialState.FAIL, TrialState.WAITING]
    assert study.trials[1].system_attrs["fixed_params"] == trial.params


def test_a_worker_that_ended_without_a_word_is_dead_for_those_of_its_own_directory(
    place: Place, tmp_path: Path
) -> None:
    """As one whose database went away: it could not say what became of its trial."""
    study = optuna.create_study(storage=place.open(), study_name="s")
    trial = study.ask()
    with Heartbeat(tmp_path / "mine") as heartbeat:
        trial.set_user_attr(WORKER, heartbeat.described())
    (tmp_path / "other").mkdir()
    assert give_up_dead(study, tmp_path / "other", shared=False) == []
    assert [one.number for one in give_up_dead(study, tmp_path / "mine", shared=False)] == [0]


def test_one_holds_the_lock(locks: list[DatabaseLock]) -> None:
    taken = threading.Event()

    def take() -> None:
        with locks[1]:
            taken.set()

    with locks[0]:
        waiting = threading.Thread(target=take)
        waiting.start()
        assert not taken.wait(0.5)
    waiting.join(10)
    assert taken.is_set()


def test_whoever_lost_the_connection_lost_the_lock(
    postgresql: Server, place: Place, locks: list[DatabaseLock], capfd: pytest.CaptureFixture[str]
) -> None:
    locks[0].acquire()
    held = "SELECT pid FROM pg_locks WHERE locktype = 'advisory'"
    ((pid,),) = postgresql.ask(held)
    postgresql.ask(f"SELECT pg_terminate_backend({pid})")
    with locks[1]:
        locks[0].release()
        ((other,),) = postgresql.ask(held)
        assert other != pid
    assert postgresql.ask(held) == []
    with locks[0]:  # with a new connection
        assert len(postgresql.ask(held)) == 1
    assert capfd.readouterr().err == ""


def test_who_is_silent_with_the_lock_in_hand_loses_it(
    postgresql: Server, locks: list[DatabaseLock], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a machine that was switched off."""
    monkeypatch.setattr(database, "GRACE_SECONDS", 1)
    locks[0].acquire()
    locks[1].acquire()
    assert len(postgresql.ask("SELECT pid FROM pg_locks WHERE locktype = 'advisory'")) == 1


def test_no_transaction_stays_open_while_a_trial_is_carried_out(postgresql: Server, place: Place) -> None:
    def look(trial: optuna.Trial) -> float:
        trial.suggest_float("x", 0, 1)
        trial.set_user_attr("a", 1)
        name = place.url and place.url.database
        time.sleep(0.2)  # the first heartbeat
        open_ = postgresql.ask(f"SELECT state FROM pg_stat_activity WHERE datname = '{name}' AND state != 'idle'")
        assert open_ == []
        return 0.0

    study = optuna.create_study(storage=place.open())
    study.optimize(look, n_trials=1)
