"""Where a study's trials are kept: a journal file by default, a database where a URL says so.

The journal needs no server and no database driver, is safe on network file systems (its lock is a link, not
``fcntl``), and knows no "database is locked". A database serves workers that share no directory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.storages import BaseStorage
from sqlalchemy.engine import URL

from kit.errors import InputError, KitError, StateError
from kit.tuning.storage.database import STORAGE_ERRORS, open_database, read_url, reason, shown
from kit.tuning.storage.journal import open_journal


@dataclass(frozen=True)
class Place:
    """Where a study is kept.

    Attributes:
        journal: The journal file, or None.
        url: The database's URL, or None.
        given: Whether it was given, and is not the journal in the study's directory.
    """

    journal: Path | None
    url: URL | None
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
        return cls(None, read_url(storage))

    def __str__(self) -> str:
        """Return the path or the URL, without its password."""
        return str(self.journal) if self.url is None else shown(self.url)

    @property
    def key(self) -> str:
        """Eight digits that tell one place from another, the same with another password."""
        what = str(self)
        if self.url is not None:
            file = self.url.database
            if self.url.get_backend_name() == "sqlite" and file and file != ":memory:" and not file.startswith("file:"):
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
        if self.url is not None:
            return open_database(self.url)
        assert self.journal is not None
        return open_journal(self.journal)


@contextmanager
def teaching_storage_errors(place: Place) -> Iterator[None]:
    """Turn a storage's error in the middle of a study into one that says what to do.

    Raises:
        StateError: Instead of an error of the database.
        KitError: What Optuna's own clean-up after an error of the storage hides.
    """
    try:
        yield
    except (*STORAGE_ERRORS, UnboundLocalError) as error:
        cause: BaseException | None = error
        # Optuna looks the trial up after an error, which fails as well.
        while cause is not None and not isinstance(cause, (*STORAGE_ERRORS, KitError)):
            cause = cause.__context__
        if isinstance(cause, KitError):
            raise cause from None
        if cause is None:
            raise
        raise StateError(
            f"storage: {place} failed: {reason(cause, place.url)}; the same command goes on when it is back"
        ) from None


def load(place: Place, name: str) -> optuna.Study:
    """Return a study that exists.

    Raises:
        StateError: It does not.
    """
    try:
        return optuna.load_study(study_name=name, storage=place.open())
    except KeyError:
        raise StateError(f"there is no study {name!r} in {place}") from None
