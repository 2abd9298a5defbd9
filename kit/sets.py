"""Sets of members in one cell of a table: the two genes of a double knock-out, the compounds of a combination.

A set is written in one way, its members sorted and joined by `BETWEEN`, so that a + b and b + a are one key.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from kit.arrays import Ints

BETWEEN = " + "
"""What stands between the members of a set."""

NOTHING = "(none)"
"""The set without members: a control."""


def written_set(members: Iterable[str]) -> str:
    """Return the one text of a set; members that are given twice count once."""
    return BETWEEN.join(sorted(set(members))) or NOTHING


def members_of(text: str) -> tuple[str, ...]:
    """Return the members of a set as `written_set` writes it; a text without `BETWEEN` is a set of one."""
    return () if text == NOTHING else tuple(text.split(BETWEEN))


def parts_of(texts: Iterable[str], is_set: bool) -> set[str]:
    """Return the different values of a column, or of a column of sets the different members."""
    different = set(texts)
    return {member for text in different for member in members_of(text)} if is_set else different


@dataclass(frozen=True)
class Entries:
    """The members of many sets in one long list: one entry for every member of every row.

    Attributes:
        row: (n_entries,) the row of each entry, ascending.
        member: (n_entries,) the member's text.
    """

    row: Ints
    member: np.ndarray

    @classmethod
    def of(cls, sets: Sequence[str]) -> Self:
        """Take (n_rows,) sets apart."""
        members = [members_of(text) for text in sets]
        row = np.repeat(np.arange(len(members)), [len(own) for own in members])
        return cls(row, np.asarray([one for own in members for one in own], dtype=str))
