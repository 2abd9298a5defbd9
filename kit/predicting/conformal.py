"""Prediction intervals by split conformal prediction from normalised out-of-fold residuals.

A residual is divided by the size of its target's residuals and by the difficulty of its row (locally weighted conformal
prediction: Lei, G'Sell, Rinaldo, Tibshirani & Wasserman, "Distribution-free predictive inference for regression", JASA
113, 2018, section 5.2; Vovk, Gammerman & Shafer, "Algorithmic Learning in a Random World", 2005). A quantile of these
numbers over all cells, times both sizes, is half an interval's width.

Cells of one row, and rows of one new compound or group, are not exchangeable with those of another but only together.
So everything is learnt without the unit (row, compound, group) that it is applied to, and the quantile is the least
under which the intervals of units, made from all other units, cover as many of their cells as is asked for. For one
target and rows that are units by themselves, that is the rank of split conformal prediction, but for a part of 1/n.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from kit.arrays import Doubles, Floats, Ints
from kit.predicting.difficulty import Difficulty

_MOST_UNITS = 500
"""More units are left out several at a time."""

_EDGES = np.array([*np.logspace(-3, 3, 2049), np.inf])
"""Upper edges of the bins by which normalised residuals are counted: a bin is 0.7 % wide."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """What the residuals of one kind of rows say of the errors of others.

    Attributes:
        n_rows: The number of rows.
        scales: (n_targets,) the relative sizes of the targets' residuals.
        difficulty: The size of a row's residuals.
        counts: (n_units, n_bins) cells by normalised residual, in bins below `_EDGES`.
    """

    n_rows: int
    scales: Doubles
    difficulty: Difficulty
    counts: Ints

    @classmethod
    def fit(cls, residuals: Floats, X: Doubles, units: np.ndarray, rows: np.ndarray) -> Self | None:
        """Learn from out-of-fold residuals.

        Args:
            residuals: (n, n_targets) measured minus predicted; NaN where nothing was measured.
            X: (n, n_inputs) what the rows' difficulty is told by.
            units: (n,) labels of what is exchangeable.
            rows: (n,) the rows' numbers; a row may have several residuals.

        Returns:
            The calibration; None where there are not two units with residuals that are not 0.
        """
        used = np.flatnonzero(np.nan_to_num(residuals).any(axis=1))
        labels = np.unique(units[used])
        if len(labels) < 2:
            return None
        index = np.searchsorted(labels, units[used]) % _MOST_UNITS
        of_units = _Residuals(residuals, used, index)
        sizes = np.empty(len(used))
        for unit, scales in of_units.scales_left_out():
            sizes[index == unit] = np.log(np.maximum(_sizes(of_units.of(unit) / scales), 1e-30))
        sizes = np.maximum(sizes, np.median(sizes) - np.log(100))  # one that happens to be near 0 says little
        difficulty, left_out = Difficulty.fit(X[used], sizes, index)
        counts = np.zeros((int(index.max()) + 1, len(_EDGES)), dtype=np.intp)
        for unit, scales in of_units.scales_left_out():
            normalised = np.abs(of_units.of(unit)) / (scales * np.exp(left_out[index == unit])[:, None])
            bins = np.searchsorted(_EDGES, normalised[np.isfinite(normalised)])
            counts[unit] = np.bincount(bins, minlength=len(_EDGES))
        return cls(len(np.unique(rows[used])), of_units.scales(), difficulty, counts)

    def multiplier(self, level: float) -> float | None:
        """Return by what normalised sizes are multiplied to cover a share of the cells of a new unit.

        Args:
            level: The share, in (0, 1).

        Returns:
            The number; None where there are fewer rows than such an interval needs (10 for 0.9, 20 for 0.95), or units
            are covered less often even by the greatest residuals of the others.
        """
        if self.n_rows * (1 - level) < 1 - 1e-9:
            return None
        of_units = np.cumsum(self.counts, axis=1)
        every = of_units.sum(axis=0)
        others = every - of_units
        n_cells = every[-1]

        def at(counts: Ints, bins: Ints) -> Ints:
            return np.take_along_axis(counts, bins[:, None], axis=1)[:, 0]

        def reached(share: float) -> Ints:
            """Return for each unit the bin up to which lies that share of the cells of the others."""
            bins: Ints = (others < share * others[:, -1:]).sum(axis=1)
            return bins

        low, high = 0.0, 1.0
        if at(of_units, reached(high)).sum() < level * n_cells:
            return None
        for _ in range(30):
            middle = (low + high) / 2
            covers = at(of_units, reached(middle)).sum() >= level * n_cells
            low, high = (low, middle) if covers else (middle, high)
        share = float(np.mean(at(others, reached(high)) / others[:, -1]))
        edge = float(_EDGES[(every < (share - 1e-12) * n_cells).sum()])
        return edge if np.isfinite(edge) else None

    def half_widths(self, X: Doubles, multiplier: float) -> Floats:
        """Return half the widths of intervals.

        Args:
            X: (n_rows, n_inputs) what the rows' difficulty is told by.
            multiplier: What `multiplier` returned.

        Returns:
            (n_rows, n_targets) float32.
        """
        sizes = multiplier * np.exp(self.difficulty.predict(X))
        return np.outer(sizes, self.scales).astype(np.float32)


class _Residuals:
    """Residuals by unit, and the relative sizes of the targets' with or without a unit.

    Args:
        residuals: (n, n_targets).
        used: (n_used,) the lines that count.
        units: (n_used,) their units, numbered from 0.
    """

    def __init__(self, residuals: Floats, used: Ints, units: Ints) -> None:
        self._residuals, self._used, self._units = residuals, used, units
        self._n_units = int(units.max()) + 1
        n_targets = residuals.shape[1]
        squares, numbers = np.zeros(n_targets), np.zeros(n_targets)
        for unit in range(self._n_units):
            values = self.of(unit)
            squares += np.nansum(np.square(values), axis=0)
            numbers += np.isfinite(values).sum(axis=0)
        means = np.maximum(squares, 1e-30) / np.maximum(numbers, 1)
        # Rows that are hard throughout say no more of a target than others do.
        self._hard = np.empty(len(used))
        for unit in range(self._n_units):
            self._hard[units == unit] = np.maximum(_sizes(self.of(unit) / np.sqrt(means)), 1e-30)
        moments = [self._moments(unit) for unit in range(self._n_units)]
        self._sums, self._numbers, fourth = (np.sum(parts, axis=0) for parts in zip(*moments, strict=True))
        self._own = _own_share(self._sums, self._numbers, fourth)

    def of(self, unit: int) -> Doubles:
        """Return the (n_lines, n_targets) residuals of a unit."""
        return np.asarray(self._residuals[self._used[self._units == unit]], dtype=np.float64)

    def scales(self, without: int | None = None) -> Doubles:
        """Return the (n_targets,) sizes of the targets' residuals, drawn to their mean where there are few."""
        sums, numbers = self._sums, self._numbers
        if without is not None:
            of_unit, n_of_unit, _ = self._moments(without)
            sums, numbers = sums - of_unit, numbers - n_of_unit
        seen = numbers > 0
        means = np.maximum(sums[seen], 1e-30) / numbers[seen]
        logs = np.full(len(sums), np.median(np.log(means)))
        # A target without any variation is no reason for an interval without width.
        logs[seen] = np.maximum(np.log(means), logs[seen] - np.log(1e8))
        center = logs[seen].mean()
        scales: Doubles = np.exp((center + self._own * (logs - center)) / 2)
        return scales

    def scales_left_out(self) -> Iterator[tuple[int, Doubles]]:
        """Yield each unit and the relative sizes without it."""
        for unit in range(self._n_units):
            yield unit, self.scales(without=unit)

    def _moments(self, unit: int) -> tuple[Doubles, Doubles, Doubles]:
        """Return by target the sum of squares (relative to their row's), their number, and the sum of fourth powers."""
        squares = np.square(self.of(unit) / self._hard[self._units == unit][:, None])
        return np.nansum(squares, axis=0), np.isfinite(squares).sum(axis=0), np.nansum(np.square(squares), axis=0)


def _own_share(sums: Doubles, numbers: Doubles, fourth: Doubles) -> float:
    """Return how much a target's own size counts beside the mean of all, by moments of logarithms (empirical Bayes).

    Args:
        sums: (n_targets,) sums of squares.
        numbers: (n_targets,) the number of squares.
        fourth: (n_targets,) sums of fourth powers.
    """
    seen = (numbers > 1) & (sums > 0)
    if seen.sum() < 2:
        return 0.0
    means = sums[seen] / numbers[seen]
    # The variance of the logarithm of a mean is about that of the mean over its square.
    within = np.mean((fourth[seen] / numbers[seen] / np.square(means) - 1) / (numbers[seen] - 1))
    total = np.var(np.log(means))
    return float(np.clip(1 - within / total, 0, 1)) if total > 0 else 0.0


def _sizes(values: Doubles) -> Doubles:
    """Return the (n_rows,) root mean squares of rows, gaps left out."""
    known = np.maximum(np.isfinite(values).sum(axis=1), 1)
    sizes: Doubles = np.sqrt(np.nansum(np.square(values), axis=1) / known)
    return sizes
