"""CSV tables, plain or gzipped, read row by row with the standard library's reader."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.data.tables.table import MISSING_TEXTS, Table, TextCell, tidy_types
from kit.errors import DataError


class CsvTable(Table):
    """A comma-separated table in UTF-8 with one header line.

    Raises:
        DataError: The file is no such table.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._n_rows: int | None = None
        self.columns = next(self._records(header=True))
        if len(self.columns) == 1:
            for separator, name in ((";", "semicolons"), ("\t", "tabs")):
                if separator in self.columns[0]:
                    raise DataError(f"{path} is separated by {name}; save it with commas")

    @property
    def n_rows(self) -> int:
        """The number of rows; counting them reads the whole file, once."""
        if self._n_rows is None:
            self._n_rows = sum(1 for _ in self._records())
        return self._n_rows

    def row(self, index: int) -> str:
        """Name a row for a message: counted from 0, with its line in the file."""
        return f"row {index} (line {index + 2})"

    def frame(self, text: Sequence[str], natural: Sequence[str] = ()) -> pd.DataFrame:
        """Read a few columns; see `Table.frame`."""
        names = [*text, *natural]
        pick = _picker([self.columns.index(name) for name in names])
        cells = [[None if value in MISSING_TEXTS else value for value in pick(record)] for record in self._records()]
        self._n_rows = len(cells)
        frame = pd.DataFrame(cells, columns=names, dtype=object, index=pd.RangeIndex(len(cells)))
        for name in natural:
            frame[name] = tidy_types(frame[name])
        return frame

    def fill(self, names: Sequence[str], out: Floats) -> list[TextCell]:
        """Read number columns into a matrix; see `Table.fill`."""
        position = {name: index for index, name in enumerate(self.columns)}
        pick = _picker([position[name] for name in names])
        texts: dict[str, TextCell] = {}
        with np.errstate(over="ignore"):  # beyond float32's range becomes inf, which the checks report
            for row, record in enumerate(self._records()):
                fields = pick(record)
                try:
                    out[row] = np.fromiter(map(float, fields), dtype=np.float32, count=len(names))
                except ValueError:
                    numbers = [_number(field) for field in fields]
                    out[row] = [np.nan if number is None else number for number in numbers]
                    for name, field, number in zip(names, fields, numbers, strict=True):
                        if number is None:
                            texts.setdefault(name, TextCell(row, name, field))
        return list(texts.values())

    def _open(self) -> TextIO:
        if self.path.name.lower().endswith(".gz"):
            return io.TextIOWrapper(gzip.open(self.path, "rb"), encoding="utf-8-sig", newline="")
        return self.path.open(encoding="utf-8-sig", newline="")

    def _records(self, header: bool = False) -> Iterator[list[str]]:
        """Yield the header alone, or the rows after it, each with as many fields as the header."""
        try:
            with self._open() as file:
                reader = csv.reader(file, strict=True)
                names = next(reader, [])
                if header:
                    yield names
                    return
                for record in reader:
                    if len(record) == len(names):
                        yield record
                    elif record:  # an empty line is no row
                        raise DataError(
                            f"{self.path}, line {reader.line_num}: {len(record)} fields, the header has {len(names)}; "
                            "the file is cut off or a value holds an unquoted comma: copy or download it again"
                        )
        except UnicodeDecodeError as error:
            raise DataError(f"{self.path} is no CSV file in UTF-8 ({error.reason}); save it as UTF-8 text") from None
        except (csv.Error, EOFError, zlib.error, OSError) as error:
            raise DataError(f"{self.path} is damaged or no CSV file ({error}); copy or download it again") from None


def _picker(positions: list[int]) -> Any:
    """Return a function that takes the fields at ``positions`` out of a record; a slice where they are neighbours."""
    if not positions:
        return lambda record: []
    if positions == list(range(positions[0], positions[0] + len(positions))):
        return itemgetter(slice(positions[0], positions[0] + len(positions)))
    return itemgetter(*positions)  # at least two, since one position is its own neighbour


def _number(field: str) -> float | None:
    """Return a field's number, NaN for an empty field, None for text."""
    if not field.strip():
        return float("nan")
    try:
        return float(field)
    except ValueError:
        return None
