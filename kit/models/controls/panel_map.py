"""Control: a compound as a combination of the compounds that its cell type has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self

import numpy as np
from annotated_types import Ge, Gt
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, Ints, as_matrix, blocks
from kit.models.base import MODELS, Model, check_fit_arrays
from kit.models.controls.codes import level_index, level_means, read_codes, weighted_levels
from kit.plugins import check_is_fitted


@MODELS.register("panel_map")
@dataclass(eq=False, repr=False)
class PanelMap(Model):
    """Control: predicts a compound as a combination of the panel, the compounds that its cell type is known by.

    The weights of the combination are the same for all targets. They are a ridge regression, over the targets, of the
    compound on the panel in every other cell type that has the compound, drawn towards equal weights, the mean of the
    panel: what a compound is alike elsewhere, it is alike here. A compound of the panel that such a cell type lacks
    counts as no effect there. A compound that no other cell type has gets the cell type's mean, an unseen cell type
    the mean of all training rows. Several rows of a pair count as their mean. The features are category codes (the
    builder ``category_codes``).

    It knows nothing of how alike two cell types are, nor of the compound's own rows elsewhere but for those weights.

    Args:
        cell_column: Which column of X holds the cell types' codes, counted from 0.
        compound_column: Which column of X holds the compounds' codes.
        penalty: What draws weights towards equal ones, greater than 0; 1 is as much as one more cell type in which
            panel and compound are unrelated, of the rows' mean square.

    Attributes:
        n_features_in_: The number of features.
        cells_: (n_cells,) sorted codes of the training rows' cell types.
        compounds_: (n_compounds,) sorted codes of the training rows' compounds.
        panels_: For each cell type, (n_panel, n_outputs) float32 mean targets of the compounds that it has.
        weights_: For each cell type, (n_compounds + 1, n_panel) float32 weights; the last row is an unseen compound's.
        mean_: (n_outputs,) float32 mean of all training rows.
    """

    cell_column: Annotated[int, Ge(0)] = 0
    compound_column: Annotated[int, Ge(0)] = 1
    penalty: Annotated[float, Gt(0)] = 0.3

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Find the weights of every cell type's panel.

        Raises:
            InputError: The arrays do not match, or X has no codes in those columns.
        """
        self.check_parameters()
        X, Y, weights = check_fit_arrays(X, Y, sample_weight)
        weights = np.ones(len(Y)) if weights is None else weights
        cells, compounds = self._codes(X)
        self.n_features_in_ = X.shape[1]
        self.cells_: Ints = weighted_levels(cells, weights)
        self.compounds_: Ints = weighted_levels(compounds, weights)
        self.panels_: list[Floats] = []
        known: list[Ints] = []
        products: list[Doubles] = []
        for code in self.cells_:
            inside = cells == code
            levels, means = level_means(Y[inside], compounds[inside], weights[inside])
            known.append(level_index(levels, self.compounds_))
            self.panels_.append(means[:-1].astype(np.float32))
            products.append(means[:-1] @ means[:-1].T / means.shape[1])
        square = np.concatenate([product.diagonal() for product in products]).mean() if len(self.compounds_) else 1.0
        products = [product / (square or 1.0) for product in products]
        self.weights_: list[Floats] = [self._weights(products, known, cell) for cell in range(len(known))]
        self.mean_: Floats = (weights @ Y / weights.sum()).astype(np.float32)
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Return the combinations of the cell types' panels, (n_rows, n_outputs)."""
        check_is_fitted(self, "weights_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_)
        cells, compounds = self._codes(X)
        cell, compound = level_index(cells, self.cells_), level_index(compounds, self.compounds_)
        predictions = np.tile(self.mean_, (len(X), 1))
        for place, (panel, weights) in enumerate(zip(self.panels_, self.weights_, strict=True)):
            rows = np.flatnonzero(cell == place)
            if len(panel) and len(rows):
                for columns in blocks(panel.shape[1], len(panel) + len(rows)):
                    # In float64: what stands beside a row in a product of float32 can change its rounding.
                    part = weights[compound[rows]].astype(np.float64) @ panel[:, columns].astype(np.float64)
                    predictions[rows, columns] = part
        return predictions

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds."""
        return 1e-10 * n_rows**2 * n_outputs

    def _codes(self, X: Floats) -> tuple[Ints, Ints]:
        name = type(self).__name__
        return read_codes(X, self.cell_column, name), read_codes(X, self.compound_column, name)

    def _weights(self, products: list[Doubles], known: list[Ints], cell: int) -> Floats:
        """Return the (n_compounds + 1, n_panel) weights of a cell type's panel.

        Args:
            products: For each cell type, (n_panel, n_panel) mean products of its compounds.
            known: For each cell type, the (n_panel,) compounds that it has.
            cell: The cell type.
        """
        panel, n_compounds = known[cell], len(self.compounds_)
        weights = np.full((n_compounds + 1, len(panel)), 1 / max(1, len(panel)))
        has = np.zeros((n_compounds, len(known)), dtype=bool)
        for other, compounds in enumerate(known):
            has[compounds, other] = other != cell
        # Compounds that the same cell types have are regressed on the same products of the panel.
        patterns, of_pattern = np.unique(has, axis=0, return_inverse=True)
        for place, pattern in enumerate(patterns):
            wanted = np.flatnonzero(of_pattern.ravel() == place)
            total = np.zeros((n_compounds, n_compounds))
            for compounds, product, included in zip(known, products, pattern, strict=True):
                if included:
                    total[np.ix_(compounds, compounds)] += product
            within = total[np.ix_(panel, panel)]
            beyond = total[np.ix_(panel, wanted)] - within @ weights[wanted].T
            weights[wanted] += np.linalg.solve(within + self.penalty * np.eye(len(panel)), beyond).T
        return weights.astype(np.float32)
