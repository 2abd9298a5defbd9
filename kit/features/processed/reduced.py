"""Dimensionality reduction of a feature block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import pandas as pd
from annotated_types import Ge, Gt, Lt
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats
from kit.features.base import FEATURES, FeatureBuilder
from kit.features.processed.base import BlockProcessor, as_features
from kit.plugins import PluginOf


@FEATURES.register("reduced")
@dataclass(eq=False, repr=False)
class Reduced(BlockProcessor):
    """Reduces another block to a few principal components: PCA, or truncated SVD without centring.

    The singular value decomposition is exact; every component's loading of greatest magnitude is positive, so the same
    features give the same components. Features of different units want `scaled` inside. Around a block that is made of
    targets, the basis is one for all rows: see `BlockProcessor`.

    Args:
        of: The block; it is cloned.
        n_components: A number, or the share in (0, 1) of the training features' sum of squares (of what centring
            leaves) that the components hold. No more are kept than the numerical rank; of features that do not vary
            at all one remains, which is 0.
        center: What is subtracted first: the "mean" of the training rows (PCA), or "none" (truncated SVD).
        whiten: Scale every component to variance 1 over the training rows (to mean square 1 without centring).

    Attributes:
        of_: The fitted clone of ``of``.
        mean_: (n_inner_features,) float64, what is subtracted.
        components_: (n_components_, n_inner_features) float64 orthonormal rows (zeros where features do not vary).
        singular_values_: (n_components_,) float64.
        explained_variance_ratio_: (n_components_,) float64 shares of the (centred) features' sum of squares.
        scale_: (n_components_,) float64, what coordinates are multiplied by; 1 without whitening.
    """

    of: Annotated[FeatureBuilder, PluginOf("feature")]
    n_components: Annotated[int, Ge(1)] | Annotated[float, Gt(0), Lt(1)] = 32
    center: Literal["mean", "none"] = "mean"
    whiten: bool = False

    def expected_features(self, rows: pd.DataFrame) -> int | None:
        """Return the number of components asked for, or the inner block's features or the rows where those are less."""
        inner = self.of.expected_features(rows)
        return None if inner is None or self.n_components < 1 else min(int(self.n_components), inner, len(rows))

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``component__17``."""
        check_is_fitted(self)
        return np.asarray([f"component__{place}" for place in range(len(self.components_))], dtype=str)

    def _learn(self, X: Floats, Y: Floats | None) -> None:
        wide = X.astype(np.float64)
        self.mean_ = wide.mean(axis=0) if self.center == "mean" else np.zeros(X.shape[1])
        _, values, basis = np.linalg.svd(wide - self.mean_, full_matrices=False)
        size = np.linalg.norm(wide)  # what centring leaves of constant columns is rounding, relative to this
        rank = int((values > size * max(X.shape) * np.finfo(np.float64).eps).sum())
        energy = np.square(values)
        if self.n_components < 1:
            shares = np.cumsum(energy) / max(float(energy.sum()), np.finfo(np.float64).tiny)
            wanted = int(np.searchsorted(shares, self.n_components)) + 1
        else:
            wanted = int(self.n_components)
        kept = max(1, min(wanted, rank))
        peaks = basis[np.arange(kept), np.abs(basis[:kept]).argmax(axis=1)]
        self.components_ = basis[:kept] * np.where(peaks < 0, -1.0, 1.0)[:, None] * (rank > 0)
        self.singular_values_ = values[:kept] * (rank > 0)
        total = float(energy.sum()) if rank else 1.0
        self.explained_variance_ratio_ = np.square(self.singular_values_) / total
        free = max(1, len(X) - (self.center == "mean"))
        spread = self.singular_values_ / np.sqrt(free)
        white = np.divide(1.0, spread, out=np.zeros(kept), where=spread > 0)
        self.scale_ = white if self.whiten else np.ones(kept)

    def _process(self, X: Floats) -> Floats:
        return as_features((X.astype(np.float64) - self.mean_) @ self.components_.T * self.scale_)
