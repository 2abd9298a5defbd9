"""Where a study's trials are kept: a journal file by default, a database where a URL says so.

The journal needs no server and no database driver, is safe on network file systems (its lock is a link, not
``fcntl``), and knows no "database is locked". A database serves workers that share no directory.
"""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.exceptions import ExperimentalWarning, StorageInternalError
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock, JournalFileSymlinkLock
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from kit.errors import InputError, MissingDependencyError, StateError
from kit.training.store import teaching_os_errors
from kit.tuning.again import enqueue_again

HEARTBEAT_SECONDS, GRACE_SECONDS = 60, 300
"""In a database: how often a worker says that it lives, and after how long a silence its trial is given up. Far apart,
because a fit that holds the interpreter for a minute must not lose its trial."""

_SQLITE_PATIENCE = 60
"""Seconds that a writer waits for another one before SQLite says "database is locked" (its default is 5)."""


@dataclass(frozen=True)
class Place:
    """Where a study is kept.

    Attributes:
        journal: The journal file, or None.
        url: The database's URL, or None.
    """

    journal: Path | None
    url: str | None

    @classmethod
    def of(cls, storage: str | None, directory: Path) -> Place:
        """Read what ``--storage`` says: a URL, a path, or nothing, which is a journal in the study's directory.

        Raises:
            InputError: It is neither.
        """
        if storage is None:
            # Absolute: the lock is a link to this very path.
            return cls((directory / "journal.log").resolve(), None)
        if "://" not in storage:
            path = Path(storage).resolve()
            if path.suffix in (".db", ".sqlite", ".sqlite3"):
                raise InputError(f"storage: {storage} looks like a database; give its URL: sqlite:///{storage}")
            return cls(path, None)
        try:
            make_url(storage)
        except ArgumentError:
            raise InputError(f"storage: {storage!r} is no database URL, such as sqlite:///study.db") from None
        return cls(None, storage)

    def __str__(self) -> str:
        """Return the path or the URL, without its password."""
        return str(self.journal) if self.url is None else make_url(self.url).render_as_string(hide_password=True)

    def open(self) -> BaseStorage:
        """Return the storage; it is made when it does not exist.

        Raises:
            InputError: The database cannot be reached.
            MissingDependencyError: The database's driver is not installed.
            StateError: The journal is damaged.
            RunError: The journal cannot be written.
        """
        return _open_journal(self.journal) if self.journal is not None else _open_database(str(self.url), str(self))


def _open_journal(path: Path) -> BaseStorage:
    with teaching_os_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = _lock(path)
        _mend(path, lock)
        try:
            return JournalStorage(JournalFileBackend(str(path), lock_obj=_lock(path)))
        except ValueError as error:
            raise StateError(f"{path} is damaged ({error}); begin a new study with --study NAME") from None


def _lock(path: Path) -> JournalFileOpenLock | JournalFileSymlinkLock:
    return JournalFileOpenLock(str(path)) if os.name == "nt" else JournalFileSymlinkLock(str(path))


def _mend(path: Path, lock: JournalFileOpenLock | JournalFileSymlinkLock) -> None:
    """Cut off a half-written last line, which a full disk leaves: the next one would be appended to it.

    Optuna reads a journal to the first line that is no JSON and gives up there for ever.
    """
    if not path.exists():
        return
    lock.acquire()
    try:
        with path.open("rb+") as file:
            content = file.read()
            if content and not content.endswith(b"\n"):
                file.truncate(content.rfind(b"\n") + 1)
    finally:
        lock.release()


def _open_database(url: str, shown: str) -> BaseStorage:
    scheme = url.partition("://")[0]
    options = {"connect_args": {"timeout": _SQLITE_PATIENCE}} if scheme.startswith("sqlite") else {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            return RDBStorage(
                url,
                engine_kwargs=options,
                heartbeat_interval=HEARTBEAT_SECONDS,
                grace_period=GRACE_SECONDS,
                heartbeat_stale_trial_callback=enqueue_again,
            )
    except ImportError as error:
        raise MissingDependencyError(
            f"storage: the driver of {scheme!r} is not installed ({error}); for PostgreSQL: pip install psycopg2-binary"
        ) from None
    except (SQLAlchemyError, StorageInternalError, RuntimeError) as error:
        first = str(error).splitlines()[0]
        raise InputError(f"storage: {shown} cannot be used: {first}") from None


def load(place: Place, name: str) -> optuna.Study:
    """Return a study that exists.

    Raises:
        StateError: It does not.
    """
    try:
        return optuna.load_study(study_name=name, storage=place.open())
    except KeyError:
        raise StateError(f"there is no study {name!r} in {place}") from None
