"""What the columns of a table are good for in a first recipe."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kit.data import Competition
from kit.values import as_numbers, canonical_texts

_MOST_CATEGORIES = 100
"""Different texts up to which a column is one of categories."""

_ROWS_A_CATEGORY = 2.0
"""Rows that a category has on average at least; with fewer a text column names rows."""

_REPEATED = 1.2
"""Rows that an item of a table of pairs has on average at least: else nothing is known of it from elsewhere."""


@dataclass(frozen=True)
class StartColumns:
    """The parts that columns play.

    Attributes:
        context: The column of contexts (cell types, lines), where rows are pairs of a context and an item.
        item: The column of items (compounds), likewise.
        categories: Other columns of categories.
        numbers: Columns of numbers.
        gapped: Those of these columns that are empty in some rows.
        smiles: The column of structures.
        left_out: The other columns, by why they are not read.
    """

    context: str | None
    item: str | None
    categories: tuple[str, ...]
    numbers: tuple[str, ...]
    gapped: tuple[str, ...]
    smiles: str | None
    left_out: dict[str, list[str]]

    @property
    def pairs(self) -> bool:
        """Whether rows are pairs, of which other rows know the parts."""
        return self.context is not None and self.item is not None

    @classmethod
    def of(cls, competition: Competition) -> StartColumns:
        """Say what every column besides the targets is good for."""
        columns, rows = competition.config.columns, competition.rows
        smiles = columns.smiles
        context, item = _pair(competition)
        categories, numbers = [], []
        left_out: dict[str, list[str]] = {}
        for name in rows.columns:
            # A row to predict has neither a weight nor a number among replicates.
            if name in (context, item, smiles, columns.weight, columns.replicate):
                continue
            kind = _kind(competition, name, [part for part in (context, item, smiles) if part is not None])
            if kind == "number":
                numbers.append(name)
            elif kind == "category":
                categories.append(name)
            else:
                left_out.setdefault(kind, []).append(name)
        gapped = tuple(name for name in (*categories, *numbers) if _has_gaps(competition, name))
        return cls(context, item, tuple(categories), tuple(numbers), gapped, smiles, left_out)


def _pair(competition: Competition) -> tuple[str | None, str | None]:
    """Return the columns of contexts and items, or None twice where rows are no pairs."""
    columns, rows = competition.config.columns, competition.rows
    named = [name for name in (columns.group, columns.compound) if name is not None]
    texts = [name for name in columns.keys if as_numbers(rows[name]) is None]
    for candidates in (named, sorted(texts, key=lambda name: rows[name].nunique())):
        if len(candidates) == 2 and all(_repeats(rows[name]) for name in candidates):
            return candidates[0], candidates[1]
    return None, None


def _repeats(column: pd.Series) -> bool:
    return column.nunique() > 1 and len(column) >= _REPEATED * column.nunique()


def _kind(competition: Competition, name: str, known: list[str]) -> str:
    """Return ``number``, ``category``, or why the column is not read.

    Args:
        competition: The tables.
        name: The column.
        known: The columns that are read already.
    """
    rows = competition.rows
    test = competition.test if len(competition.test) else rows
    if name not in test.columns:
        return "the rows to predict do not have it"
    texts = pd.Series(canonical_texts(rows[name]))
    if texts.nunique() < 2:
        return "the same in every row"
    for column in known:
        if _repeats(rows[column]) and (texts.groupby(rows[column].astype(str).to_numpy()).nunique() < 2).all():
            return f"follows from {column}"
    numbers = as_numbers(rows[name])
    if numbers is not None:
        if name in competition.config.columns.keys and texts.nunique() == len(rows):
            return "names rows"
        to_predict = as_numbers(test[name])
        if to_predict is None or np.isinf(numbers).any() or np.isinf(to_predict).any():
            return "no finite numbers"
        return "number"
    few = texts.nunique() <= _MOST_CATEGORIES and len(texts) >= _ROWS_A_CATEGORY * texts.nunique()
    return "category" if few else "too many different texts"


def _has_gaps(competition: Competition, name: str) -> bool:
    """Whether a column is empty in some training row or row to predict."""
    tables = [competition.rows, competition.test]
    return any(None in canonical_texts(table[name]) for table in tables if name in table.columns)
