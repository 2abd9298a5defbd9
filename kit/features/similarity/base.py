"""Base class of builders that compare compounds with those of the training rows."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Floats, Ints, require_columns
from kit.errors import InputError, ParameterError
from kit.features.base import FeatureBuilder
from kit.features.encoders.groups import Groups, row_labels
from kit.features.processed.base import fresh_builder
from kit.features.similarity.kernels import Metric, similarities, usual_gamma

_PAIR_S = 3e-8
"""CPU seconds of comparing a pair of compounds, and of what is done with their similarity (one thread, AMD EPYC)."""

_FEATURE_S: dict[Metric, float] = {"tanimoto": 8e-10, "cosine": 1e-10, "rbf": 1.4e-9}
"""For each feature that they are compared by (256 of 2,000 compounds)."""


class ComparesCompounds(FeatureBuilder):
    """Base of builders whose features derive from the similarity to each distinct training compound.

    Attributes:
        of: The block that describes a compound.
        by: The column that tells compounds apart.
        metric: How two descriptions are compared.
        gamma: Of the metric "rbf".
        of_: The fitted clone of ``of``.
        names_: (n_compounds,) the training compounds, sorted.
        references_: (n_compounds, n_inner_features) float32, their descriptions.
        gamma_: The gamma in use.
    """

    uses_targets: ClassVar[bool] = False
    of: FeatureBuilder
    by: str
    metric: Metric
    gamma: float | None

    def check_parameters(self) -> None:
        """Check types and ranges, and that a gamma is given to "rbf" alone.

        Raises:
            ParameterError: One is wrong.
        """
        super().check_parameters()
        if self.gamma is not None and self.metric != "rbf":
            raise ParameterError(f"{self.kind}: gamma={self.gamma} means nothing to metric={self.metric!r}; drop it")

    def estimate_seconds(self, rows: pd.DataFrame) -> float:
        """Return the CPU seconds of comparing all compounds; by one feature where nobody knows how many there are."""
        n_features = self.of.expected_features(rows) or 1
        return self._n_compounds(rows) ** 2 * (_PAIR_S + _FEATURE_S[self.metric] * n_features)

    def _n_compounds(self, rows: pd.DataFrame) -> int:
        require_columns(rows, [self.by], self.kind)
        return int(rows[self.by].nunique())

    def _learn_compounds(self, rows: pd.DataFrame) -> Ints:
        """Fit ``of``, describe every distinct compound, and return each row's place among them, (n_rows,)."""
        self.of_ = fresh_builder(self, "of", self.of)
        if self.of_.uses_targets:
            raise ParameterError(
                f"{self.kind}: of={self.of_.kind} is made of the training targets, which a compound's own would enter; "
                "give a block that describes structures, such as fingerprint"
            )
        if not len(rows):
            raise InputError(f"{self.kind}: no training rows; give at least one")
        features = self.of_.fit(rows).transform(rows)
        self.names_, codes = np.unique(row_labels(rows, self.by, self.kind), return_inverse=True)
        compounds = Groups.of(codes, len(self.names_))
        # Usually every row of a compound is described alike; where not, their mean stands for it.
        means = compounds.sums(features.astype(np.float64)) / compounds.counts[:, None]
        self.references_: Floats = means.astype(np.float32)
        if self.metric == "rbf" and self.gamma is None:
            self.gamma_ = usual_gamma(self.references_)
        else:
            self.gamma_ = 1.0 if self.gamma is None else float(self.gamma)
        return codes

    def _to_compounds(self, features: Floats) -> Doubles:
        """Return the (n_rows, n_compounds) similarities of described rows to the training compounds."""
        return similarities(features, self.references_, self.metric, self.gamma_)
