"""Mean response to the most similar other compounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

import numpy as np
import pandas as pd
from annotated_types import Ge, Gt
from scipy.sparse import csr_matrix, vstack
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Doubles, Floats, Ints, blocks
from kit.features.base import FEATURES, FeatureBuilder, Projector
from kit.features.encoders.groups import Groups, category_codes, row_labels
from kit.features.encoders.targets import TargetBuilder, numbered, sums_of_others
from kit.features.similarity.base import ComparesCompounds
from kit.features.similarity.kernels import Metric, keep_nearest
from kit.plugins import ColumnOf, PluginOf, Supplied


@FEATURES.register("neighbour_profile")
@dataclass(eq=False, repr=False)
class NeighbourProfile(TargetBuilder, ComparesCompounds):
    """Mean profile of the most similar other compounds, weighted by similarity; also for compounds never measured.

    `target_profile` has nothing to say of a compound without other rows; this falls back on its structure. A
    compound's own rows have no part in its features, neither in training nor later: they are left out of the
    neighbours, of the cell types' means and of the prior, so a training row and a new row of the compound get the
    same. Giving all of a compound's rows any other targets leaves its features as they are, to the bit.

    A compound like no other (all similarities 0, or no structure) gets the prior: the mean over the (other) compounds'
    mean profiles, or zero when centred.

    Args:
        of: The block that describes a compound by what is known of new ones (structure, not targets); it is cloned.
        metric: "tanimoto" for bits and counts (Σ min / Σ max), "cosine" (below 0 counts as 0), or "rbf":
            exp(−gamma · squared distance).
        by: The column that tells compounds apart.
        k: How many of the most similar other compounds count (ties with the last included); None for all.
        power: Neighbours weigh similarity ** power; above 1 the nearest weigh more.
        center: The column whose categories' means are taken off every row first, such as "cell_type", so that compounds
            measured in few cell types are not mistaken for them; None for raw profiles.
        shrinkage: The weight of the prior, in that of a neighbour of similarity 1.
        gamma: Of "rbf"; None for 1 / (median squared distance between two training compounds).
        projector: The recipe's fitted target transform.

    Attributes:
        of_: The fitted clone of ``of``.
        names_: (n_compounds,) the training compounds, sorted.
        references_: (n_compounds, n_inner_features) float32, their descriptions: the mean where rows differ.
        gamma_: The gamma in use (1 where the metric has none).
        table_: (n_compounds, n_components) float32 features of the training compounds, each without its own rows.
        profiles_: (n_compounds + 1, n_components) float32 mean profiles, of which those of unseen compounds are made;
            the last is the prior.
    """

    uses_targets: ClassVar[bool] = True

    of: Annotated[FeatureBuilder, PluginOf("feature")]
    metric: Metric = "tanimoto"
    by: Annotated[str, ColumnOf("label")] = "sm_name"
    k: Annotated[int, Ge(1)] | None = 10
    power: Annotated[float, Gt(0)] = 1.0
    center: Annotated[str | None, ColumnOf("label", fitting=True)] = None
    shrinkage: Annotated[float, Ge(0)] = 0.0
    gamma: Annotated[float, Gt(0)] | None = None
    projector: Annotated[Projector | None, Supplied("the recipe's target transform")] = None

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        """Compute every training compound's features from the others, and the profiles for unseen ones.

        Raises:
            InputError: A column is absent, Y does not fit the rows, or a feature is negative under "tanimoto".
            ParameterError: A parameter is wrong, or ``of`` reads targets.
        """
        self.check_parameters()
        values = self._project(self._targets(rows, Y))
        compound = self._learn_compounds(rows)
        centre = np.zeros(len(rows), dtype=np.intp)
        if self.center is not None:
            centre = np.unique(row_labels(rows, self.center, self.kind), return_inverse=True)[1]
        cells = _Cells.of(compound, centre)
        weights, rest = self._neighbours()
        self.table_ = np.empty((len(self.names_), values.shape[1]), dtype=np.float32)
        self.profiles_ = np.empty((len(self.names_) + 1, values.shape[1]), dtype=np.float32)
        for columns in blocks(values.shape[1], len(rows)):
            sums = cells.members.sums(values[:, columns].astype(np.float64))
            raw = cells.compounds.sums(sums) / cells.compounds.sums(cells.counts)
            if self.center is None:
                everyone = Groups.everyone(len(raw))
                others = sums_of_others(raw, everyone) / max(1, len(raw) - 1)
                self.table_[:, columns] = weights @ raw + rest * others
                self.profiles_[:-1, columns], self.profiles_[-1, columns] = raw, raw.mean(axis=0)
            else:
                self.table_[:, columns] = weights @ raw - cells.centres_of_others(sums, weights)
                self.profiles_[:-1, columns] = raw - cells.shares @ cells.centre_means(sums)
                self.profiles_[-1, columns] = 0
        return self

    def estimate_memory(self, rows: pd.DataFrame) -> float:
        """Return the bytes of the weights of all compounds in each other's features, where all count."""
        return 0.0 if self.k is not None else (8 + 4) * self._n_compounds(rows) ** 2

    @property
    def for_many_rows(self) -> str:
        """Fewer neighbours for memory, landmarks for time."""
        return (
            "let fewer compounds count where memory is short: params: {k: 10, …}; for time give a model similarities "
            "to some of them (Nyström): {kind: nystroem, params: {of: …, n_components: 500}}"
        )

    def transform(self, rows: pd.DataFrame) -> Floats:
        """Return the (n_rows, n_components) float32 profiles of each row's nearest other compounds.

        A compound of training is known by its name in ``by``; of the others the columns of ``of`` are read.
        """
        check_is_fitted(self)
        codes = category_codes(row_labels(rows, self.by, self.kind), self.names_)
        out = self.table_[codes]
        unseen = np.flatnonzero(codes < 0)
        if len(unseen):
            weights, rest = self._weights(self._to_compounds(self.of_.transform(rows.iloc[unseen])))
            profiles = self.profiles_.astype(np.float64)
            # One row at a time: a product's rounding depends on how many rows it has.
            for row, weight, share in zip(unseen, weights, rest[:, 0], strict=True):
                out[row] = weight @ profiles[:-1] + share * profiles[-1]
        return out

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """Return names such as ``sm_name__neighbours__17``."""
        check_is_fitted(self)
        return np.asarray(numbered(self.by, "neighbours", self.table_.shape[1]), dtype=str)

    def _neighbours(self) -> tuple[csr_matrix, Doubles]:
        """Return the (n_compounds, n_compounds) weights of the others for each, and the (n_compounds, 1) prior's.

        Compounds are compared with all others some at a time, and what weighs nothing is not held.
        """
        n_compounds = len(self.names_)
        found, rest = [], np.empty((n_compounds, 1))
        for at in blocks(n_compounds, n_compounds):
            similarity = self._to_compounds(self.references_[at])
            similarity[np.arange(len(similarity)), np.arange(at.start, at.stop)] = -np.inf
            weights, rest[at] = self._weights(similarity)
            found.append(csr_matrix(weights))
        return vstack(found, format="csr"), rest

    def _weights(self, similarity: Doubles) -> tuple[Doubles, Doubles]:
        """Return the (n, n_compounds) weights of the neighbours and the (n, 1) prior's; both together total 1."""
        weights = np.maximum(keep_nearest(similarity, self.k), 0) ** self.power
        total = weights.sum(axis=1, keepdims=True) + self.shrinkage
        weights = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
        rest = np.divide(self.shrinkage, total, out=np.ones_like(total), where=total > 0)
        return weights, rest


