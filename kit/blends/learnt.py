"""Base class of blends whose weights are learnt."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats
from kit.blends.base import Blend
from kit.blends.checks import check_same_names, checked, row_blocks, row_labels, row_weights, weighted_sum
from kit.blends.row_gram import RowGram
from kit.metrics.rowwise import MRRMSE


class LearntBlend(Blend):
    """Base of weighted sums whose weights are learnt from out-of-fold predictions.

    Attributes:
        names_: (n_members,) the members' names, sorted.
        weights_: (n_members,) float64 their weights.
        score_: The score of the blend on the rows that it was fitted on, weighted as they were: MRRMSE, or the metric
            that the weights were learnt by.
    """

    learns: ClassVar[bool] = True

    @property
    def on_gram(self) -> bool:
        """Whether it can be fitted by `fit_gram`, without wide arrays."""
        return True

    def fit(
        self,
        predictions: Mapping[str, Floats],
        Y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        groups: ArrayLike | None = None,
    ) -> Self:
        """Learn the weights from out-of-fold predictions (n_rows, n_targets) and their targets.

        Raises:
            InputError: There is nothing to blend, no target, or the shapes disagree.
            ParameterError: A parameter is out of range.
        """
        self.check_parameters()
        return self.fit_gram(RowGram.of(predictions, Y), sample_weight, groups)

    def fit_gram(self, gram: RowGram, sample_weight: ArrayLike | None = None, groups: ArrayLike | None = None) -> Self:
        """Learn the weights from what `RowGram` holds of the predictions: the same fit, without the wide arrays."""
        self.check_parameters()
        if groups is not None:
            row_labels(groups, len(gram))
        weights = row_weights(sample_weight, len(gram))
        self.names_: np.ndarray = np.asarray(gram.names, dtype=str)
        self.weights_: Doubles = self._learn(gram, weights)
        self.score_: float = self._score(gram, weights)
        return self

    def combine(self, predictions: Mapping[str, Floats], groups: ArrayLike | None = None) -> Floats:
        """Return the (n_rows, n_targets) float32 weighted sum, a block of rows at a time.

        Raises:
            InputError: There is nothing to blend, the shapes disagree, or the models are not those of the fit.
        """
        check_is_fitted(self, "weights_")
        matrices = checked(predictions)
        weights = self.weights_of(matrices)
        blend = np.empty(next(iter(matrices.values())).shape, dtype=np.float32)
        for rows in row_blocks(matrices):
            blend[rows] = weighted_sum({name: matrix[rows] for name, matrix in matrices.items()}, weights)
        return blend

    def weights_of(self, names: Iterable[str]) -> dict[str, float]:
        """Return the learnt weights.

        Raises:
            InputError: The names are not those of the fit.
        """
        check_is_fitted(self, "weights_")
        check_same_names(names, self.names_.tolist())
        return dict(zip(self.names_.tolist(), self.weights_.tolist(), strict=True))

    def report(self) -> dict[str, Any]:
        """Return the learnt weights, and the score on what they were learnt from."""
        check_is_fitted(self, "weights_")
        return {
            "weights": self.weights_of(self.names_.tolist()),
            "objective": self.objective,
            "fitted_score": self.score_,
            "fitted_metric": MRRMSE.kind,
        }

    def _score(self, gram: RowGram, row_weights: Doubles) -> float:
        return float(row_weights @ gram.row_errors(self.weights_))

    @abstractmethod
    def _learn(self, gram: RowGram, row_weights: Doubles) -> Doubles:
        """Return the (n_members,) weights, in the order of the gram's names.

        Args:
            gram: The out-of-fold predictions and their targets.
            row_weights: (n_rows,) the weights of the rows, with the sum 1.
        """
