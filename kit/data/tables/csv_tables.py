"""CSV tables, plain or gzipped, read row by row with the standard library's reader."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import zlib
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any, TextIO

import numpy as np

from kit.arrays import Floats
from kit.data.tables.source import Source
from kit.data.tables.table import Table, TextCell
from kit.errors import DataError
from kit.values import MISSING_TEXTS, without_line_end


class CsvTable(Table):
    """A comma-separated table in UTF-8 with one header line.

    Raises:
        DataError: The file is no such table.
    """

    def __init__(self, source: Source) -> None:
        super().__init__(source.path)
        self._source = source
        self._n_rows: int | None = None
        self._line_of: dict[int, int] = {}
        self._last: dict[str, list[Any]] = {}
        self.columns = next(self._records(header=True))
        if len(self.columns) == 1:
            for separator, name in ((";", "semicolons"), ("\t", "tabs")):
                if separator in self.columns[0]:
                    raise DataError(f"{self.path} is separated by {name}; save it with commas")

    @property
    def n_rows(self) -> int:
        """The number of rows; counting them reads the whole file, once."""
        if self._n_rows is None:
            self._n_rows = sum(1 for _ in self._records())
        return self._n_rows

    @property
    def is_empty(self) -> bool:
        """Whether there is no row; one is read."""
        return next(self._records(), None) is None

    def row(self, index: int) -> str:
        """Name a row for a message: counted from 0, with its line in the file."""
        return f"row {index} (line {self._line_of.get(index, index + 2)})"

    def cells(self, names: Sequence[str]) -> dict[str, list[Any]]:
        """Read a few columns as they are written; see `Table.cells`."""
        if not names:
            return {}  # of no columns nothing is read, and no row counted
        if list(names) == list(self._last):
            return self._last
        pick = _picker([self.columns.index(name) for name in names])
        columns = list(zip(*map(pick, self._records()), strict=True))
        self._n_rows = len(columns[0]) if columns else 0
        read = dict(zip(names, map(list, columns), strict=True)) if columns else {name: [] for name in names}
        if len(names) == 1:
            # Ids are asked for again and again, and among thousands of targets every reading takes its time.
            self._last = read
        return read

    def cell_blocks(self, names: Sequence[str], size: int) -> Iterator[dict[str, list[Any]]]:
        """Read a few columns as they are written, some rows at a time; see `Table.cell_blocks`."""
        pick = _picker([self.columns.index(name) for name in names])
        records = map(pick, self._records())
        while block := list(itertools.islice(records, size)):
            yield dict(zip(names, map(list, zip(*block, strict=True)), strict=True))

    def fill(self, names: Sequence[str], out: Floats) -> list[TextCell]:
        """Read number columns into a matrix; see `Table.fill`."""
        position = {name: index for index, name in enumerate(self.columns)}
        pick = _picker([position[name] for name in names])
        texts: dict[str, TextCell] = {}
        with np.errstate(over="ignore"):  # beyond float32's range becomes inf, which the checks report
            for row, record in enumerate(self._records()):
                fields = pick(record)
                try:
                    out[row] = np.fromiter(map(float, _written_in_digits(fields)), dtype=np.float32, count=len(names))
                except ValueError:
                    numbers = [_number(field) for field in fields]
                    out[row] = [np.nan if number is None else number for number in numbers]
                    for name, field, number in zip(names, fields, numbers, strict=True):
                        if number is None:
                            texts.setdefault(name, TextCell(row, name, field))
        return list(texts.values())

    def _open(self) -> TextIO:
        if self._source.name.lower().endswith(".gz"):
            return io.TextIOWrapper(gzip.open(self._source.file(), "rb"), encoding="utf-8-sig", newline="")
        return io.TextIOWrapper(self._source.open(), encoding="utf-8-sig", newline="")

    def _records(self, header: bool = False) -> Iterator[list[str]]:
        """Yield the header alone, or the rows after it, each with as many fields as the header."""
        try:
            with self._open() as file:
                reader = csv.reader(self._lines(file), strict=True)
                names = next(reader, [])
                if header:
                    yield names
                    return
                row, line = 0, reader.line_num + 1
                for record in reader:
                    if len(record) == len(names):
                        if line != row + 2:  # after an empty line, or a line break in quotes
                            self._line_of[row] = line
                        yield record
                        row += 1
                    elif record:  # an empty line is no row
                        raise DataError(
                            f"{self.path}, line {reader.line_num}: {len(record)} fields, the header has {len(names)}; "
                            "the file is cut off or a value holds an unquoted comma: copy or download it again"
                        )
                    line = reader.line_num + 1
        except UnicodeDecodeError as error:
            raise DataError(f"{self.path} is no CSV file in UTF-8 ({error.reason}); save it as UTF-8 text") from None
        except (csv.Error, EOFError, zlib.error, OSError) as error:
            raise DataError(f"{self.path} is damaged or no CSV file ({error}); copy or download it again") from None

    def _lines(self, file: TextIO) -> Iterator[str]:
        """Yield the file's lines; a last one without an end leaves a warning."""
        line = ""
        for line in file:
            yield line
        if line and not self.warnings and (odd := without_line_end(self.path, line)):
            self.warnings.append(odd)


def _picker(positions: list[int]) -> Any:
    """Return a function that takes the fields at ``positions`` out of a record; a slice where they are neighbours."""
    if not positions:
        return lambda record: []
    if positions == list(range(positions[0], positions[0] + len(positions))):
        return itemgetter(slice(positions[0], positions[0] + len(positions)))
    return itemgetter(*positions)  # at least two, since one position is its own neighbour


def _written_in_digits(fields: Sequence[str]) -> Sequence[str]:
    """Return the fields where Python reads no more as a number than others do: it takes 1_000, and any script's digits.

    Raises:
        ValueError: A field has to be looked at by itself.
    """
    together = ",".join(fields)
    if "_" in together or not together.isascii():
        raise ValueError
    return fields


def _number(field: str) -> float | None:
    """Return a field's number, NaN for an empty field, None for text."""
    text = field.strip()
    if text in MISSING_TEXTS:
        return float("nan")
    if "_" in text or not text.isascii():
        return None
    try:
        return float(text)
    except ValueError:
        return None
