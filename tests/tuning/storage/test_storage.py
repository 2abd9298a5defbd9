from __future__ import annotations

import multiprocessing
import os
import time
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier as BarrierType
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState
from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError

from kit.errors import InputError, KitWarning, MissingDependencyError, StateError
from kit.tuning.storage import database, journal
from kit.tuning.storage.storage import Place, load, teaching_storage_errors

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


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n3,4", b'{"mine": 1}\n{"half', b'{"mine": 1}', b"\n\n[1]\n", b"\x00\xff no text"]
)
def test_foreign_files_are_not_touched(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "mine.txt"
    file.write_bytes(content)
    place = Place.of(str(file), tmp_path)
    if not content:
        fill(place)
        return
    with pytest.raises(InputError, match="not a journal of a study"):
        place.open()
    assert file.read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_is_no_journal_and_a_foreign_lock_stays(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a journal of a study"):
        Place.of(str(tmp_path), tmp_path).open()
    (tmp_path / "poetry.lock").write_text("of somebody else")
    with pytest.raises(InputError, match=r"its lock would be .*poetry\.lock"):
        Place.of(str(tmp_path / "poetry"), tmp_path).open()
    assert (tmp_path / "poetry.lock").read_text() == "of somebody else"


def test_the_lock_of_a_dead_process_is_spoken_of_and_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(Place.of(None, tmp_path))
    monkeypatch.setattr(journal, "_PATIENCE_SECONDS", 0.01)
    monkeypatch.setattr(journal, "_GRACE_SECONDS", 3)
    lock = tmp_path / "journal.log.lock"
    journal._lock(tmp_path / "journal.log").acquire()
    assert lock.is_symlink() or lock.is_file()
    with pytest.warns(KitWarning, match=r"journal\.log\.lock is held by another process.* in 3 seconds"):
        study = load(Place.of(None, tmp_path), "s")
    assert len(study.trials) == 2
    assert not lock.is_symlink()


def test_a_lock_that_is_let_go_of_is_not_spoken_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    fill(Place.of(None, tmp_path))
    held = journal._lock(tmp_path / "journal.log")
    held.acquire()
    monkeypatch.setattr(time, "sleep", lambda seconds: held.release())
    load(Place.of(None, tmp_path), "s")
    assert not recwarn.list


def test_a_journal_may_be_opened_at_the_moment_a_lock_is_let_go_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, rename, opened = Place.of(None, tmp_path), os.rename, []
    fill(place)
    study = load(place, "s")

    def opened_meanwhile(old: str, new: str) -> None:
        rename(old, new)
        if not opened:
            opened.append(new)
            place.open()

    monkeypatch.setattr(os, "rename", opened_meanwhile)
    study.set_user_attr("a", 1)
    assert opened[0].endswith(".rename")
    assert load(place, "s").user_attrs == {"a": 1}


def test_a_lock_of_a_study_that_was_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_PATIENCE_SECONDS", 0.01)
    fill(Place.of(None, tmp_path / "here"))
    (tmp_path / "here" / "journal.log.lock").symlink_to(tmp_path / "here" / "journal.log")
    (tmp_path / "here").rename(tmp_path / "there")
    with pytest.raises(StateError, match=r"the study was moved .*; remove the lock and begin again"):
        Place.of(None, tmp_path / "there").open()
    (tmp_path / "there" / "journal.log.lock").unlink()
    assert len(load(Place.of(None, tmp_path / "there"), "s").trials) == 2


def test_a_foreign_tail_is_not_cut_off(tmp_path: Path) -> None:
    fill(Place.of(None, tmp_path))
    with (tmp_path / "journal.log").open("ab") as file:
        file.write(b"somebody's notes")
    before = (tmp_path / "journal.log").read_bytes()
    with pytest.raises(StateError, match=r"damaged.*somebody"):
        Place.of(None, tmp_path).open()
    assert (tmp_path / "journal.log").read_bytes() == before


@pytest.mark.parametrize("line", ['{"mine": 1}', "[1]", '{"op_code": 4}', '{"op_code": 99, "worker_id": "a"}'])
def test_a_line_of_json_that_is_no_entry_is_said_to_be_so(tmp_path: Path, line: str) -> None:
    fill(Place.of(None, tmp_path))
    with (tmp_path / "journal.log").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(StateError, match="damaged"):
        Place.of(None, tmp_path).open()


def test_a_half_line_of_a_killed_writer_does_not_harm_those_who_have_the_journal_open(tmp_path: Path) -> None:
    place = Place.of(None, tmp_path)
    fill(place)
    studies = [load(place, "s"), load(place, "s")]
    with (tmp_path / "journal.log").open("ab") as file:
        file.write(b'{"op_code":4,"wor')
    for study in studies:
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    for study in (*studies, load(place, "s")):
        assert [trial.state for trial in study.trials] == [TrialState.COMPLETE] * 4


def test_damage_while_the_journal_is_open_is_said_to_be_so(tmp_path: Path) -> None:
    place = Place.of(None, tmp_path)
    fill(place)
    study = load(place, "s")
    with (tmp_path / "journal.log").open("a") as file:
        file.write('no json\n{"mine": 1}\n')
    with pytest.raises(StateError, match="damaged"):
        study.get_trials()


def test_errors_of_a_database_in_the_middle_teach(tmp_path: Path) -> None:
    url = "postgresql://me:geheim@host/db?sslpassword=verborgen"
    error = SQLAlchemyError("no connection to me:geheim@host, verborgen")
    with (
        pytest.raises(StateError, match="the same command goes on") as caught,
        teaching_storage_errors(Place.of(url, tmp_path)),
    ):
        raise error
    assert "geheim" not in str(caught.value)
    assert "verborgen" not in str(caught.value)


def test_places_are_told_apart_without_their_passwords(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def key(storage: str) -> str:
        return Place.of(storage, tmp_path).key

    assert key("postgresql://me:one@host/db") == key("postgresql://me:two@host/db")
    assert key("postgresql://me@host/db") != key("postgresql://me@host/other")
    monkeypatch.chdir(tmp_path)
    assert key("x.log") == key(str(tmp_path / "x.log"))
    assert key("sqlite:///x.db") == key(f"sqlite:///{tmp_path / 'x.db'}")


def test_a_url_of_a_wrong_port(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no database URL") as caught:
        Place.of("postgresql://me:secret@host:port/db", tmp_path)
    assert "secret" not in str(caught.value)


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
    query = str(Place.of("postgresql://host/db?password=secret&sslmode=require", tmp_path))
    assert "secret" not in query
    assert "sslmode=require" in query
    assert "host" in shown


@pytest.mark.filterwarnings("ignore")
def test_in_a_database_a_worker_that_is_silent_loses_its_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a host whose directory this one does not see."""
    monkeypatch.setattr(database, "HEARTBEAT_SECONDS", 1)
    monkeypatch.setattr(database, "GRACE_SECONDS", 1)
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


def open_after(barrier: BarrierType, url: str, errors: Queue) -> None:
    place = Place.of(url, Path())
    barrier.wait()
    try:
        place.open()
    except Exception as error:
        errors.put(repr(error))


@pytest.mark.slow
def test_a_new_database_is_opened_by_several_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    barrier, errors = context.Barrier(4), context.Queue()
    url = f"sqlite:///{tmp_path / 'new.db'}"
    processes = [context.Process(target=open_after, args=(barrier, url, errors)) for _ in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert errors.empty(), errors.get()


@pytest.mark.parametrize(
    ("error", "attempts"),
    [
        (IntegrityError("insert", {}, Exception("UNIQUE constraint failed")), 3),
        (ProgrammingError("create", {}, Exception("relation already exists")), 3),
        (SQLAlchemyError("could not connect"), 1),
    ],
)
def test_what_another_process_is_making_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, attempts: int
) -> None:
    calls: list[str] = []
    opened = database._Database

    def made_meanwhile(url: str, **options: object) -> object:
        calls.append(url)
        if len(calls) < 3:
            raise error
        return opened(url, **options)

    monkeypatch.setattr(database, "_Database", made_meanwhile)
    monkeypatch.setattr(database, "_PAUSES_WHILE_MADE", (0.0,) * 5)
    place = Place.of(f"sqlite:///{tmp_path / 'x.db'}", tmp_path)
    if attempts == 1:
        with pytest.raises(InputError, match="could not connect"):
            place.open()
    else:
        place.open()
    assert len(calls) == attempts
