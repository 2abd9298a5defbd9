"""Grouping of rows by one column, or by several taken together: codes, and row numbers sorted by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from kit.arrays import Doubles, Ints, require_columns
from kit.errors import InputError
from kit.values import canonical_texts

Grouping = str | list[str]
"""What rows are grouped by: a column, or a list of columns whose values together make the category."""

_BETWEEN = "\x1f"  # ASCII's unit separator: no name of a compound or cell type holds it


def grouping_columns(by: Grouping) -> list[str]:
    """Return the columns that a grouping reads."""
    return [by] if isinstance(by, str) else list(by)


def grouping_name(by: Grouping) -> str:
    """Return a grouping's name in the names of features: ``cell_type``, or ``cell_type+sm_name`` for a pair."""
    return "+".join(grouping_columns(by))


def row_labels(rows: pd.DataFrame, by: Grouping, user: str) -> np.ndarray:
    """Return the category of every row as text.

    Args:
        rows: (n_rows, …) keys and metadata.
        by: The column or columns.
        user: Who asks, for messages.

    Returns:
        (n_rows,) of a fixed-width str dtype; the parts of a pair are joined by a separator that text does not hold.

    Raises:
        InputError: A column is absent or a value is missing.
    """
    columns = grouping_columns(by)
    if not columns:
        raise InputError(f"{user}: an empty grouping; name at least one column")
    require_columns(rows, columns, user)
    texts = [_texts(rows[column], column, user) for column in columns]
    joined = texts[0] if len(texts) == 1 else [_BETWEEN.join(parts) for parts in zip(*texts, strict=True)]
    return np.asarray(joined, dtype=str)


def category_codes(labels: np.ndarray, categories: np.ndarray) -> Ints:
    """Return each label's position in the sorted ``categories``, −1 for one that is not there."""
    positions = np.searchsorted(categories, labels)
    positions[positions == len(categories)] = 0
    return np.where(categories[positions] == labels, positions, -1).astype(np.intp)


@dataclass(frozen=True)
class Groups:
    """Row numbers sorted by group, so that a group is one run of ``order``.

    Attributes:
        order: (n_members,) row numbers; within a group in the rows' own order.
        starts: (n_groups + 1,) where each group's run begins, and the end of the last.
    """

    order: Ints
    starts: Ints

    @classmethod
    def of(cls, codes: Ints, n_groups: int) -> Self:
        """Group rows by their (n_rows,) codes, each in 0 … n_groups − 1."""
        counts = np.bincount(codes, minlength=n_groups)
        return cls(np.argsort(codes, kind="stable"), np.concatenate([[0], np.cumsum(counts)]))

    @classmethod
    def everyone(cls, n_rows: int) -> Self:
        """Put all rows into one group."""
        return cls(np.arange(n_rows), np.array([0, n_rows]))

    @property
    def counts(self) -> Ints:
        """(n_groups,) rows in each group."""
        return np.diff(self.starts)

    def part(self, first: int, last: int) -> Groups:
        """Return the groups ``first`` … ``last − 1``; the others' rows are not among its members."""
        return Groups(
            self.order[self.starts[first] : self.starts[last]], self.starts[first : last + 1] - self.starts[first]
        )

    def sums(self, values: Doubles) -> Doubles:
        """Return the (n_groups, n_columns) sums over each group's rows of ``values`` (n_rows, n_columns).

        A sparse indicator times the values: one pass over the members, each group's rows added in order and no other
        row touched (a product with a dense one-hot matrix does n_groups times the work, and multiplies every other
        row by zero).
        """
        indicator = csr_array(
            (np.ones(len(self.order)), self.order, self.starts), shape=(len(self.starts) - 1, len(values))
        )
        return np.asarray(indicator @ values)


def _texts(column: pd.Series, name: str, user: str) -> list[str]:
    texts = canonical_texts(column)
    known = [text for text in texts if text is not None]
    if len(known) < len(texts):
        raise InputError(f"{user}: column {name!r} is missing at row {texts.index(None)}; fill it in or drop the row")
    return known
