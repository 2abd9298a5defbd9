"""Mean response of single genes to the same compound in its other rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
from annotated_types import Ge

from kit.arrays import Doubles, Floats, blocks
from kit.features.base import FEATURES, FeatureBuilder
from kit.features.encoders.profiles import ProfileBuilder
from kit.gaps import has_gaps
from kit.plugins import ColumnOf


@FEATURES.register("gene_profile")
@dataclass(eq=False, repr=False)
class GeneProfile(ProfileBuilder):
    """Mean of the most variable targets over the same compound's other rows: `target_profile` in genes.

    The targets that vary most over the training rows stand for themselves, instead of the coordinates of the recipe's
    target transform. Which they are is learnt from all training rows, one choice for all, as the target transform is;
    given the choice, a row's features are free of its own target to the bit. Targets may have gaps (NaN): variances and
    means are then those of what was measured.

    Args:
        genes: How many targets; all where there are fewer.
        by: The column of what is profiled: the compound, or the cell type.
        center: The column whose categories' means are taken off, such as "cell_type"; None for raw profiles.
        shrinkage: Rows that the prior counts as (with ``weights``, their weight).
        per: The column whose categories make a block of features each, such as "cell_type"; None for one over all
            rows. New rows need not have it.
        weights: A numeric column of what each row counts as in all means, at least 0, such as its number of cells;
            None for all alike. New rows need not have it.

    Attributes:
        genes_: (n_genes,) places of the chosen targets, increasing.
        categories_: The sorted categories of ``by``, (n_categories,) str.
        sources_: The sorted categories of ``per``, (n_sources,) str; one empty name without ``per``.
        table_: (n_categories + 1, n_features) float32 features of new rows; the last is an unseen category's, the
            prior.
    """

    genes: Annotated[int, Ge(1)] = 128
    by: Annotated[str, ColumnOf("label")] = "sm_name"
    center: Annotated[str | None, ColumnOf("label", fitting=True)] = None
    shrinkage: Annotated[float, Ge(0)] = 0.0
    per: Annotated[str | None, ColumnOf("label")] = None
    weights: Annotated[str | None, ColumnOf("number", fitting=True)] = None

    def __sklearn_clone__(self) -> Self:
        """Clone the parameters; there is no projector to share."""
        clone: Self = FeatureBuilder.__sklearn_clone__(self)
        return clone

    def _values(self, targets: Floats) -> Floats:
        variances: Doubles = np.empty(targets.shape[1])
        for columns in blocks(targets.shape[1], len(targets)):
            block = targets[:, columns]
            variances[columns] = (np.nanvar if has_gaps(block) else np.var)(block, axis=0, dtype=np.float64)
        self.genes_ = np.sort(np.argsort(-variances, kind="stable")[: self.genes])
        return np.ascontiguousarray(targets[:, self.genes_])

    def _column_names(self) -> list[str]:
        return [f"target {gene}" for gene in self.genes_]
