"""Effects of two categories on many targets at once, fitted together and shrunk by what the data say of their size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from kit.arrays import Doubles, Floats, Ints
from kit.models.controls.codes import level_sums

_ROUNDS, _TOLERANCE = 100, 1e-3
_LEAST, _MOST = 1e-9, 1e9
"""Between these, relative to the weight of all rows, lies a penalty: nothing is shrunk, or all of it."""


@dataclass(frozen=True)
class Effects:
    """Fitted effects.

    Attributes:
        mean: (n_targets,) the mean, from which effects deviate.
        a: (n_a, n_targets) effects of the first category.
        b: (n_b, n_targets) effects of the second.
        free: How many levels' effects the data determine, of either category.
    """

    mean: Doubles
    a: Doubles
    b: Doubles
    free: tuple[float, float]


@dataclass(frozen=True)
class TwoWay:
    """Targets that the same rows measured, summed by two categories, and the equations of these' effects.

    Minimises Σ w(y − m − a[i] − b[j])² + penalty_a·Σ a² + penalty_b·Σ b²: the posterior mean of random effects whose
    variances are the noise's over the penalties (the mixed-model equations: Henderson, Biometrics 31 (1975)). The
    effects b, of which there are many, are eliminated first.

    Attributes:
        table: (n_a + 1, n_b + 1) the weight of all rows of two levels; the last are those of rows of no known level,
            which has no effect.
        sums_a: (n_a + 1, n_targets) weighted sums of the targets by the first category.
        sums_b: (n_b + 1, n_targets) by the second.
        squares: The weighted sum of squares of all targets.
    """

    table: Doubles
    sums_a: Doubles
    sums_b: Doubles
    squares: float

    @classmethod
    def of(cls, Y: Floats, a: Ints, b: Ints, weights: Doubles, shape: tuple[int, int]) -> TwoWay:
        """Sum (n_rows, n_targets) targets by their rows' levels, of which there are ``shape``; that number for none."""
        n_a, n_b = shape
        table = np.zeros((n_a + 1, n_b + 1))
        np.add.at(table, (a, b), weights)
        squares = float(weights @ np.einsum("ij,ij->i", Y, Y, dtype=np.float64))
        return cls(table, level_sums(Y, a, weights, n_a + 1), level_sums(Y, b, weights, n_b + 1), squares)

    @property
    def total(self) -> float:
        """The weight of all rows."""
        return float(self.table.sum())

    def solve(self, penalties: tuple[float, float]) -> Effects:
        """Return the effects for the penalties of both categories, at least 0."""
        # Without any penalty a constant may move between the mean and the effects.
        of_a, of_b = (min(max(one, _LEAST * self.total), _MOST * self.total) for one in penalties)
        counts_a, counts_b = self.table[:-1].sum(axis=1), self.table[:, :-1].sum(axis=0)
        system = np.diag(np.append(self.total, counts_a + of_a))
        system[0, 1:] = system[1:, 0] = counts_a
        shared = np.vstack([counts_b, self.table[:-1, :-1]])
        inverse = 1 / (counts_b + of_b)
        factor = cho_factor(system - (shared * inverse) @ shared.T)
        right = np.vstack([self.sums_a.sum(axis=0), self.sums_a[:-1]])
        first = cho_solve(factor, right - shared @ (self.sums_b[:-1] * inverse[:, None]))
        second = inverse[:, None] * (self.sums_b[:-1] - shared.T @ first)
        covariance = cho_solve(factor, np.eye(len(system)))
        spread_b = inverse + inverse**2 * np.einsum("ij,ij->j", shared, covariance @ shared)
        free = (
            len(counts_a) - of_a * float(np.trace(covariance[1:, 1:])),
            len(counts_b) - of_b * float(spread_b.sum()),
        )
        return Effects(first[0], first[1:], second, free)

    def unexplained(self, effects: Effects, penalties: tuple[float, float]) -> float:
        """Return Σ w(y − fit)² for effects that `solve` found: Σ w y² − fit'(right side) − what the penalties take."""
        explained = float(effects.mean @ self.sums_a.sum(axis=0))
        explained += float(np.sum(effects.a * self.sums_a[:-1]) + np.sum(effects.b * self.sums_b[:-1]))
        taken = penalties[0] * float(np.square(effects.a).sum()) + penalties[1] * float(np.square(effects.b).sum())
        return max(self.squares - explained - taken, 0.0)


def likeliest_penalties(parts: Sequence[TwoWay]) -> tuple[float, float]:
    """Return the penalties of greatest marginal likelihood, the same for all targets (empirical Bayes).

    By MacKay's fixed point (Neural Computation 4 (1992)): the variance of effects is their sum of squares over how many
    the data determine, the noise's is the residuals' over the rows that are left.
    """
    total = max(part.total for part in parts)
    penalties = (1.0, 1.0)
    for _ in range(_ROUNDS):
        noise, left = 0.0, 0.0
        sizes, free = np.zeros(2), np.zeros(2)
        for part in parts:
            effects, n_targets = part.solve(penalties), part.sums_a.shape[1]
            noise += part.unexplained(effects, penalties)
            left += n_targets * max(part.total - 1 - sum(effects.free), 0.0)
            sizes += [np.square(effects.a).sum(), np.square(effects.b).sum()]
            free += np.multiply(n_targets, effects.free)
        found = (noise / max(left, 1e-9)) * np.maximum(free, 1e-9) / np.maximum(sizes, np.finfo(np.float64).tiny)
        found = np.clip(found, _LEAST * total, _MOST * total)
        before, penalties = penalties, (float(found[0]), float(found[1]))
        if np.abs(np.log(found / before)).max() < _TOLERANCE:
            break
    return penalties
