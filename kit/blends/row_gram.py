"""Inner products that replace wide predictions when a linear blend is fitted: a few numbers per row.

The error of a blend Σ wᵢpᵢ of a row y is Σ wᵢ(pᵢ − y) + (Σ wᵢ − 1)·y, so that its square is v'Ev with the row's
(n_members + 1)² inner products E of the members' errors pᵢ − y and of y itself, and v = (w, Σ wᵢ − 1). Hence any number
of weights can be tried without touching the predictions again, exactly. (Inner products of the predictions themselves
would do too, but the errors' lose nothing to cancellation where a member is nearly right.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix, blocks
from kit.blends.checks import checked
from kit.errors import InputError, did_you_mean
from kit.gaps import has_gaps


@dataclass(frozen=True, eq=False)
class RowGram:
    """Inner products, row by row, of the members' errors and the targets.

    Attributes:
        names: The members, sorted.
        products: (n_rows, n_members + 1, n_members + 1) float64; the targets come last.
        n_targets: The number of targets that were summed over.
        measured: (n_rows,) how many of them each row measured, over which its products are; None where all did.
    """

    names: tuple[str, ...]
    products: Doubles
    n_targets: int
    measured: Doubles | None = None

    @classmethod
    def of(cls, predictions: Mapping[str, Floats], Y: ArrayLike | None) -> Self:
        """Return the inner products of predictions and targets, summed in float64 a block of rows at a time.

        Args:
            predictions: (n_rows, n_targets) by the members' names.
            Y: (n_rows, n_targets) targets, NaN where one was not measured: no product counts it.

        Raises:
            InputError: There is nothing to blend, no target, or the shapes disagree.
        """
        matrices = checked(predictions)
        if Y is None:
            raise InputError("Y: a blend that learns needs the targets of its out-of-fold predictions")
        n_rows, n_targets = next(iter(matrices.values())).shape
        truth = as_matrix(Y, "Y", n_rows, n_targets, allow_nan=True)
        if not truth.size:
            raise InputError(f"Y: shape {truth.shape} holds nothing to learn from")
        size = len(matrices) + 1
        products = np.empty((n_rows, size, size))
        gaps = np.isnan(truth) if has_gaps(truth) else None
        for rows in blocks(n_rows, size * n_targets):
            stack = np.empty((rows.stop - rows.start, size, n_targets))
            stack[:, -1] = truth[rows]
            for place, matrix in enumerate(matrices.values()):
                np.subtract(matrix[rows], stack[:, -1], out=stack[:, place])
            if gaps is not None:
                stack[np.broadcast_to(gaps[rows, None], stack.shape)] = 0
            np.matmul(stack, stack.transpose(0, 2, 1), out=products[rows])
        measured = None if gaps is None else (~gaps).sum(axis=1).astype(np.float64)
        return cls(tuple(matrices), products, n_targets, measured)

    @classmethod
    def join(cls, parts: Sequence[RowGram]) -> RowGram:
        """Return the rows of several with the same members below each other.

        Raises:
            InputError: There are none, or their members or targets differ.
        """
        if not parts or any((part.names, part.n_targets) != (parts[0].names, parts[0].n_targets) for part in parts):
            raise InputError("row grams: only those of the same members and targets can be joined, and at least one")
        products, n_targets = np.concatenate([part.products for part in parts]), parts[0].n_targets
        whole = all(part.measured is None for part in parts)
        counts = [np.full(len(part), float(n_targets)) if part.measured is None else part.measured for part in parts]
        return cls(parts[0].names, products, n_targets, None if whole else np.concatenate(counts))

    @property
    def errors(self) -> Doubles:
        """(n_rows, n_members, n_members) inner products of the members' errors."""
        return self.products[:, :-1, :-1]

    def __len__(self) -> int:
        return len(self.products)

    def select_rows(self, rows: ArrayLike) -> RowGram:
        """Return some rows, by positions or a mask."""
        chosen = np.asarray(rows)
        measured = None if self.measured is None else self.measured[chosen]
        return RowGram(self.names, self.products[chosen], self.n_targets, measured)

    def select(self, names: Sequence[str]) -> RowGram:
        """Return some members.

        Raises:
            InputError: There is no such member, or none is named.
        """
        for name in names:
            if name not in self.names:
                raise InputError(f"row gram: there is no member {name!r}{did_you_mean(name, self.names)}")
        if not names:
            raise InputError("row gram: name at least one member")
        kept = sorted(set(names))
        places = [*(self.names.index(name) for name in kept), len(self.names)]
        return RowGram(tuple(kept), self.products[:, places][:, :, places], self.n_targets, self.measured)

    def summed_over(self, n_axes: int = 1) -> int | Doubles:
        """Return over how many targets a row's products are, in a shape that divides arrays (n_rows, …) of n_axes."""
        return self.n_targets if self.measured is None else self.measured.reshape(-1, *[1] * (n_axes - 1))

    def row_squares(self, weights: ArrayLike) -> Doubles:
        """Return the (n_rows,) squared distances of a blend from the targets.

        Args:
            weights: (n_members,) in the order of ``names``, with any sum.
        """
        mixed = np.asarray(weights, dtype=np.float64)
        v = np.append(mixed, mixed.sum() - 1)
        squares: Doubles = np.maximum(np.einsum("i,rij,j->r", v, self.products, v, optimize=True), 0)
        return squares

    def member_squares(self) -> Doubles:
        """Return the (n_rows, n_members) squared distances of every member alone."""
        return np.diagonal(self.errors, axis1=1, axis2=2)

    def row_errors(self, weights: ArrayLike) -> Doubles:
        """Return the (n_rows,) root mean squared errors of a blend; the weights are as in `row_squares`."""
        return np.sqrt(self.row_squares(weights) / self.summed_over())

    def member_errors(self) -> Doubles:
        """Return the (n_rows, n_members) root mean squared errors of every member alone."""
        return np.sqrt(self.member_squares() / self.summed_over(2))
