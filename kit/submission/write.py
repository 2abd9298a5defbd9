"""Writing a submission: checked before it has its name, complete or absent, never over another one."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Floats
from kit.data.competition import Competition
from kit.data.mistakes import Mistakes
from kit.errors import InputError, RunError, SubmissionError
from kit.files import file_sha256, sync_file, sync_folder, temporary_file
from kit.large import row_blocks, stacked, take_rows
from kit.submission.check import LARGE_FILE_BYTES
from kit.submission.csv_rows import quoted, same_rows, write_rows
from kit.submission.layout import asked_label, check_columns, check_ids, check_values


@dataclass(frozen=True)
class WrittenSubmission:
    """A submission on disk.

    Attributes:
        path: The file; its name may have got a number, see `write_submission`.
        sha256: The file's SHA-256.
        warnings: What is odd about the values and no error.
        existed: Whether the same file had been written before.
    """

    path: Path
    sha256: str
    warnings: tuple[str, ...]
    existed: bool


def submission_path(out: Path, competition: str, source: str) -> Path:
    """Return where a run or blend is handed in, before a number is added should the name be taken.

    Args:
        out: The folder of submissions.
        competition: The competition's name.
        source: The name of the run's or blend's directory: ``<recipe>-<hash8>``.

    Returns:
        ``<out>/<competition>/<competition>-<recipe>-<hash8>.csv``.

    Raises:
        InputError: A part would lead out of the directory.
    """
    name = f"{competition}-{source}.csv"
    if Path(name).name != name or "\\" in name:
        raise InputError(f"{name!r} is no file name; competitions and recipes are named without slashes")
    return out.resolve() / competition / name


def write_submission(
    path: Path, ids: Sequence[str], targets: Sequence[str], predictions: ArrayLike, competition: Competition
) -> WrittenSubmission:
    """Write predictions as CSV in the sample's layout.

    Rows and columns are brought into the sample's order by name. The values are checked, written under a temporary
    name, read back, compared bit by bit, and only then given the name. An existing file is never replaced: when it
    has the same content it stays, otherwise the new one gets the next free name ``…-2.csv``, ``…-3.csv``.

    Args:
        path: The wanted file.
        ids: The rows' ids.
        targets: The columns' names.
        predictions: (len(ids), len(targets)); written as float32, which reading restores exactly.
        competition: The competition.

    Raises:
        SubmissionError: The predictions do not have the layout of the sample, are not finite or are all the same.
        RunError: The file cannot be written (disk full, no permission); nothing of it is left.
    """
    path = Path(path)
    names = list(targets)
    values, warnings = _arranged(list(map(str, ids)), names, predictions, competition)
    label = asked_label(competition)
    answers = None if label is None else competition.config.problem.answers(values, names)
    with temporary_file(path) as temporary:
        _write_csv(temporary, values, answers, competition)
        sync_file(temporary)
        _verify(temporary, values, answers, competition)
        size, digest = temporary.stat().st_size, file_sha256(temporary)
        final, existed = _publish(temporary, path, digest)
        sync_folder(path.parent)
    if size > LARGE_FILE_BYTES:
        warnings.append(f"{final.name} has {size / 1e6:,.0f} MB; compress it before the upload")
    return WrittenSubmission(final, digest, tuple(warnings), existed)


def _arranged(
    ids: list[str], targets: list[str], predictions: ArrayLike, competition: Competition
) -> tuple[Floats, list[str]]:
    """Return the values in the sample's order of rows and columns, checked, and warnings."""
    with np.errstate(over="ignore"):
        values = np.asarray(predictions, dtype=np.float32)
    if values.shape != (len(ids), len(targets)):
        raise SubmissionError(
            f"predictions of shape {values.shape} for {len(ids)} ids and {len(targets)} targets; expected "
            f"({len(ids)}, {len(targets)})"
        )
    id_column = competition.config.columns.id
    label = asked_label(competition)
    wanted = targets if label is not None else [name for name in competition.sample_columns if name != id_column]
    mistakes = Mistakes(SubmissionError)
    # Order is ours to put right; what is missing, unknown or there twice is not.
    row_of, column_of = {name: i for i, name in enumerate(ids)}, {name: i for i, name in enumerate(targets)}
    same_ids = len(row_of) == len(ids) and row_of.keys() == set(competition.sample_ids)
    same_targets = len(column_of) == len(targets) and column_of.keys() == set(wanted)
    if not same_ids:
        mistakes.add(*check_ids(ids, competition))
    if not same_targets:
        mistakes.add(*check_columns([id_column, *targets], competition))
    mistakes.raise_if_any("the submission")
    if ids != list(competition.sample_ids):
        values = take_rows(values, np.array([row_of[name] for name in competition.sample_ids], dtype=np.intp))
    if targets != wanted:
        columns = [column_of[name] for name in wanted]
        values = stacked((values[rows][:, columns] for rows in row_blocks(values)), len(values))
    checked = check_values(values, competition.sample_ids, wanted, competition.Y)
    mistakes.add(*checked.mistakes)
    mistakes.raise_if_any("the submission")
    return values, checked.warnings


def _write_csv(path: Path, values: Floats, answers: np.ndarray | None, competition: Competition) -> None:
    ids, place = _ids(competition)
    with path.open("xb") as file:
        file.write(_header(competition))
        if answers is None:
            write_rows(file, ids, place, values)
        else:
            file.writelines(_answered(ids, place, answers))


def _verify(path: Path, values: Floats, answers: np.ndarray | None, competition: Competition) -> None:
    """Read the file back and compare it with what should be in it."""
    ids, place = _ids(competition)
    header = _header(competition)
    with path.open("rb") as file:
        same = file.read(len(header)) == header
        if answers is None:
            same = same and same_rows(file, ids, place, values)
        else:
            same = same and file.read() == b"".join(_answered(ids, place, answers))
    if not same:
        raise RunError(f"{path.parent}: what was written reads back differently; is the disk sound?")


def _header(competition: Competition) -> bytes:
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(competition.sample_columns)
    return header.getvalue().encode()


def _ids(competition: Competition) -> tuple[list[bytes], int]:
    """Return the cells of the ids, and where among the columns they stand."""
    place = competition.sample_columns.index(competition.config.columns.id)
    return quoted(competition.written_ids or competition.sample_ids), place


def _answered(ids: list[bytes], place: int, answers: np.ndarray) -> Iterator[bytes]:
    """Yield the rows that name each row's class."""
    for cell, answer in zip(ids, quoted(list(map(str, answers))), strict=True):
        yield b",".join([cell, answer] if place == 0 else [answer, cell]) + b"\n"


def _publish(temporary: Path, path: Path, digest: str) -> tuple[Path, bool]:
    """Give the file its name, or find it there already; return the name and whether it existed."""
    for number in count(1):
        candidate = path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        if candidate.exists():
            if file_sha256(candidate) == digest:
                return candidate, True
            continue
        try:
            # Unlike a rename, a link fails when another process has taken the name meanwhile.
            os.link(temporary, candidate)
        except FileExistsError:
            if file_sha256(candidate) == digest:
                return candidate, True
            continue
        except (OSError, NotImplementedError):  # a file system without links
            os.replace(temporary, candidate)
        return candidate, False
    raise RunError(f"{path}: every numbered name is taken")  # never reached: the numbers do not end
