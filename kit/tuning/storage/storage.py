"""Where a study's trials are kept: a journal file by default, a database where a URL says so.

The journal needs no server and no database driver, is safe on network file systems (its lock is a link, not
``fcntl``), and knows no "database is locked". A database serves workers that share no directory.
"""

from __future__ import annotations

import hashlib
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.exceptions import ExperimentalWarning, StorageInternalError
from optuna.storages import BaseStorage, RDBStorage
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError

from kit.errors import InputError, KitError, MissingDependencyError, StateError
from kit.tuning.storage.journal import open_journal
from kit.tuning.storage.requeue import requeue_trial

HEARTBEAT_SECONDS, GRACE_SECONDS = 60, 300
"""In a database: how often a worker says that it lives, and after how long a silence its trial is given up. Far apart,
because a fit that holds the interpreter for a minute must not lose its trial."""

_SQLITE_PATIENCE = 60
"""Seconds that a writer waits for another one before SQLite says "database is locked" (its default is 5)."""

_PAUSES_WHILE_MADE = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds between the attempts to open a database whose tables another process is just making."""

_SECRETS = ("pass", "pwd", "secret", "token", "key", "odbc_connect")
"""A part of a URL's query whose name holds one of these words is not shown."""

HIDDEN = "hidden"
"""What is shown in its place."""


@dataclass(frozen=True)
class Place:
    """Where a study is kept.

    Attributes:
        journal: The journal file, or None.
        url: The database's URL, or None.
        given: Whether it was given, and is not the journal in the study's directory.
    """

    journal: Path | None
    url: str | None
    given: bool = True

    @classmethod
    def of(cls, storage: str | None, directory: Path) -> Place:
        """Read what ``--storage`` says: a URL, a path, or nothing, which is a journal in the study's directory.

        Raises:
            InputError: It is neither.
        """
        if storage is None:
            # Absolute: the lock is a link to this very path.
            return cls((directory / "journal.log").resolve(), None, given=False)
        if "://" not in storage:
            path = Path(storage).resolve()
            if path.suffix in (".db", ".sqlite", ".sqlite3"):
                raise InputError(f"storage: {storage} looks like a database; give its URL: sqlite:///{storage}")
            return cls(path, None)
        try:
            make_url(storage)
        except (ArgumentError, ValueError):  # a port that is no number
            scheme = storage.partition("://")[0]
            raise InputError(
                f"storage: {scheme}://… is no database URL, such as sqlite:///study.db or "
                "postgresql://user:password@host:5432/name"
            ) from None
        return cls(None, storage)

    def __str__(self) -> str:
        """Return the path or the URL, without its password."""
        return str(self.journal) if self.url is None else _shown(make_url(self.url))

    @property
    def key(self) -> str:
        """Eight digits that tell one place from another, the same with another password."""
        what = str(self)
        if self.url is not None:
            url = make_url(self.url)
            file = url.database
            if url.get_backend_name() == "sqlite" and file and file != ":memory:" and not file.startswith("file:"):
                what = f"sqlite:{Path(file).resolve()}"
        return hashlib.sha256(what.encode()).hexdigest()[:8]

    def open(self) -> BaseStorage:
        """Return the storage; it is made when it does not exist.

        Raises:
            InputError: The database cannot be reached, or the file is no journal.
            MissingDependencyError: The database's driver is not installed.
            StateError: The journal is damaged.
            RunError: The journal cannot be written.
        """
        return open_journal(self.journal) if self.journal is not None else _open_database(str(self.url), str(self))


def _shown(url: URL) -> str:
    query = {name: HIDDEN if _is_secret(name) else value for name, value in url.query.items()}
    return url.set(query=query).render_as_string(hide_password=True)


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRETS)


def _without_secrets(text: str, url: URL) -> str:
    """Return the first line of a driver's message, in which it may repeat what it was given."""
    values = [value for name, value in url.query.items() if _is_secret(name)]
    secrets = [
        str(url.password or ""),
        *(one for value in values for one in ([value] if isinstance(value, str) else value)),
    ]
    first = (text.splitlines() or [""])[0]
    for secret in filter(None, secrets):
        first = first.replace(secret, HIDDEN)
    return first


@contextmanager
def teaching_storage_errors(place: Place) -> Iterator[None]:
    """Turn a storage's error in the middle of a study into one that says what to do.

    Raises:
        StateError: Instead of an error of the database.
        KitError: What Optuna's own clean-up after an error of the storage hides.
    """
    try:
        yield
    except (SQLAlchemyError, StorageInternalError, UnboundLocalError) as error:
        cause: BaseException | None = error
        # Optuna looks the trial up after an error, which fails as well.
        while cause is not None and not isinstance(cause, (SQLAlchemyError, StorageInternalError, KitError)):
            cause = cause.__context__
        if isinstance(cause, KitError):
            raise cause from None
        if cause is None:
            raise
        text = str(cause) if place.url is None else _without_secrets(str(cause), make_url(place.url))
        raise StateError(f"storage: {place} failed: {text}; the same command goes on when it is back") from None


def _open_database(url: str, shown: str) -> BaseStorage:
    scheme = url.partition("://")[0]
    options = {"connect_args": {"timeout": _SQLITE_PATIENCE}} if scheme.startswith("sqlite") else {}

    def connect() -> BaseStorage:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            return RDBStorage(
                url,
                engine_kwargs=options,
                heartbeat_interval=HEARTBEAT_SECONDS,
                grace_period=GRACE_SECONDS,
                heartbeat_stale_trial_callback=requeue_trial,
            )

    try:
        # Optuna makes its tables when it connects; of several processes that open a new database at the same moment,
        # all but one find tables, keys or a version that another is just writing. They are there the next time.
        for pause in _PAUSES_WHILE_MADE:
            try:
                return connect()
            except (SQLAlchemyError, RuntimeError) as error:
                if not _made_by_another(error):
                    raise
                time.sleep(pause)
        return connect()
    except ImportError as error:
        raise MissingDependencyError(
            f"storage: the driver of {scheme!r} is not installed ({error}); for PostgreSQL: pip install psycopg2-binary"
        ) from None
    except (SQLAlchemyError, StorageInternalError, RuntimeError, ValueError) as error:
        first = _without_secrets(str(error), make_url(url))
        raise InputError(f"storage: {shown} cannot be used: {first}") from None


def _made_by_another(error: Exception) -> bool:
    """Whether the error may be that of a database whose tables another process is making."""
    return isinstance(error, (IntegrityError, RuntimeError)) or "already exists" in str(error)


def load(place: Place, name: str) -> optuna.Study:
    """Return a study that exists.

    Raises:
        StateError: It does not.
    """
    try:
        return optuna.load_study(study_name=name, storage=place.open())
    except KeyError:
        raise StateError(f"there is no study {name!r} in {place}") from None
