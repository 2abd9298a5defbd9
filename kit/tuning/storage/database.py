"""A study in a database: PostgreSQL, where several machines share it, or another one that SQLAlchemy knows."""

from __future__ import annotations

import hashlib
import time
import warnings
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from optuna import Trial
from optuna.exceptions import ExperimentalWarning, StorageInternalError
from optuna.storages import BaseStorage, RDBStorage
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError

from kit.errors import InputError, MissingDependencyError
from kit.tuning.storage.requeue import requeue_trial

HEARTBEAT_SECONDS, GRACE_SECONDS = 60, 300
"""In a database: how often a worker says that it lives, and after how long a silence its trial is given up. Far apart,
because a fit that holds the interpreter for a minute must not lose its trial."""

STORAGE_ERRORS = (SQLAlchemyError, StorageInternalError)
"""What a database raises, and Optuna about it."""

_SQLITE_PATIENCE = 60
"""Seconds that a writer waits for another one before SQLite says "database is locked" (its default is 5)."""

_NETWORK = {
    "connect_timeout": 20,
    "keepalives_idle": 60,
    "keepalives_interval": 20,
    "keepalives_count": 3,
    "tcp_user_timeout": 120_000,
}
"""What the PostgreSQL drivers are told where the URL does not say it, in seconds and the last in milliseconds: without
it a worker waits for hours for a server whose machine is gone."""

_PAUSES_WHILE_MADE = (0.1, 0.2, 0.4, 0.8, 1.6)
"""Seconds between the attempts to open a database whose tables another process is just making."""

_MADE_TWICE = ("42P07", "42710")
"""What PostgreSQL calls a table and a type that exist already, in whatever language it speaks."""

_SECRETS = ("pass", "pwd", "secret", "token", "key", "odbc_connect")
"""A part of a URL's query whose name holds one of these words is not shown."""

HIDDEN = "hidden"
"""What is shown in its place."""

_DRIVER = "postgresql+psycopg"
"""The driver for PostgreSQL where a URL names none; SQLAlchemy's own choice depends on its version."""


def read_url(given: str) -> URL:
    """Return the URL of a database, its driver named.

    Raises:
        InputError: It is none.
    """
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):  # a port that is no number
        scheme = given.partition("://")[0]
        raise InputError(
            f"storage: {scheme}://… is no database URL, such as sqlite:///study.db or "
            "postgresql+psycopg://user@host:5432/name"
        ) from None
    return url.set(drivername=_DRIVER) if url.drivername in ("postgres", "postgresql") else url


def shown(url: URL) -> str:
    """Return a URL without its password and what else is secret in it."""
    query = {name: HIDDEN if _is_secret(name) else value for name, value in url.query.items()}
    return url.set(query=query).render_as_string(hide_password=True)


def reason(error: BaseException, url: URL | None) -> str:
    """Return the first line of what a driver says, in which it may repeat the secrets that it was given."""
    if isinstance(error, StorageInternalError) and error.__cause__ is not None:
        error = error.__cause__  # Optuna only guesses
    first = (str(getattr(error, "orig", None) or error).splitlines() or [""])[0]
    if url is None:
        return first
    values = [value for name, value in url.query.items() if _is_secret(name)]
    secrets = [
        str(url.password or ""),
        *(one for value in values for one in ([value] if isinstance(value, str) else value)),
    ]
    for secret in filter(None, secrets):
        first = first.replace(secret, HIDDEN)
    return first


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in _SECRETS)


class _Database(RDBStorage):
    """Optuna's database, whose heartbeats outlive an outage of the server."""

    def record_heartbeat(self, trial_id: int) -> None:
        # In a thread of its own: an error would be printed there, and no heartbeat would follow.
        with suppress(*STORAGE_ERRORS):
            super().record_heartbeat(trial_id)


