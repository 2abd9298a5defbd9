"""A blend of vectors: side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

import numpy as np
from annotated_types import Ge, MinLen
from numpy.typing import ArrayLike

from kit.arrays import Floats, as_matrix, unit_rows
from kit.blends.base import BLENDS, Blend
from kit.blends.checks import check_weights
from kit.errors import InputError, ParameterError
from kit.plugins import RETRIEVAL, NameOf


@BLENDS.register("concatenate")
@dataclass(eq=False, repr=False)
class Concatenate(Blend):
    """Puts the models' vectors side by side, each brought to length 1 first.

    The cosine of two such rows is the mean of the models' cosines, by the weights; models may differ in width.

    Args:
        weights: What each model's cosine counts, by its name; 0 leaves a model out (default: all the same).
    """

    problems: ClassVar[frozenset[str]] = frozenset({RETRIEVAL})

    weights: Annotated[dict[str, Annotated[float, Ge(0)]], MinLen(1), NameOf("model", every=True)] | None = None

    def check_parameters(self) -> None:
        """Check the weights.

        Raises:
            ParameterError: They leave every model out.
        """
        super().check_parameters()
        if self.weights is not None and not any(self.weights.values()):
            raise ParameterError("weights: every model has the weight 0; give one of them more")

    def without(self, name: str) -> Self | None:
        """Return the blend of the other members, with their weights; None where all of these are 0."""
        if self.weights is None:
            return self
        rest = {other: weight for other, weight in self.weights.items() if other != name}
        return type(self)(rest) if any(rest.values()) else None

    def combine(self, predictions: Mapping[str, Floats], groups: ArrayLike | None = None) -> Floats:
        """Return (n_rows, the sum of the widths) float32, the models in the order of their names.

        Args:
            predictions: (n_rows, n_dims) by the models' names; n_dims may differ.
            groups: Not used.

        Raises:
            InputError: There is nothing to blend, the numbers of rows disagree, or the names are not those of the
                weights.
        """
        self.check_parameters()
        if not predictions:
            raise InputError("there is nothing to blend; give at least one prediction")
        names = sorted(predictions)
        if self.weights is not None:
            check_weights(self.weights, names)
        n_rows = len(next(iter(predictions.values())))
        parts = []
        for name in names:
            weight = 1.0 if self.weights is None else self.weights[name]
            if weight == 0:
                continue
            vectors = as_matrix(predictions[name], name, n_rows=n_rows)
            # Cosines are products: each side takes the root of the weight.
            parts.append(np.sqrt(weight) * unit_rows(vectors))
        return np.hstack(parts).astype(np.float32)
