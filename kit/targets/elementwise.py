"""Target transforms that treat every value, or every target, by itself."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Literal, Self

import numpy as np
from annotated_types import Gt
from scipy import special, stats
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats, as_matrix, blocks
from kit.targets.base import TARGETS, Groups, TargetTransform


class ElementwiseTarget(TargetTransform):
    """Base of transforms that map every value to one value; they have as many coordinates as targets.

    Attributes:
        n_targets_: The number of targets.
    """

    allow_nan_targets = True

    @property
    def linear(self) -> bool:
        """False: the metric has to be taken at full width."""
        return False

    @abstractmethod
    def _forward(self, values: Doubles, columns: slice) -> Doubles:
        """Map a block of targets."""

    @abstractmethod
    def _backward(self, values: Doubles, columns: slice) -> Doubles:
        """Map a block of coordinates back."""

    def fit(self, Y: Floats, groups: Groups = None) -> Self:
        """Remember the number of targets of (n_rows, n_targets) Y."""
        self.check_parameters()
        self.n_targets_ = as_matrix(Y, "Y", allow_nan=True).shape[1]
        return self

    def transform(self, Y: Floats, groups: Groups = None) -> Floats:
        """Return the (n, n_targets) float32 mapped targets."""
        check_is_fitted(self, "n_targets_")
        Y = as_matrix(Y, "Y", n_columns=self.n_targets_, allow_nan=True)
        mapped = np.empty_like(Y)
        for columns in blocks(Y.shape[1], Y.shape[0]):
            mapped[:, columns] = self._forward(Y[:, columns].astype(np.float64), columns)
        return mapped

    def inverse_transform(self, Z: Floats, groups: Groups = None) -> Floats:
        """Return the (n, n_targets) float32 targets of mapped values."""
        check_is_fitted(self, "n_targets_")
        Z = as_matrix(Z, "Z", n_columns=self.n_targets_)
        mapped = np.empty_like(Z)
        for columns in blocks(Z.shape[1], Z.shape[0]):
            mapped[:, columns] = self._backward(Z[:, columns].astype(np.float64), columns)
        return mapped

    def expected_components(self, n_rows: int, n_targets: int) -> int:
        """Return the number of targets."""
        return n_targets

    def project(self, Y: Floats) -> Floats:
        """Return the mapped targets: there is no linear part to take by itself."""
        return self.transform(Y)


@TARGETS.register("clip")
class ClipTarget(ElementwiseTarget):
    """Clips training targets to ±limit so that a few huge values do not dominate a fit; predictions stay as they are.

    The openproblems benchmark clips signed log10 p-values at ±4.

    Args:
        limit: The greatest magnitude kept, above 0, in the targets' unit.
    """

    def __init__(self, limit: Annotated[float, Gt(0)] = 4.0) -> None:
        self.limit = limit

    def _forward(self, values: Doubles, columns: slice) -> Doubles:
        return np.clip(values, -self.limit, self.limit)

    def _backward(self, values: Doubles, columns: slice) -> Doubles:
        return values


@TARGETS.register("p_to_score")
class PToScore(ElementwiseTarget):
    """Turns signed −log10 p-values into the z- or t-scores they came from, and back (18th place).

    With y = −log10(p) · sign(effect) of a two-sided test, the score is sign(y) · t with P(|T| > t) = 10^−|y|. Scores
    grow with the square root of −log10 p, so great values rule a fit less. Computed on logarithms: no p underflows with
    the normal distribution; with Student's, scores end where p does, at 10^−300.

    Args:
        degrees_of_freedom: Of Student's distribution, above 0; None for the normal distribution.
    """

    def __init__(self, degrees_of_freedom: Annotated[float, Gt(0)] | None = None) -> None:
        self.degrees_of_freedom = degrees_of_freedom

    def _forward(self, values: Doubles, columns: slice) -> Doubles:
        return np.sign(values) * _score(np.abs(values), self.degrees_of_freedom)

    def _backward(self, values: Doubles, columns: slice) -> Doubles:
        return np.sign(values) * _log_p(np.abs(values), self.degrees_of_freedom)


@TARGETS.register("score_to_p")
class ScoreToP(ElementwiseTarget):
    """Turns z- or t-scores into signed −log10 p-values, and back: `p_to_score` the other way round.

    Args:
        degrees_of_freedom: Of Student's distribution, above 0; None for the normal distribution.
    """

    def __init__(self, degrees_of_freedom: Annotated[float, Gt(0)] | None = None) -> None:
        self.degrees_of_freedom = degrees_of_freedom

    def _forward(self, values: Doubles, columns: slice) -> Doubles:
        return np.sign(values) * _log_p(np.abs(values), self.degrees_of_freedom)

    def _backward(self, values: Doubles, columns: slice) -> Doubles:
        return np.sign(values) * _score(np.abs(values), self.degrees_of_freedom)


class _QuantileTarget(ElementwiseTarget):
    """Maps every target's training distribution onto a given one, by its quantiles.

    Attributes:
        quantiles_: (n_quantiles, n_targets) float32, each target's sorted quantiles over the training rows.
    """

    distribution: Literal["normal", "uniform"]

    def fit(self, Y: Floats, groups: Groups = None) -> Self:
        """Learn the quantiles of (n_rows, n_targets) training targets: their sorted values."""
        super().fit(Y)
        self.quantiles_: Floats = np.sort(as_matrix(Y, "Y", allow_nan=True), axis=0)
        for target in np.flatnonzero(np.isnan(self.quantiles_[-1])):
            # As many quantiles as there are rows, of what was measured.
            values = self.quantiles_[~np.isnan(self.quantiles_[:, target]), target]
            spread = np.quantile(values, self._levels(), method="hazen") if len(values) else 0.0
            self.quantiles_[:, target] = spread
        return self

    def _levels(self) -> Doubles:
        """Return the level of each quantile: the middle of its share, so that none is 0 or 1."""
        n = len(self.quantiles_)
        return (np.arange(n) + 0.5) / n

    def _forward(self, values: Doubles, columns: slice) -> Doubles:
        levels = self._levels()
        mapped = np.empty_like(values)
        for offset, quantiles in enumerate(self.quantiles_[:, columns].T.astype(np.float64)):
            # Interpolated from both sides: in a run of equal quantiles a value stands at the run's middle.
            low = np.interp(values[:, offset], quantiles, levels)
            high = -np.interp(-values[:, offset], -quantiles[::-1], -levels[::-1])
            mapped[:, offset] = (low + high) / 2
        return special.ndtri(mapped) if self.distribution == "normal" else mapped

    def _backward(self, values: Doubles, columns: slice) -> Doubles:
        levels = self._levels()
        shares = special.ndtr(values) if self.distribution == "normal" else values
        mapped = np.empty_like(shares)
        for offset, quantiles in enumerate(self.quantiles_[:, columns].T.astype(np.float64)):
            mapped[:, offset] = np.interp(shares[:, offset], levels, quantiles)
        return mapped


@TARGETS.register("quantile")
class QuantileTarget(_QuantileTarget):
    """Maps every target to a uniform or normal distribution by its ranks over the training rows.

    Values beyond the training range become its ends, so predictions never leave that range.

    Args:
        distribution: What each target's training values look like afterwards.

    Attributes:
        quantiles_: (n_rows, n_targets) float32, each target's sorted training values.
    """

    def __init__(self, distribution: Literal["normal", "uniform"] = "uniform") -> None:
        self.distribution = distribution


@TARGETS.register("rank_gauss")
class RankGaussTarget(_QuantileTarget):
    """Maps every target to a standard normal distribution by its ranks over the training rows (Jahrer's RankGauss).

    Attributes:
        quantiles_: (n_rows, n_targets) float32, each target's sorted training values.
    """

    distribution: Literal["normal", "uniform"] = "normal"


def _score(log10_p: Doubles, degrees_of_freedom: float | None) -> Doubles:
    """Return t ≥ 0 with P(|T| > t) = 10^−log10_p."""
    log_half = -log10_p * np.log(10) - np.log(2)
    if degrees_of_freedom is None:
        score: Doubles = -special.ndtri_exp(log_half)
    else:
        score = stats.t.isf(np.exp(np.maximum(log_half, -690.0)), degrees_of_freedom)
    return score


def _log_p(score: Doubles, degrees_of_freedom: float | None) -> Doubles:
    """Return −log10 P(|T| > score)."""
    tail = special.log_ndtr(-score) if degrees_of_freedom is None else stats.t.logsf(score, degrees_of_freedom)
    log_p: Doubles = np.maximum(-(tail + np.log(2)) / np.log(10), 0.0)
    return log_p
