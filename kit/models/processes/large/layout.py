"""Rows by item, in buckets of items of about as many rows, so that many small matrices are worked on at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kit.arrays import Doubles, Ints, blocks


@dataclass(frozen=True)
class Bucket:
    """Items of about as many rows.

    Attributes:
        items: (n_items,) the items.
        rows: (n_items, n_slots) each item's rows; row 0 where a slot is empty.
        present: (n_items, n_slots) which slots hold a row.
    """

    items: Ints
    rows: Ints
    present: np.ndarray

    def take(self, values: np.ndarray) -> Doubles:
        """Return (n_items, n_slots, …) what rows have, 0 in empty slots."""
        taken = values[self.rows].astype(np.float64)
        taken[~self.present] = 0
        return taken

    def put(self, values: Doubles, into: Doubles) -> None:
        """Write what slots hold into the rows of an array."""
        into[self.rows[self.present]] = values[self.present]


def buckets_of(index: Ints, most_rows: int) -> list[Bucket]:
    """Return buckets of the rows of every item, in each of which an item has at least half as many as another.

    Args:
        index: (n_rows,) each row's item.
        most_rows: The rows of a bucket of more than one item, at most.
    """
    items, counts = np.unique(index, return_counts=True)
    by_item = np.split(np.argsort(index, kind="stable"), np.cumsum(counts)[:-1])
    powers, buckets = np.frexp(counts)[1], []
    for power in np.unique(powers):
        alike = np.flatnonzero(powers == power)
        for some in blocks(len(alike), counts[alike].max(), most_rows):
            places = alike[some]
            present = np.arange(counts[places].max()) < counts[places][:, None]
            rows = np.zeros(present.shape, dtype=np.intp)
            rows[present] = np.concatenate([by_item[place] for place in places])
            buckets.append(Bucket(items[places], rows, present))
    return buckets