def beat(trial: Trial) -> None:
    """Have a database know that a trial's worker lives, before anybody can see who that is.

    Optuna's own first heartbeat comes from a thread; were the worker killed before it, nobody elsewhere would ever
    know.
    """
    if (record := getattr(trial.storage, "record_heartbeat", None)) is not None:
        record(trial._trial_id)


def open_database(url: URL) -> BaseStorage:
    """Return the storage in a database; its tables are made where they are not there.

    Raises:
        InputError: It cannot be reached, or used.
        MissingDependencyError: Its driver is not installed.
    """

    def connect() -> BaseStorage:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            return _Database(
                # Optuna takes braces for those of a template.
                url.render_as_string(hide_password=False).replace("{", "{{").replace("}", "}}"),
                engine_kwargs=_engine_options(url),
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
    except ImportError:
        raise MissingDependencyError(
            f"storage: {shown(url)}: the driver {url.get_driver_name()} is not installed; {_how_to_install(url)}"
        ) from None
    except (SQLAlchemyError, StorageInternalError, RuntimeError, ValueError) as error:
        why = reason(error, url)
        raise InputError(f"storage: {shown(url)} cannot be used: {why}; {_what_to_do(why, url)}") from None


def _engine_options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": _SQLITE_PATIENCE}}
    # A connection may have been cut while a fit ran: it is looked at before it is used again.
    options: dict[str, Any] = {"pool_pre_ping": True}
    if url.get_backend_name() == "postgresql":
        # A server allows a hundred connections by default; the heartbeats' is not kept.
        options["pool_size"] = 1
    if url.get_driver_name().startswith("psycopg"):
        options["connect_args"] = {name: value for name, value in _NETWORK.items() if name not in url.query}
    return options


def _made_by_another(error: Exception) -> bool:
    """Whether the error may be that of a database whose tables another process is making."""
    code = getattr(getattr(error, "orig", None), "sqlstate", None)
    return isinstance(error, (IntegrityError, RuntimeError)) or code in _MADE_TWICE or "already exists" in str(error)


def _how_to_install(url: URL) -> str:
    if url.get_backend_name() != "postgresql":
        return "pip install what SQLAlchemy names for it"
    other = "" if url.drivername == _DRIVER else f", and begin the URL with {_DRIVER}://"
    return f"pip install 'perturbation-kit[postgresql]'{other}"


def _what_to_do(why: str, url: URL) -> str:
    """Return advice on a connection that failed; servers that speak another language get the last one."""
    if "password" in why:
        return "check the user and the password, in the URL, in PGPASSWORD or in ~/.pgpass"
    if f'database "{url.database}" does not exist' in why:
        return f"make the database first: createdb {url.database}"
    if "permission denied" in why:
        return "the user needs the right to make tables there and to write them"
    if "too many" in why:
        return "start fewer workers, each has two or three connections, or raise max_connections"
    if any(word in why for word in ("refused", "resolve", "expired", "timed out")):
        return "check that the server runs, and host and port in the URL"
    return "check the URL"


class DatabaseLock:
    """A lock that all share who use a PostgreSQL database, on whatever machine.

    It belongs to a transaction, so that the server lets it go when whoever holds it dies, or is silent for
    `GRACE_SECONDS`.

    Args:
        url: The database.
        name: What is locked.
    """

    def __init__(self, url: URL, name: str) -> None:
        self._engine = create_engine(url, **_engine_options(url))
        self._key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
        self._held: Connection | None = None

    def acquire(self) -> None:
        """Wait until nobody else holds it."""
        connection = self._engine.connect()
        try:
            connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{GRACE_SECONDS}s'"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": self._key})
        except BaseException:
            _let_go(connection)
            raise
        self._held = connection

    def release(self, force: bool = False) -> None:
        """Let it go if it is held; ``force`` is for those who call a `filelock.FileLock` the same way."""
        held, self._held = self._held, None
        if held is not None:
            _let_go(held)

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def _let_go(connection: Connection) -> None:
    try:
        connection.rollback()
    except SQLAlchemyError:
        connection.invalidate()  # with the connection the lock is gone as well
    connection.close()
