"""Sums of cells by group, gene by gene, in one pass over the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse

from kit.arrays import Doubles, Ints
from kit.counts import log_counts
from kit.data.tables.h5ad_tables import H5adTable
from kit.errors import DataError


@dataclass(frozen=True)
class Sums:
    """Sums over the cells of each group.

    Attributes:
        n: (n_groups,) the number of cells.
        first: (n_groups, n_genes) float64, the sum of the cells' values.
        second: (n_groups, n_genes) float64, the sum of their squares.
    """

    n: Ints
    first: Doubles
    second: Doubles

    def mean(self, group: int) -> Doubles:
        """Return the mean of a group's cells, (n_genes,)."""
        mean: Doubles = self.first[group] / self.n[group]
        return mean

    def sd(self, group: int) -> Doubles:
        """Return the standard deviation of a group's cells (n − 1 in the denominator), (n_genes,)."""
        n = self.n[group]
        spread = self.second[group] - self.first[group] ** 2 / n
        sd: Doubles = np.sqrt(np.maximum(spread, 0) / max(n - 1, 1))
        return sd


def sum_cells(table: H5adTable, group: Ints, n_groups: int, normalised: bool) -> Sums:
    """Add up log-normalised cells by group; memory is two numbers a group and gene, however many cells there are.

    Args:
        table: The cells.
        group: (n_cells,) the group of each cell, −1 for cells of none.
        n_groups: The number of groups.
        normalised: Whether the file holds logarithms already; else counts, which become log(1 + 10,000·count/total).

    Raises:
        DataError: The values are no counts, or not finite.
    """
    n_genes = len(table.candidates)
    first, second = np.zeros((n_groups, n_genes)), np.zeros((n_groups, n_genes))
    start = 0
    for block in _log_blocks(table, normalised):
        groups = group[start : start + len(block)]
        wanted = np.flatnonzero(groups >= 0)
        # Groups × cells, a one where the cell belongs to the group.
        shape = n_groups, len(wanted)
        member = scipy.sparse.csr_array((np.ones(len(wanted)), (groups[wanted], np.arange(len(wanted)))), shape=shape)
        values = block[wanted]
        first += member @ values
        second += member @ values**2
        start += len(block)
    return Sums(np.bincount(group[group >= 0], minlength=n_groups), first, second)


def _log_blocks(table: H5adTable, normalised: bool) -> Iterator[Doubles]:
    for block in table.blocks():
        values = np.asarray(block, dtype=np.float64)
        if not np.isfinite(values).all():
            raise DataError(f"{table.path} holds values that are not finite; remove these cells or genes")
        if not normalised:
            if (values < 0).any() or (values != np.floor(values)).any():
                raise DataError(
                    f"{table.path} holds values that are no counts (negative, or no whole numbers); name the layer of "
                    "counts with --layer, or say --normalised where the values are logarithms already"
                )
            values = log_counts(values)
        yield values
