"""Features whose inner products are a similarity of rows, through some of them (Nyström)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats
from kit.errors import ParameterError
from kit.features.base import FEATURES, FeatureBuilder
from kit.features.processed.base import BlockProcessor, as_features
from kit.features.similarity.kernels import Metric, distinct_rows, similarities, usual_gamma
from kit.plugins import PluginOf, Supplied


@FEATURES.register("nystroem")
@dataclass(eq=False, repr=False)
class Nystroem(BlockProcessor):
    """Features in which a linear model is a kernel machine, from the similarity to some training rows (Nyström).

    The inner product of two rows' features is about the similarity of the rows; the more landmarks, the nearer. So
    `ridge` on them is about kernel ridge and `logistic` about a kernel classifier, at a cost that grows with the rows
    and not with their square, as that of `similarity` (where every row is a compound), `svr` and `svc` does. As
    scikit-learn's ``Nystroem``; beside its kernels there is the one of fingerprints.

    Args:
        of: The block; it is cloned. Features of different units want `scaled` inside.
        n_components: The number of landmarks, drawn from the training rows that differ; all of them where there are
            fewer.
        metric: "rbf": exp(−gamma · squared distance); "cosine"; or "tanimoto" for bits and counts (Σ min / Σ max).
        gamma: Of "rbf"; None for 1 / (median squared distance between two landmarks).
        random_state: Seed of the draw.

    Attributes:
        of_: The fitted clone of ``of``.
        landmarks_: (n_landmarks, n_inner_features) float32.
        root_: (n_landmarks, n_landmarks) float64, the symmetric root of the pseudo-inverse of their similarities.
        gamma_: The gamma in use (1 where the metric has none).

    Source: Williams & Seeger, Using the Nyström method to speed up kernel machines, NIPS 2000.
    """

    of: Annotated[FeatureBuilder, PluginOf("feature")]
    n_components: Annotated[int, Ge(1)] = 500
    metric: Metric = "rbf"
    gamma: Annotated[float, Gt(0)] | None = None
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

    def check_parameters(self) -> None:
        """Check types and ranges, and that a gamma is given to "rbf" alone.

        Raises:
            ParameterError: One is wrong.
        """
        super().check_parameters()
        if self.gamma is not None and self.metric != "rbf":
            raise ParameterError(f"nystroem: gamma={self.gamma} means nothing to metric={self.metric!r}; drop it")

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``rbf__17``."""
        check_is_fitted(self)
        return np.asarray([f"{self.metric}__{place}" for place in range(len(self.landmarks_))], dtype=str)

    def _learn(self, X: Floats, Y: Floats | None) -> None:
        distinct, _ = distinct_rows(X)
        drawn = np.random.default_rng(self.random_state).permutation(len(distinct))[: self.n_components]
        self.landmarks_: Floats = distinct[np.sort(drawn)]
        if self.metric == "rbf" and self.gamma is None:
            self.gamma_ = usual_gamma(self.landmarks_)
        else:
            self.gamma_ = 1.0 if self.gamma is None else float(self.gamma)
        inner = similarities(self.landmarks_, self.landmarks_, self.metric, self.gamma_)
        values, vectors = np.linalg.eigh((inner + inner.T) / 2)
        # Directions below what float32 features can say would blow rounding up.
        kept = values > values.max(initial=0.0) * len(values) * np.finfo(np.float32).eps ** 1.5
        self.root_ = (vectors[:, kept] / np.sqrt(values[kept])) @ vectors[:, kept].T

    def _process(self, X: Floats) -> Floats:
        return as_features(similarities(X, self.landmarks_, self.metric, self.gamma_) @ self.root_)
