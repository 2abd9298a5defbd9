"""Blends that learn nothing: mean, median, and weights that somebody chose."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
from annotated_types import Ge, MinLen
from numpy.typing import ArrayLike

from kit.arrays import Floats
from kit.blends.base import BLENDS, Blend
from kit.blends.checks import check_weights, checked, row_blocks, weighted_sum
from kit.errors import ParameterError
from kit.plugins import NameOf


class FixedBlend(Blend):
    """Base of blends that need no fit: `fit` only checks."""

    def fit(
        self,
        predictions: Mapping[str, Floats],
        Y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Self:
        """Check the parameters and the predictions; nothing is learnt."""
        self.check_parameters()
        self._check_names(checked(predictions))
        return self

    def combine(self, predictions: Mapping[str, Floats], groups: ArrayLike | None = None) -> Floats:
        """Return the (n_rows, n_targets) float32 blend, a block of rows at a time.

        Args:
            predictions: (n_rows, n_targets) by the models' names; their order does not matter.
            groups: Not used.

        Raises:
            InputError: There is nothing to blend, the shapes disagree, or the names are not those of the parameters.
            ParameterError: A parameter is out of range.
        """
        self.check_parameters()
        matrices = checked(predictions)
        self._check_names(matrices)
        blend = np.empty(next(iter(matrices.values())).shape, dtype=np.float32)
        for rows in row_blocks(matrices):
            blend[rows] = self._combine_block({name: matrix[rows] for name, matrix in matrices.items()})
        return blend

    def _check_names(self, predictions: Mapping[str, Floats]) -> None:
        """Check the predictions' names against the parameters; the default accepts any."""

    @abstractmethod
    def _combine_block(self, predictions: Mapping[str, Floats]) -> np.ndarray:
        """Return the blend of some rows."""


@BLENDS.register("mean")
class Mean(FixedBlend):
    """Takes the mean of all models' predictions."""

    def _combine_block(self, predictions: Mapping[str, Floats]) -> np.ndarray:
        return weighted_sum(predictions, self.weights_of(predictions))

    def weights_of(self, names: Iterable[str]) -> dict[str, float]:
        """Return the same weight for each."""
        names = list(names)
        return dict.fromkeys(names, 1 / len(names))


@BLENDS.register("median")
class Median(FixedBlend):
    """Takes the median of all models' predictions, value by value (of an even number, the middle two's mean)."""

    def _combine_block(self, predictions: Mapping[str, Floats]) -> np.ndarray:
        stack = np.sort(np.stack(list(predictions.values())), axis=0)
        low, high = stack[(len(stack) - 1) // 2], stack[len(stack) // 2]
        median: np.ndarray = low if len(stack) % 2 else low + (high.astype(np.float64) - low) / 2
        return median


@BLENDS.register("weighted")
@dataclass(eq=False, repr=False)
class Weighted(FixedBlend):
    """Takes a weighted sum of the models' predictions, with weights of one's own.

    Args:
        weights: A weight of at least 0 for each model, by its name; 0 leaves a model out.
        normalize: Whether the weights are divided by their sum. Left as they are, they may scale the blend on
            purpose: the second place of the Open Problems competition blended with a total weight of 1.3.
    """

    weights: Annotated[dict[str, Annotated[float, Ge(0)]], MinLen(1), NameOf("model", every=True)]
    normalize: bool = True

    def check_parameters(self) -> None:
        """Check the weights and their sum."""
        super().check_parameters()
        total = sum(self.weights.values())
        if not 0 < total < float("inf"):
            raise ParameterError(f"weights: their sum must be finite and greater than 0, got {total}")

    def _check_names(self, predictions: Mapping[str, Floats]) -> None:
        self.check_names(predictions)

    def check_names(self, names: Iterable[str]) -> None:
        """Check that predictions of these names are those that have weights.

        Raises:
            InputError: A weight names none of them, or one has no weight.
        """
        check_weights(self.weights, names)

    def _combine_block(self, predictions: Mapping[str, Floats]) -> np.ndarray:
        return weighted_sum(predictions, self.weights_of(predictions))

    def weights_of(self, names: Iterable[str]) -> dict[str, float]:
        """Return the weights as they are used: divided by their sum, unless told otherwise."""
        names = list(names)
        total = sum(self.weights[name] for name in names) if self.normalize else 1.0
        return {name: self.weights[name] / total for name in names}