class _Cells:
    """The rows of one compound in one centre category, as one cell: sums over cells make all others.

    Attributes:
        members: The rows of each cell.
        counts: (n_cells, 1) rows of each.
        compound: (n_cells,) its compound.
        centre: (n_cells,) its centre category.
        compounds: The cells of each compound.
        centres: The cells of each centre category.
        shares: (n_compounds, n_centres) the share of a compound's rows that lies in each category.
    """

    def __init__(self, members: Groups, compound: Ints, centre: Ints) -> None:
        self.members = members
        self.counts = members.counts[:, None].astype(np.float64)
        self.compound = compound
        self.centre = centre
        self.compounds = Groups.of(compound, int(compound.max()) + 1)
        self.centres = Groups.of(centre, int(centre.max()) + 1)
        self.shares = np.zeros((len(self.compounds.counts), len(self.centres.counts)))
        self.shares[compound, centre] = self.counts[:, 0]
        self.shares /= self.shares.sum(axis=1, keepdims=True)

    @classmethod
    def of(cls, compound: Ints, centre: Ints) -> _Cells:
        """Make the cells of rows from the (n_rows,) codes of both, each without gaps."""
        n_centres = int(centre.max()) + 1
        cells, codes = np.unique(compound * n_centres + centre, return_inverse=True)
        return cls(Groups.of(codes, len(cells)), cells // n_centres, cells % n_centres)

    def centre_means(self, sums: Doubles) -> Doubles:
        """Return the (n_centres, n_columns) means of all rows of each category, from the cells' sums."""
        return self.centres.sums(sums) / self.centres.sums(self.counts)

    def centres_of_others(self, sums: Doubles, weights: csr_matrix) -> Doubles:
        """Return, for every compound, what its neighbours' rows have of centre means, computed without the compound.

        Args:
            sums: (n_cells, n_columns) the targets' sums over each cell's rows.
            weights: (n_compounds, n_compounds) of the neighbours, 0 for the compound itself.

        Returns:
            (n_compounds, n_columns): Σ over neighbours and categories of weight · share · mean of the category.
        """
        amounts: Doubles = weights @ self.shares
        # Where the compound has rows, the mean is that of the others, summed without it: nothing is added and taken
        # off again, which would leave its rounding behind.
        own = amounts[self.compound, self.centre][:, None]
        amounts[self.compound, self.centre] = 0
        total = amounts @ self.centre_means(sums)
        n_others = sums_of_others(self.counts, self.centres)
        others = sums_of_others(sums, self.centres)
        means = np.divide(others, n_others, out=np.zeros_like(others), where=n_others > 0)
        return total + self.compounds.sums(own * means)
