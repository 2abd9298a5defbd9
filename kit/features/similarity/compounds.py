"""Similarities of a row's compound to each training compound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
import pandas as pd
from annotated_types import Ge, Gt
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats
from kit.features.base import FEATURES, FeatureBuilder
from kit.features.similarity.base import ComparesCompounds
from kit.features.similarity.kernels import Metric, keep_nearest
from kit.plugins import ColumnOf, PluginOf


@FEATURES.register("similarity")
@dataclass(eq=False, repr=False)
class Similarity(ComparesCompounds):
    """Similarity of a row's compound to each distinct training compound, by any block that describes it.

    A kernel as features: a linear model on it is a kernel machine over compounds, and a compound that was never
    measured is described by those it is like. A training compound is similar to itself as much as can be, so that its
    column tells it apart, like one-hot columns do.

    Args:
        of: The block that describes a compound by what is known of new ones (structure, not targets); it is cloned.
        metric: "tanimoto" for bits and counts (Σ min / Σ max), "cosine", or "rbf": exp(−gamma · squared distance).
        by: The column that tells compounds apart; `transform` does not read it.
        k: Keep the k greatest similarities of a row (ties with the last included), the others become 0; None for all.
        gamma: Of "rbf"; None for 1 / (median squared distance between two training compounds).

    Attributes:
        of_: The fitted clone of ``of``.
        names_: (n_compounds,) the training compounds, sorted.
        references_: (n_compounds, n_inner_features) float32, their descriptions: the mean where rows differ.
        gamma_: The gamma in use (1 where the metric has none).
    """

    of: Annotated[FeatureBuilder, PluginOf("feature")]
    metric: Metric = "tanimoto"
    by: Annotated[str, ColumnOf("label")] = "sm_name"
    k: Annotated[int, Ge(1)] | None = None
    gamma: Annotated[float, Gt(0)] | None = None

    def expected_features(self, rows: pd.DataFrame) -> int | None:
        """Return the number of distinct compounds."""
        return self._n_compounds(rows)

    def estimate_memory(self, rows: pd.DataFrame) -> float:
        """Return the bytes of the similarities of all rows to all compounds, twice in float64 and once in float32."""
        return (2 * 8 + 4) * len(rows) * self._n_compounds(rows)

    @property
    def for_many_rows(self) -> str:
        """The features of some of the rows."""
        return "take similarities to some of them (Nyström): {kind: nystroem, params: {of: …, n_components: 500}}"

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Describe the training compounds; Y is not read.

        Raises:
            InputError: A column is absent, or a feature is negative under "tanimoto".
            ParameterError: A parameter is wrong, or ``of`` reads targets.
        """
        self.check_parameters()
        self._learn_compounds(rows)
        self._to_compounds(self.references_[:1])
        return self

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_compounds) float32 similarities; only the columns of ``of`` are read."""
        check_is_fitted(self)
        return keep_nearest(self._to_compounds(self.of_.transform(rows)), self.k).astype(np.float32)

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``sm_name__tanimoto__Belinostat``."""
        check_is_fitted(self)
        return np.asarray([f"{self.by}__{self.metric}__{name}" for name in self.names_], dtype=str)
