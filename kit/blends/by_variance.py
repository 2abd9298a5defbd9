"""Blend weights that go by what members expect of their own errors, row by row."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats
from kit.blends.base import BLENDS, Blend
from kit.blends.checks import check_same_names, checked, row_blocks, row_labels, row_weights
from kit.blends.row_gram import RowGram
from kit.errors import InputError
from kit.metrics.rowwise import MRRMSE

POWERS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""The powers among which a fit chooses."""


class VarianceBlend(Blend):
    """Base of blends that also read what members expect of their own errors: a squared error a row, as forecast."""

    @abstractmethod
    def fit(
        self,
        predictions: Mapping[str, Floats],
        Y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        variances: Mapping[str, Doubles] | None = None,
    ) -> Self:
        """Learn from out-of-fold predictions; ``variances`` holds (n_rows,) of those members that forecast errors."""

    @abstractmethod
    def combine(
        self,
        predictions: Mapping[str, Floats],
        groups: ArrayLike | None = None,
        variances: Mapping[str, Doubles] | None = None,
    ) -> Floats:
        """Return the (n_rows, n_targets) float32 blend; the variances are as in `fit`."""


def combined(
    blend: Blend,
    predictions: Mapping[str, Floats],
    groups: ArrayLike | None,
    variances: Mapping[str, Doubles] | None,
    rows: slice = slice(None),
) -> Floats:
    """Return the blend of some rows; the variances are those of all rows, and only a `VarianceBlend` is told them."""
    if isinstance(blend, VarianceBlend):
        return blend.combine(predictions, groups, {name: values[rows] for name, values in (variances or {}).items()})
    return blend.combine(predictions, groups)


@BLENDS.register("by_variance")
@dataclass(eq=False, repr=False)
class ByVariance(VarianceBlend):
    """Weighs each member, row by row, by one over its expected squared error, to a power.

    A member that forecasts its errors (a Gaussian process, `coregionalized_gp`, on targets themselves) has its own for
    every row, multiplied by one number so that they are right on average out of fold; any other member has its mean
    squared error out of fold for all rows. The power is the one of `POWERS` with the least MRRMSE out of fold,
    whatever the recipe's metric is. At 0 all members count the same. Great powers leave the member that expects least:
    noise, which no member can foresee, makes expected errors alike.

    Args:
        power: The power, at least 0; None to choose it out of fold. 1 is right for unbiased members of unrelated
            errors (Bates & Granger, The Combination of Forecasts, Operational Research Quarterly 20, 1969).

    Attributes:
        names_: (n_members,) the members' names, sorted.
        stated_: The names of those that forecast their errors.
        errors_: (n_members,) mean squared errors out of fold.
        scales_: (n_members,) what forecasts are multiplied by; 1 for members without.
        power_: The power in use.
        score_: The MRRMSE of the blend on the rows that it was fitted on.
    """

    learns: ClassVar[bool] = True

    power: Annotated[float, Ge(0)] | None = None

    def fit(
        self,
        predictions: Mapping[str, Floats],
        Y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        variances: Mapping[str, Doubles] | None = None,
    ) -> Self:
        """Learn errors, scales and power from out-of-fold predictions (n_rows, n_targets) and their targets.

        Raises:
            InputError: There is nothing to blend, no target, or the shapes disagree.
            ParameterError: A parameter is out of range.
        """
        self.check_parameters()
        gram = RowGram.of(predictions, Y)
        if groups is not None:
            row_labels(groups, len(gram))
        weights = row_weights(sample_weight, len(gram))
        given = _checked_variances(variances, gram.names, len(gram))
        self.names_: np.ndarray = np.asarray(gram.names, dtype=str)
        self.stated_: list[str] = list(given)
        self.errors_: Doubles = weights @ np.square(gram.member_errors())
        expected = {name: float(weights @ values) for name, values in given.items()}
        self.scales_: Doubles = np.array(
            [
                error / expected[name] if expected.get(name) else 1.0
                for name, error in zip(gram.names, self.errors_.tolist(), strict=True)
            ]
        )
        powers = POWERS if self.power is None else (float(self.power),)
        scores = []
        for power in powers:
            shares = self._shares(given, len(gram), power)
            squares = np.einsum("rm,rmn,rn->r", shares, gram.errors, shares, optimize=True)
            scores.append(float(weights @ np.sqrt(np.maximum(squares, 0) / gram.summed_over())))
        best = int(np.argmin(scores))
        self.power_, self.score_ = powers[best], scores[best]
        return self

    def combine(
        self,
        predictions: Mapping[str, Floats],
        groups: ArrayLike | None = None,
        variances: Mapping[str, Doubles] | None = None,
    ) -> Floats:
        """Return the (n_rows, n_targets) float32 blend, a block of rows at a time.

        Raises:
            InputError: There is nothing to blend, the shapes disagree, the models are not those of the fit, or one that
                forecast its errors then does not now.
        """
        check_is_fitted(self, "power_")
        matrices = checked(predictions)
        check_same_names(matrices, self.names_.tolist())
        n_rows = len(next(iter(matrices.values())))
        given = _checked_variances(variances, list(matrices), n_rows)
        for name in self.stated_:
            if name not in given:
                raise InputError(f"variances: the blend was fitted on those of {name!r}; give them, (n_rows,)")
        shares = self._shares({name: given[name] for name in self.stated_}, n_rows, self.power_)
        blend = np.empty(next(iter(matrices.values())).shape, dtype=np.float32)
        for rows in row_blocks(matrices):
            total = np.zeros(blend[rows].shape)
            for share, matrix in zip(shares[rows].T, matrices.values(), strict=True):
                total += share[:, None] * matrix[rows]
            blend[rows] = total
        return blend

    @property
    def objective(self) -> str:
        """MRRMSE, whatever the recipe's metric is."""
        return MRRMSE.kind

    def report(self) -> dict[str, Any]:
        """Return the power, and what is known of the members' errors."""
        check_is_fitted(self, "power_")
        names = self.names_.tolist()
        return {
            "power": self.power_,
            "mean_squared_error": dict(zip(names, self.errors_.tolist(), strict=True)),
            "forecast_times": {name: self.scales_[names.index(name)].item() for name in self.stated_},
            "objective": self.objective,
            "fitted_score": self.score_,
            "fitted_metric": MRRMSE.kind,
        }

    def _shares(self, variances: Mapping[str, Doubles], n_rows: int, power: float) -> Doubles:
        """Return the (n_rows, n_members) weights of members in every row, of sum 1."""
        expected = np.tile(self.errors_, (n_rows, 1))
        for place, name in enumerate(self.names_.tolist()):
            if name in variances:
                expected[:, place] = variances[name] * self.scales_[place]
        # A member that expects no error at all takes the row; several share it.
        logs = -power * np.log(np.maximum(expected, np.finfo(np.float64).tiny))
        shares: Doubles = np.exp(logs - logs.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        return shares


def _checked_variances(
    variances: Mapping[str, Doubles] | None, names: Sequence[str], n_rows: int
) -> dict[str, Doubles]:
    """Return the expected squared errors of the named members that have some, in their order.

    Raises:
        InputError: They are not one finite number of at least 0 a row.
    """
    stated = variances or {}
    given = {name: np.asarray(stated[name], dtype=np.float64) for name in names if name in stated}
    for name, values in given.items():
        if values.shape != (n_rows,) or not (np.isfinite(values) & (values >= 0)).all():
            raise InputError(
                f"variances[{name!r}]: expected a finite number of at least 0 for each of {n_rows} rows, got "
                f"{values.dtype} of shape {values.shape}"
            )
    return given
