"""The training data of a model: the matrix of the feature blocks, the coordinates, and the full-width targets."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from kit.arrays import Doubles, Floats
from kit.config.build import build_plugin
from kit.config.schema import PluginConfig
from kit.features.augmentation import AUGMENTERS
from kit.full_width import FullWidth
from kit.models.base import MODELS, Model

Blocks = dict[str, tuple[int, int]]
"""The first and the past-the-end column of every feature block, by name."""

Starts = Mapping[str, list[tuple[Floats, Floats]]]
"""The fitted layers from which a network may start, by the block that has them (`FeatureBuilder.start_layers`)."""


@dataclass(frozen=True)
class TrainingMatrix:
    """The input of a fit.

    Attributes:
        X: (n_rows, n_features) float32 features, free of the rows' own targets.
        Z: (n_rows, n_outputs) float32 coordinates of the targets.
        blocks: Where each feature block lies in X.
        full_width: The targets at full width, where the target transform is linear.
        weights: (n_rows,) how much each row counts; None where all count the same.
        starts: The layers that blocks have learnt.
    """

    X: Floats
    Z: Floats
    blocks: Blocks
    full_width: FullWidth | None
    weights: Doubles | None = None
    starts: Starts = field(default_factory=dict)

    def augmented(self, entries: Sequence[PluginConfig], seed: int) -> TrainingMatrix:
        """Return the matrix with augmented copies of its rows below it, made by each augmenter in turn."""
        matrix = self
        for entry in entries:
            extra, index = build_plugin(AUGMENTERS, entry, {"random_state": seed}).augment(matrix.X)
            rows = np.concatenate([np.arange(len(matrix.X)), index])
            matrix = replace(
                matrix,
                X=np.vstack([matrix.X, extra]),
                Z=matrix.Z[rows],
                full_width=None if matrix.full_width is None else matrix.full_width.select_rows(rows),
                weights=None if matrix.weights is None else matrix.weights[rows],
            )
        return matrix

    def fit_params(self, model: Model) -> dict[str, Any]:
        """Return the further arguments of a model's ``fit`` and ``choose`` besides features and coordinates."""
        weights = {} if self.weights is None else {"sample_weight": self.weights}
        return weights | ({"full_width": self.full_width} if model.reads_full_width else {})


def build_model(
    entry: PluginConfig, seed: int, blocks: Blocks | None = None, starts: Starts = types.MappingProxyType({})
) -> Model:
    """Return the model of an entry, not fitted.

    Args:
        entry: The entry, as checked.
        seed: The seed of its random numbers.
        blocks: Where each feature block lies in the matrix, for models that read some of them.
        starts: The layers that blocks have learnt, for networks that start from them.
    """
    return build_plugin(MODELS, entry, {"random_state": seed, "blocks": blocks, "starts": dict(starts)})


def block_columns(matrices: Mapping[str, Floats]) -> Blocks:
    """Return where the (n_rows, n_features) matrices of blocks lie once they stand side by side."""
    ends = np.cumsum([matrix.shape[1] for matrix in matrices.values()]).tolist()
    return {name: (end - matrix.shape[1], end) for (name, matrix), end in zip(matrices.items(), ends, strict=True)}
