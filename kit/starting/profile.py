"""What a table's columns hold: numbers, text or truth values; how many different ones, and how many gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.data.tables.table import Table
from kit.values import as_numbers


@dataclass(frozen=True)
class Column:
    """What is known of a column.

    Attributes:
        name: Its name.
        holds: Numbers, truth values (a ``flag``) or text.
        different: How many different values.
        gaps: How many rows have no value.
        whole: Whether it holds whole numbers.
        positive: Whether it holds numbers above 0.
    """

    name: str
    holds: Literal["number", "flag", "text"]
    different: int
    gaps: int
    whole: bool = False
    positive: bool = False


class Profile:
    """The columns of a table.

    Args:
        table: The table; its numbers are read once, text when it is asked for.

    Attributes:
        table: The table.
        columns: Its columns by name, in order; those of an .h5ad file's observations first.
    """

    def __init__(self, table: Table) -> None:
        self.table = table
        self._texts: dict[str, pd.Series] = {}
        # The numbers of an .h5ad file are its matrix; beside it stands a table of text and numbers.
        beside = [] if table.candidates is table.columns else list(dict.fromkeys(table.columns))
        self.columns: dict[str, Column] = {name: self._of_text(name) for name in beside}
        names = [name for name in dict.fromkeys(table.candidates) if name not in self.columns]
        values, cells = table.matrix(names)
        text = {cell.column for cell in cells}
        for place, name in enumerate(names):
            self.columns[name] = self._of_text(name) if name in text else _of_numbers(name, values[:, place])

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return self.table.n_rows

    def texts(self, name: str) -> pd.Series:
        """Return a column as canonical text (see `kit.values`), None where a row has no value."""
        if name not in self._texts:
            self._texts[name] = self.table.frame([name])[name]
        return self._texts[name]

    def frame(self, names: Sequence[str]) -> pd.DataFrame:
        """Return some columns as canonical text."""
        return pd.DataFrame({name: self.texts(name) for name in names}, index=pd.RangeIndex(self.n_rows))

    def of_kind(self, *kinds: str) -> list[Column]:
        """Return the columns that hold one of some kinds of values."""
        return [column for column in self.columns.values() if column.holds in kinds]

    def _of_text(self, name: str) -> Column:
        texts = self.texts(name)
        known = texts.dropna()
        if len(known) and set(known) <= {"True", "False"}:
            return Column(name, "flag", known.nunique(), len(texts) - len(known))
        numbers = as_numbers(texts)
        if numbers is not None and len(known):
            return _of_numbers(name, numbers.astype(np.float32))
        return Column(name, "text", known.nunique(), len(texts) - len(known))


def _of_numbers(name: str, values: Floats) -> Column:
    known = values[~np.isnan(values)]
    whole = bool(np.isfinite(known).all() and (known == np.round(known)).all())
    different = len(np.unique(known))
    return Column(name, "number", different, len(values) - len(known), whole, bool((known > 0).all()))
