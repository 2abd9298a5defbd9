"""The ledger: one line for every submission, with what cross-validation said and what the leaderboard answered."""

from __future__ import annotations

import csv
import errno
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
from filelock import FileLock, Timeout

from kit.digits import format_number
from kit.errors import DataError, RunBusyError, RunError
from kit.files import new_file

_NUMBERS = ("cv", "cv_sd", "public", "private")
_LOCK_SECONDS = 30.0


@dataclass(frozen=True)
class LedgerEntry:
    """One line of the ledger.

    Attributes:
        competition: The competition's name.
        recipe: The recipe's name.
        run: The run directory's name.
        file: The submission's file name.
        sha256: The SHA-256 of that file.
        cv: The overall score of the out-of-fold predictions.
        cv_sd: The standard deviation of the folds' scores.
        cv_by_fold: The score by fold.
        cv_by_group: The score by group.
        public: The public leaderboard's score, once known.
        private: The private leaderboard's score, once known.
        message: A remark.
        time: When it was written, UTC, ISO 8601.
    """

    competition: str
    recipe: str
    run: str
    file: str
    sha256: str
    cv: float | None = None
    cv_sd: float | None = None
    cv_by_fold: Mapping[str, float] = field(default_factory=dict)
    cv_by_group: Mapping[str, float] = field(default_factory=dict)
    public: float | None = None
    private: float | None = None
    message: str = ""
    time: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))


COLUMNS = ("time", *(column.name for column in fields(LedgerEntry) if column.name != "time"))
"""The ledger's header."""


def append(ledger: Path, entry: LedgerEntry) -> None:
    """Append a line to the ledger, which is made when absent. Safe when several processes append at once.

    Args:
        ledger: The ledger's file.
        entry: The line.

    Raises:
        DataError: The file is no ledger of this version; it is left as it is.
        RunBusyError: Another process holds the lock for half a minute.
        RunError: The file cannot be written.
    """
    ledger = Path(ledger)
    line = _csv_line([_text(getattr(entry, name)) for name in COLUMNS])
    try:
        ledger.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(str(ledger) + ".lock", timeout=_LOCK_SECONDS):
            if not ledger.exists() or ledger.stat().st_size == 0:
                with new_file(ledger) as temporary:
                    temporary.write_bytes(_csv_line(COLUMNS))
            _check_header(ledger)
            with ledger.open("rb") as file:
                file.seek(-1, os.SEEK_END)
                ended = file.read(1) == b"\n"  # an editor may have taken the last line's end
            _append_bytes(ledger, line if ended else b"\n" + line)
    except Timeout:
        raise RunBusyError(f"{ledger}.lock is held by another process; try again when it has finished") from None
    except OSError as error:
        raise RunError(
            f"the ledger {ledger} cannot be written ({error.strerror or error}); the submission itself is complete"
        ) from error


def read(ledger: Path) -> pd.DataFrame:
    """Return the ledger as a data frame: scores as numbers (NaN where unknown), the rest as strings.

    An absent ledger is an empty one.

    Raises:
        DataError: The file is no ledger of this version.
    """
    ledger = Path(ledger)
    if not ledger.is_file() or ledger.stat().st_size == 0:
        return pd.DataFrame({name: pd.Series(dtype=float if name in _NUMBERS else object) for name in COLUMNS})
    _check_header(ledger)
    try:
        frame = pd.read_csv(ledger, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise DataError(f"{ledger}: {error}; a line was damaged, correct it by hand") from None
    for name in _NUMBERS:
        try:
            frame[name] = pd.to_numeric(frame[name].replace("", None)).astype(float)
        except ValueError as error:
            raise DataError(f"{ledger}, column {name!r}: {error}; scores are numbers with a point, or empty") from None
    return frame


def answered(ledger: Path, sha256: str, public: float | None, private: float | None, message: str = "") -> int:
    """Write what the leaderboard answered into the lines of a submission; other cells stay as they are.

    Args:
        ledger: The ledger's file.
        sha256: The digest of the submission's file.
        public: The public score; None leaves it.
        private: The private score; None leaves it.
        message: A remark, kept where the line has none.

    Returns:
        The number of lines that were changed.

    Raises:
        DataError: The file is no ledger of this version.
        RunBusyError: Another process holds the lock for half a minute.
        RunError: The file cannot be written.
    """
    ledger = Path(ledger)
    try:
        with FileLock(str(ledger) + ".lock", timeout=_LOCK_SECONDS):
            _check_header(ledger)
            with ledger.open(encoding="utf-8-sig", newline="") as file:
                lines = list(csv.DictReader(file))
            mine = [line for line in lines if line["sha256"] == sha256]
            for line in mine:
                line["public"] = line["public"] if public is None else _text(public)
                line["private"] = line["private"] if private is None else _text(private)
                line["message"] = line["message"] or _text(message)
            with new_file(ledger) as temporary:
                temporary.write_bytes(_csv_line(COLUMNS) + b"".join(_csv_line(list(line.values())) for line in lines))
    except Timeout:
        raise RunBusyError(f"{ledger}.lock is held by another process; try again when it has finished") from None
    except OSError as error:
        raise RunError(f"the ledger {ledger} cannot be written ({error.strerror or error})") from error
    return len(mine)


def parse_scores(text: str) -> dict[str, float]:
    """Return the scores of a cell of ``cv_by_fold`` or ``cv_by_group``, by name: the inverse of ``name=score;…``."""
    pairs = (part.rpartition("=") for part in text.split(";") if part)
    return {name: float(score) for name, _, score in pairs}


def _check_header(ledger: Path) -> None:
    try:
        with ledger.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{ledger} is no CSV file ({error}); move it away, a new ledger is then begun") from None
    if tuple(header) != COLUMNS:
        absent = [name for name in COLUMNS if name not in header]
        extra = [name for name in header if name not in COLUMNS]
        details = [f"lacks {', '.join(absent)}"] if absent else []
        details += [f"has {', '.join(map(repr, extra))} besides"] if extra else []
        raise DataError(
            f"{ledger} has another header than this version writes ({'; '.join(details) or 'another order'}); expected "
            f"{','.join(COLUMNS)}: correct the header, or move the file away and a new ledger is begun"
        )


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return ";".join(f"{_plain(name)}={format_number(score, 6)}" for name, score in value.items())
    if isinstance(value, float):
        return format_number(value, 6)
    return " ".join(str(value).split("\n")).replace("\r", " ")


def _plain(name: object) -> str:
    # The separator must not occur in a name; an equals sign may, since the last one counts.
    return str(name).replace(";", ",").replace("\n", " ")


def _csv_line(values: tuple[str, ...] | list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue().encode()


def _append_bytes(path: Path, content: bytes) -> None:
    """Append in a single write, so that a reader sees whole lines; undo a write that the disk cut short."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        size = os.fstat(descriptor).st_size
        if os.write(descriptor, content) != len(content):
            os.ftruncate(descriptor, size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
