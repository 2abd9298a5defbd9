"""Targets with gaps: what their rows measured of them is all that the likelihood takes.

A target with a gap is one draw of the rows that it has. Its likelihood and its gradient are those of the whole vector
whose missing values are filled with their conditional means, plus what the conditional covariance adds (Fisher's
identity; the E-step of Dempster, Laird & Rubin 1977): with P = Σ⁻¹ and m the missing rows,

    log|Σ_oo| = log|Σ| + log|P_mm|,  y_o'Σ_oo⁻¹y_o = ŷ'Pŷ,  ŷ_m = −P_mm⁻¹P_mo y_o,  Σ_oo⁻¹ = P − P_:m P_mm⁻¹ P_m:

so that a pattern of gaps costs a matrix of the size of what is missing, and nothing is approximated.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from scipy.linalg import lapack

from kit.arrays import Doubles, Floats, Ints
from kit.errors import InputError, KitWarning
from kit.gaps import alike_columns

MOST_PATTERNS = 2000
"""The most patterns of gaps that the likelihood reads; targets are correlated, and more say little more."""


def missing_values(Y: Floats, user: str) -> np.ndarray | None:
    """Return which targets are missing, (n_rows, n_targets); None where all are there.

    Raises:
        InputError: No value is there.
    """
    missing: np.ndarray = np.isnan(Y)
    if missing.all():
        raise InputError(f"{user}: every target is missing (NaN) in every row; there is nothing to learn")
    return missing if missing.any() else None


@dataclass(frozen=True)
class Pattern:
    """Targets that lack the same rows.

    Attributes:
        rows: (n_missing,) the rows that they lack.
        targets: (n_alike,) the targets.
    """

    rows: Ints
    targets: Ints


@dataclass(frozen=True)
class Completed:
    """What targets with gaps say of the products of rows, given a covariance.

    Attributes:
        S: (n_rows, n_rows) mean over targets of the products of rows, gaps filled with their conditional means.
        spread: (n_rows, n_rows) mean over targets of the conditional covariance of what is missing.
        log_determinant: Mean over targets of log|P_mm|.
    """

    S: Doubles
    spread: Doubles
    log_determinant: float


@dataclass(frozen=True)
class Gapped:
    """Targets with gaps.

    Attributes:
        values: (n_rows, n_targets) float32, 0 where a value is missing.
        patterns: The patterns of gaps, those that most targets have first; every target is in one.
    """

    values: Floats
    patterns: list[Pattern] = field(repr=False)

    @classmethod
    def of(cls, values: Floats, missing: np.ndarray) -> Gapped:
        """Group targets by the rows that they lack.

        Args:
            values: (n_rows, n_targets) targets; what they hold where a value is missing is not read.
            missing: (n_rows, n_targets) which values are missing.
        """
        patterns = [Pattern(np.flatnonzero(missing[:, alike[0]]), alike) for alike in alike_columns(missing)]
        return cls(np.where(missing, np.float32(0), values), patterns)

    @property
    def n_targets(self) -> int:
        """The number of targets."""
        return int(self.values.shape[1])

    def most_common(self, n_patterns: int, rng: np.random.Generator | None = None) -> Gapped:
        """Return the targets of the ``n_patterns`` patterns that most of them have, at random among equals."""
        if n_patterns >= len(self.patterns):
            return self
        order = np.arange(len(self.patterns)) if rng is None else rng.permutation(len(self.patterns))
        order = order[np.argsort([-len(self.patterns[at].targets) for at in order], kind="stable")][:n_patterns]
        kept = [self.patterns[at] for at in order]
        ends = np.cumsum([0] + [len(pattern.targets) for pattern in kept])
        targets = np.concatenate([pattern.targets for pattern in kept])
        places = [np.arange(first, past) for first, past in pairwise(ends)]
        patterns = [Pattern(pattern.rows, at) for pattern, at in zip(kept, places, strict=True)]
        return Gapped(self.values[:, targets], patterns)

    def sample(self, mean_square: float, rng: np.random.Generator) -> Gapped:
        """Return targets as the likelihood takes them: of mean square 1, and with `MOST_PATTERNS` patterns at most."""
        sample = self.most_common(MOST_PATTERNS, rng)
        if sample is not self:
            warnings.warn(
                f"coregionalized_gp: the targets have {len(self.patterns):,} patterns of gaps; the covariance is "
                f"learnt from the {sample.n_targets:,} targets of {MOST_PATTERNS:,} of them, and all are predicted",
                KitWarning,
                stacklevel=3,
            )
        return Gapped(sample.values / np.float32(np.sqrt(mean_square)), sample.patterns)

    def select_rows(self, rows: Ints) -> Gapped:
        """Return the same for some of the rows; targets that have none of them are left out."""
        missing = np.zeros(self.values.shape, dtype=bool)
        for pattern in self.patterns:
            missing[np.ix_(pattern.rows, pattern.targets)] = True
        kept = ~missing[rows].all(axis=0)
        return Gapped.of(self.values[rows][:, kept], missing[rows][:, kept])

    def filled(self, precision: Doubles) -> tuple[Doubles, Doubles]:
        """Fill gaps with their conditional means.

        Args:
            precision: (n_rows, n_rows) inverse P of the covariance of the rows.

        Returns:
            The (n_rows, n_targets) whole targets in float64, and log|P_mm| of each.
        """
        whole, logs = self.values.astype(np.float64), np.zeros(self.n_targets)
        for pattern, inverse, log_determinant in self._conditional(precision):
            self._fill(whole, pattern, inverse, precision)
            logs[pattern.targets] = log_determinant
        return whole, logs

    def completed(self, precision: Doubles, added: Doubles) -> Completed:
        """Return what the targets say of the products of rows.

        Args:
            precision: (n_rows, n_rows) inverse P of the covariance of the rows, with the added noise.
            added: (n_rows,) variance of noise that the targets count as having been added to them.
        """
        whole, n_rows = self.values.astype(np.float64), len(self.values)
        spread, noise, logs = np.zeros((n_rows, n_rows)), np.zeros((n_rows, n_rows)), 0.0
        without = self.n_targets
        for pattern, inverse, log_determinant in self._conditional(precision):
            n_alike, rows = len(pattern.targets), pattern.rows
            self._fill(whole, pattern, inverse, precision)
            spread[np.ix_(rows, rows)] += n_alike * inverse
            logs += n_alike * log_determinant
            if added.any():
                # Noise of what is measured goes into what is filled in by it.
                weights = np.eye(n_rows)
                weights[rows] = -inverse @ precision[rows]
                weights[:, rows] = 0
                noise += n_alike * ((weights * added) @ weights.T)
                without -= n_alike
        noise[np.diag_indices(n_rows)] += without * added
        total = self.n_targets
        return Completed((whole @ whole.T + noise) / total, spread / total, logs / total)

    def precisions(self, precision: Doubles) -> Iterator[tuple[float, Doubles]]:
        """Yield each pattern's share of the targets, and Σ_oo⁻¹ among all rows, 0 where a row is missing."""
        whole = self.n_targets - sum(len(pattern.targets) for pattern in self.patterns if len(pattern.rows))
        if whole:
            yield whole / self.n_targets, precision
        for pattern, inverse, _ in self._conditional(precision):
            among = precision[:, pattern.rows]
            yield len(pattern.targets) / self.n_targets, precision - among @ inverse @ among.T

    def mean_precision(self, precision: Doubles) -> Doubles:
        """Return the mean over targets of Σ_oo⁻¹ among all rows, 0 where a row is missing."""
        spread = self.completed(precision, np.zeros(len(precision))).spread
        return precision - precision @ spread @ precision

    def _conditional(self, precision: Doubles) -> Iterator[tuple[Pattern, Doubles, float]]:
        """Yield patterns that lack something, with the conditional covariance P_mm⁻¹ of it and log|P_mm|."""
        for pattern in self.patterns:
            if len(pattern.rows):
                root, _ = lapack.dpotrf(precision[np.ix_(pattern.rows, pattern.rows)], lower=1, overwrite_a=1)
                log_determinant = 2 * float(np.log(np.diagonal(root)).sum())
                inverse = np.tril(lapack.dpotri(root, lower=1)[0])
                yield pattern, inverse + np.tril(inverse, -1).T, log_determinant

    def _fill(self, whole: Doubles, pattern: Pattern, inverse: Doubles, precision: Doubles) -> None:
        # Where a value is missing, `values` has 0, so that the whole column stands for what is measured.
        measured = self.values[:, pattern.targets].astype(np.float64)
        whole[np.ix_(pattern.rows, pattern.targets)] = -inverse @ (precision[pattern.rows] @ measured)
