"""Learnt vectors of a category, by a process over rows, from the rows of other folds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Protocol, Self, cast, runtime_checkable

import numpy as np
import pandas as pd
from annotated_types import Ge
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats, Ints
from kit.errors import InputError, ParameterError
from kit.features.base import FEATURES, FeatureBuilder
from kit.features.encoders.groups import category_codes, row_labels
from kit.features.encoders.targets import TargetBuilder, numbered
from kit.plugins import ColumnOf, Plugin, PluginOf, Supplied


@runtime_checkable
class LearnsVectors(Protocol):
    """A model that learns a vector for every category of a column."""

    def fit(self, X: ArrayLike, Y: ArrayLike) -> Self:
        """Fit on (n_rows, n_features) features and (n_rows, n_targets) targets."""

    def latent_vectors(self, X: ArrayLike) -> Doubles:
        """Return the (n_rows, n_numbers) learnt vectors of rows' categories, 0 for one that was not seen."""


@FEATURES.register("latent_vectors")
@dataclass(eq=False, repr=False)
class LatentVectors(TargetBuilder):
    """Vectors of compounds that a Gaussian process over rows has learnt: those that respond alike lie near each other.

    The process is fitted on all targets as replicates, with the covariance that `coregionalized_gp` has without
    ``terms``, over ``context`` and ``by``. A new row gets its category's vector from all training rows, an unseen
    category the prior's mean, 0.

    A category's vector is learnt from its rows' own targets. So training rows are cut into folds, the rows of a
    category into different ones, and each gets the vector of a process that was fitted without its fold: it is learnt
    from the category's other rows, as in `target_profile`. A process knows its vectors but for a rotation; those of a
    fold are turned, all alike, to where they are nearest to the vectors of new rows. That rotation is all in which a
    row's own target has a part: distances and angles between the vectors of a fold's rows are free of their targets.

    Args:
        process: The process, `coregionalized_gp` without ``terms``; it is cloned, and fitted ``n_splits`` + 1 times.
        by: The column whose categories get vectors: the compound.
        context: The column of contexts, in each of which categories respond in their own way: the cell type.
        n_components: The length of the vectors.
        n_splits: Folds of training rows.
        random_state: Seed of the folds.

    Attributes:
        categories_: The sorted categories of ``by``, (n_categories,) str.
        table_: (n_categories + 1, n_components) float32 vectors; the last is an unseen category's, 0.
    """

    process: Annotated[Plugin, PluginOf("model")]
    by: Annotated[str, ColumnOf("label")] = "sm_name"
    context: Annotated[str, ColumnOf("label", fitting=True)] = "cell_type"
    n_components: Annotated[int, Ge(1)] = 30
    n_splits: Annotated[int, Ge(2)] = 5
    random_state: Annotated[int | None, Supplied("the recipe's seed")] = None

    def __sklearn_clone__(self) -> Self:
        """Clone the parameters; there is no projector to share."""
        copy: Self = FeatureBuilder.__sklearn_clone__(self)
        return copy

    def check_parameters(self) -> None:
        """Check the parameters, and the process.

        Raises:
            ParameterError: One is out of range, or the process learns no vectors, or has terms of its own.
        """
        super().check_parameters()
        if not isinstance(self.process, LearnsVectors):
            raise ParameterError(
                f"{self.kind}: process={self.process.kind} learns no vectors; give {{kind: coregionalized_gp}}"
            )
        self.process.check_parameters()
        if self.process.get_params(deep=False).get("terms") is not None:
            raise ParameterError(
                f"{self.kind}: the process has terms; leave them out, and give by, context and n_components here"
            )

    def expected_features(self, rows: pd.DataFrame) -> int | None:
        """Return the length of the vectors."""
        return self.n_components

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Learn every category's vector from all training rows."""
        self.check_parameters()
        self._fit(self._learn_codes(rows), self._targets(rows, Y))
        return self

    def fit_transform(self, rows: pd.DataFrame, Y: Floats | None = None) -> Floats:
        """Fit and return the training rows' (n_rows, n_components) vectors, each learnt without the row's fold.

        Raises:
            InputError: There are fewer rows than folds.
        """
        self.check_parameters()
        targets, codes = self._targets(rows, Y), self._learn_codes(rows)
        if len(rows) < self.n_splits:
            raise InputError(f"{self.kind}: {len(rows)} rows cannot make n_splits={self.n_splits} folds")
        whole = self._fit(codes, targets)
        out = np.empty((len(rows), self.n_components), dtype=np.float32)
        folds = self._folds(codes[:, 1])
        for fold in range(self.n_splits):
            hidden = folds == fold
            vectors = self._vectors(codes[~hidden], targets[~hidden])
            # Unseen categories have the vector 0 and say nothing of the rotation.
            out[hidden] = (vectors @ _rotation(vectors, whole))[codes[hidden, 1]]
        return out

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_components) vectors of rows' categories; only the column ``by`` is read."""
        check_is_fitted(self)
        vectors: Floats = self.table_[self._codes(rows, self.by, self.categories_)]
        return vectors

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``sm_name__latent__17``."""
        check_is_fitted(self)
        return np.asarray(numbered(self.by, "latent", self.n_components), dtype=str)

    def _learn_codes(self, rows: pd.DataFrame) -> Ints:
        """Set the categories; return the (n_rows, 2) codes of contexts and categories."""
        self.categories_ = np.unique(row_labels(rows, self.by, self.kind))
        contexts = np.unique(row_labels(rows, self.context, self.kind), return_inverse=True)[1]
        return np.column_stack([contexts, category_codes(row_labels(rows, self.by, self.kind), self.categories_)])

    def _fit(self, codes: Ints, targets: Floats) -> Doubles:
        """Set the table from all training rows; return the (n_categories, n_components) vectors."""
        vectors = self._vectors(codes, targets)
        self.table_: Floats = np.vstack([vectors, np.zeros((1, self.n_components))]).astype(np.float32)
        return vectors

    def _vectors(self, codes: Ints, targets: Floats) -> Doubles:
        """Return the (n_categories, n_components) vectors of a process that is fitted on rows, 0 where unseen."""
        both = {self.context: "free", self.by: "identity"}
        terms = [
            {self.context: "free"},
            both,
            both | {self.by: {"low_rank": self.n_components}},
            both | {self.by: {"rbf": "low_rank"}},
        ]
        process = clone(self.process).set_params(terms=terms, blocks={self.context: (0, 1), self.by: (1, 2)})
        every = np.column_stack([np.zeros(len(self.categories_)), np.arange(len(self.categories_))])
        return cast(LearnsVectors, process).fit(codes, targets).latent_vectors(every)

    def _folds(self, categories: Ints) -> Ints:
        """Return the (n_rows,) fold of each row; the rows of a category are spread over as many as can be."""
        rng = np.random.default_rng(self.random_state)
        mixed = rng.permutation(len(categories))
        by_category = mixed[np.argsort(categories[mixed], kind="stable")]
        folds = np.empty(len(categories), dtype=np.intp)
        folds[by_category] = np.arange(len(categories)) % self.n_splits
        return folds


def _rotation(vectors: Doubles, reference: Doubles) -> Doubles:
    """Return the orthogonal matrix that turns vectors to where they are nearest to others (Procrustes)."""
    left, _, right = np.linalg.svd(vectors.T @ reference)
    rotation: Doubles = left @ right
    return rotation
