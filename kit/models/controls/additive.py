"""Control: the cell type's mean plus the compound's mean deviation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import ArrayLike

from kit.arrays import Floats, Ints, as_matrix
from kit.gaps import has_gaps
from kit.models.base import MODELS, Model, check_fit_arrays
from kit.models.controls.codes import level_index, level_means, level_sums, read_codes, weighted_levels
from kit.plugins import check_is_fitted


@MODELS.register("additive")
@dataclass(eq=False, repr=False)
class Additive(Model):
    """Control: predicts the cell type's mean plus the compound's mean deviation from it, shrunk towards zero.

    The deviation of a compound is Σ (y − mean of the row's cell type) / (n + shrinkage) over its training rows (those
    that measured the target), with weights where given: the posterior mean of a random effect. An unseen compound (-1)
    has the deviation 0, an unseen cell type the mean of all training rows. The features are category codes (the builder
    ``category_codes``).

    Args:
        cell_column: Which column of X holds the cell types' codes, counted from 0.
        compound_column: Which column of X holds the compounds' codes.
        shrinkage: Pseudo-count of rows that deviate by nothing; 0 takes the compound's deviation as measured.

    Attributes:
        n_features_in_: The number of features.
        cells_: (n_cells,) sorted codes of the training rows' cell types.
        cell_means_: (n_cells + 1, n_outputs) float32 weighted means; the last is that of all rows.
        compounds_: (n_compounds,) sorted codes of the training rows' compounds.
        deviations_: (n_compounds + 1, n_outputs) float32 shrunk deviations; the last is 0, for unseen compounds.
    """

    allow_nan_targets: ClassVar[bool] = True

    cell_column: Annotated[int, Ge(0)] = 0
    compound_column: Annotated[int, Ge(0)] = 1
    shrinkage: Annotated[float, Ge(0)] = 1.0

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Compute the cell types' means and the compounds' deviations.

        Raises:
            InputError: The arrays do not match, or X has no codes in those columns.
        """
        self.check_parameters()
        X, Y, weights = check_fit_arrays(X, Y, sample_weight, allow_nan=True)
        weights = np.ones(len(Y)) if weights is None else weights
        cells = read_codes(X, self.cell_column, type(self).__name__)
        compounds = read_codes(X, self.compound_column, type(self).__name__)

        cell_levels, cell_means = level_means(Y, cells, weights)
        compound_levels = weighted_levels(compounds, weights)
        cell, compound = level_index(cells, cell_levels), level_index(compounds, compound_levels)

        if has_gaps(Y):
            deviations = level_sums(
                Y - cell_means[cell].astype(np.float32), compound, weights, len(compound_levels) + 1
            )
            measured = (~np.isnan(Y)).astype(np.float32)
            totals = level_sums(measured, compound, weights, len(compound_levels) + 1) + self.shrinkage
            deviations /= np.where(totals > 0, totals, 1.0)
        else:
            # Σ w (y − m) = Σ w y − Σ w m: the second sum needs only how much weight each pair of levels has.
            together = np.zeros((len(compound_levels) + 1, len(cell_levels) + 1))
            np.add.at(together, (compound, cell), weights)
            deviations = level_sums(Y, compound, weights, len(compound_levels) + 1)
            deviations -= together @ cell_means
            deviations[:-1] /= (together[:-1].sum(axis=1) + self.shrinkage)[:, None]
        deviations[-1] = 0.0

        self.n_features_in_ = X.shape[1]
        self.cells_: Ints = cell_levels
        self.cell_means_: Floats = cell_means.astype(np.float32)
        self.compounds_: Ints = compound_levels
        self.deviations_: Floats = deviations.astype(np.float32)
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Return cell type's mean plus compound's deviation, (n_rows, n_outputs)."""
        check_is_fitted(self, "deviations_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_)
        cell = level_index(read_codes(X, self.cell_column, type(self).__name__), self.cells_)
        compound = level_index(read_codes(X, self.compound_column, type(self).__name__), self.compounds_)
        predictions = self.cell_means_[cell]
        predictions += self.deviations_[compound]
        return predictions

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds."""
        return 1e-8 * n_rows * n_outputs
