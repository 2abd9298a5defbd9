"""A column of labels as a matrix of targets: a column a class, 1 where a row is of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from kit.arrays import Floats, Ints
from kit.config.schema import ColumnsConfig
from kit.data.mistakes import count, some
from kit.data.tables.table import Table
from kit.errors import DataError

_NO_LABEL = -1


@dataclass(frozen=True)
class Labels:
    """The classes of rows.

    Attributes:
        names: The classes' names: in the order of numbers where all of them are whole numbers, else of letters.
        codes: (n_rows,) the place of each row's class among ``names``; −1 for a row without a label.
    """

    names: tuple[str, ...]
    codes: Ints

    @classmethod
    def read(cls, table: Table, columns: ColumnsConfig) -> Self:
        """Read the labels of the training rows.

        Raises:
            DataError: A label is missing and ``columns.missing_targets`` does not allow that, or all rows have one.
        """
        name = str(columns.label)
        texts = list(table.frame([name])[name])
        missing = [row for row, text in enumerate(texts) if text is None]
        if missing and columns.missing_targets == "error":
            raise DataError(
                f"{table.path}: {name!r} is empty in {table.row(missing[0])} ({count(len(missing), 'row')} in all); "
                "fill it in, or leave rows without a label out by columns.missing_targets: allow"
            )
        names = _in_order({text for text in texts if text is not None})
        if len(names) < 2:
            found = f"every row has {names[0]!r}" if names else "no row has a label"
            raise DataError(f"{table.path}: {name!r} is the label, and {found}; there is nothing to tell apart")
        place = {text: at for at, text in enumerate(names)}
        codes = np.array([_NO_LABEL if text is None else place[text] for text in texts], dtype=np.intp)
        return cls(tuple(names), codes)

    def fill(self, out: Floats) -> None:
        """Write the matrix of classes into an array (n_rows, n_classes); a row without a label is NaN."""
        out[:] = 0
        known = np.flatnonzero(self.codes != _NO_LABEL)
        out[known, self.codes[known]] = 1
        out[self.codes == _NO_LABEL] = np.nan

    def warnings(self, table: Table, label: str) -> list[str]:
        """Return what is odd about the classes."""
        counts = np.bincount(self.codes[self.codes != _NO_LABEL], minlength=len(self.names))
        once = [self.names[place] for place in np.flatnonzero(counts == 1)]
        if not once:
            return []
        return [
            f"{table.path.name}: {count(len(once), 'label')} of {label!r} with one row alone ({some(once)}): where it "
            "is validated, no other row has its label"
        ]


def sample_layout(sample: Table, names: Sequence[str], columns: ColumnsConfig) -> list[str]:
    """Return what is wrong with the sample submission's columns: the label, or a probability for each class.

    Args:
        sample: The sample submission.
        names: The classes.
        columns: What the columns mean.
    """
    given = [name for name in sample.layout(columns.id) if name != columns.id]
    if given == [columns.label] or sorted(given) == sorted(names):
        return []
    return [
        f"{sample.path} has the columns {some(given)} beside {columns.id!r}; expected {columns.label!r} alone, or a "
        f"column for the probability of each of the {len(names)} classes ({some(names)})"
    ]


def _in_order(names: Iterable[str]) -> list[str]:
    """Return names in order; whole numbers by their value."""
    found = list(names)
    if all(name.lstrip("-").isdecimal() for name in found):
        return sorted(found, key=int)
    return sorted(found)
