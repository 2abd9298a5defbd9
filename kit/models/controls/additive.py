"""Control: the sum of an effect of the cell type and one of the compound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from annotated_types import Ge
from numpy.typing import ArrayLike

from kit.arrays import Floats, Ints, as_matrix, blocks
from kit.gaps import alike_columns, has_gaps
from kit.large import room, row_blocks, take_rows
from kit.models.base import MODELS, Model, check_fit_arrays
from kit.models.controls.codes import level_index, read_codes, weighted_levels
from kit.models.controls.two_way import TwoWay, likeliest_penalties
from kit.plugins import check_is_fitted

_MOST_TARGETS, _MOST_PATTERNS = 512, 64
"""Targets from which the sizes of effects and noise are estimated, spread evenly: without gaps, and with."""

_MOST_VALUES = 2**25
"""Their values, of which so many rows need fewer targets."""


@MODELS.register("additive")
@dataclass(eq=False, repr=False)
class Additive(Model):
    """Control: predicts a mean, plus an effect of the cell type, plus one of the compound, fitted together and shrunk.

    Two-way least squares of both effects, each shrunk towards zero as random effects are, by the ratio of the noise's
    variance to the effect's: known from all targets together, or a given number of rows. So a compound that was
    measured in two unusual cell types is not taken for unusual, and a level of few rows is shrunk more. Combinations
    may be missing; rows count by their weights, targets by the rows that measured them (NaN elsewhere). An unseen
    compound or cell type (-1) has the effect 0. The features are category codes (the builder ``category_codes``).

    Args:
        cell_column: Which column of X holds the cell types' codes, counted from 0.
        compound_column: Which column of X holds the compounds' codes.
        shrinkage: Pseudo-count of rows that deviate by nothing, added to every cell type and compound; 0 takes effects
            as measured; "auto" is the likeliest number for either (empirical Bayes).

    Attributes:
        n_features_in_: The number of features.
        cells_: (n_cells,) sorted codes of the training rows' cell types.
        cell_means_: (n_cells + 1, n_outputs) float32 mean plus the cell types' effects; the last is the mean alone.
        compounds_: (n_compounds,) sorted codes of the training rows' compounds.
        deviations_: (n_compounds + 1, n_outputs) float32 the compounds' effects; the last is 0, for unseen ones.
        penalties_: The pseudo-counts of rows of cell types and of compounds.
    """

    allow_nan_targets: ClassVar[bool] = True

    cell_column: Annotated[int, Ge(0)] = 0
    compound_column: Annotated[int, Ge(0)] = 1
    shrinkage: Annotated[float, Ge(0)] | Literal["auto"] = "auto"

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Compute the effects.

        Raises:
            InputError: The arrays do not match, or X has no codes in those columns.
        """
        self.check_parameters()
        X, Y, weights = check_fit_arrays(X, Y, sample_weight, allow_nan=True)
        weights = np.ones(len(Y)) if weights is None else weights
        cells = read_codes(X, self.cell_column, type(self).__name__)
        compounds = read_codes(X, self.compound_column, type(self).__name__)
        self.cells_: Ints = weighted_levels(cells, weights)
        self.compounds_: Ints = weighted_levels(compounds, weights)
        cell, compound = level_index(cells, self.cells_), level_index(compounds, self.compounds_)

        def part(targets: Ints | slice) -> TwoWay | None:
            """Return the equations of targets that the same rows measured; None where none did."""
            counted = weights > 0
            if gaps:
                counted &= ~np.isnan(Y[:, targets][:, 0])
            if not counted.any():
                return None
            rows = slice(None) if counted.all() else np.flatnonzero(counted)
            shape = len(self.cells_), len(self.compounds_)
            return TwoWay.of(Y[:, targets][rows], cell[rows], compound[rows], weights[rows], shape)

        gaps = has_gaps(Y)
        self.penalties_ = self._penalties(Y, gaps, part)
        cell_means = np.zeros((len(self.cells_) + 1, Y.shape[1]), dtype=np.float32)
        deviations = room((len(self.compounds_) + 1, Y.shape[1]))
        deviations[:] = 0
        # The equations of a block of targets are as long as there are levels; its rows are summed some at a time.
        n_levels = len(self.cells_) + len(self.compounds_)
        for targets in alike_columns(np.isnan(Y)) if gaps else blocks(Y.shape[1], n_levels):
            if (measured := part(targets)) is not None:
                effects = measured.solve(self.penalties_)
                cell_means[:, targets] = effects.mean
                cell_means[:-1, targets] += effects.a
                deviations[:-1, targets] = effects.b
        self.n_features_in_ = X.shape[1]
        self.cell_means_: Floats = cell_means
        self.deviations_: Floats = deviations
        return self

    def _penalties(self, Y: Floats, gaps: bool, part: Callable[[Ints], TwoWay | None]) -> tuple[float, float]:
        """Return the pseudo-counts of rows, the likeliest of a selection of the targets."""
        if self.shrinkage != "auto":
            return (float(self.shrinkage), float(self.shrinkage))
        most = _MOST_PATTERNS if gaps else int(np.clip(_MOST_VALUES // len(Y), _MOST_PATTERNS, _MOST_TARGETS))
        some = np.unique(np.linspace(0, Y.shape[1] - 1, min(Y.shape[1], most)).astype(np.intp))
        parts = [part(some[one : one + 1]) for one in range(len(some))] if gaps else [part(some)]
        found = [one for one in parts if one is not None]
        return likeliest_penalties(found) if found else (1.0, 1.0)

    def predict(self, X: ArrayLike) -> Floats:
        """Return cell type's mean plus compound's deviation, (n_rows, n_outputs)."""
        check_is_fitted(self, "deviations_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_)
        cell = level_index(read_codes(X, self.cell_column, type(self).__name__), self.cells_)
        compound = level_index(read_codes(X, self.compound_column, type(self).__name__), self.compounds_)
        predictions = take_rows(self.cell_means_, cell)
        for rows in row_blocks(predictions):
            predictions[rows] += self.deviations_[compound[rows]]
        return predictions

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds."""
        return 1e-8 * n_rows * n_outputs
