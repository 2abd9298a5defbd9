"""The nearest training rows in a kernel's similarity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from annotated_types import MinLen
from numpy.typing import ArrayLike
from scipy.sparse import csr_matrix

from kit.arrays import Doubles, Floats, Ints, as_matrix, blocks
from kit.gaps import has_gaps, split_gaps, target_parts
from kit.models.base import MODELS, Loss
from kit.models.kernels.kernel import Kernel, block_columns
from kit.models.kernels.kernel_model import SECONDS_PER_PRODUCT, Count, KernelModel, weighted_rows
from kit.models.kernels.pairwise import Cosine
from kit.models.kernels.votes import TIE, votes
from kit.models.penalties import best
from kit.plugins import NameOf, PluginOf, Supplied, check_is_fitted, clone

PREDICTED = 4
"""Training rows for each row that is predicted: five folds."""


@MODELS.register("nearest")
@dataclass(eq=False, repr=False)
class Nearest(KernelModel):
    """Mean of the k nearest training rows (or compounds), weighted by their similarity.

    Neighbours that tie for the last places share them equally, so that a prediction depends neither on the order of the
    training rows nor on rounding. A row that is like nothing (every similarity 0) gets the mean of all it ties with.

    Outputs may have gaps (NaN in Y): the neighbours of an output are sought among the rows that measured it; one that
    no row measured is predicted as 0.

    Args:
        kernel: What measures similarity; None for the cosine.
        k: The number of neighbours; or a list, from which `choose` takes the best on held-out rows and `fit` the one
            with the least squared leave-one-out error. Where there are fewer candidates, all are taken.
        weights: Whether neighbours count by their similarity (a negative one as 0) or all the same.
        neighbors: What is counted to ``k``: training rows; or distinct rows of the features that the kernel reads, such
            as compounds, each with the mean of its rows.
        block: A feature block of categories, such as the cell type: neighbours are sought among the training rows with
            the same values in it, or among all for values that no training row has. None for all.
        blocks: First and past-the-end column of every feature block that ``kernel`` or ``block`` names.

    Attributes:
        kernel_: The fitted kernel.
        rows_: (n_kept, n_features) float32 training rows, or one for each distinct one.
        targets_: (n_kept, n_outputs) float32 their targets, or the means of theirs.
        row_weights_: (n_kept,) float64 by which they count besides.
        levels_: (n_levels, width) float32 the values that occur in ``block``.
        level_: (n_kept,) the level of every kept row.
        level_columns_: (width,) the columns of ``block``.
        k_: The number of neighbours of this fit.
        n_features_in_: The number of features.
    """

    allow_nan_targets: ClassVar[bool] = True
    path_parameter: ClassVar[str | None] = "k"
    restraints: ClassVar[tuple[str, ...]] = ("k",)
    default_kernel: ClassVar[type[Kernel]] = Cosine

    kernel: Annotated[Kernel | None, PluginOf("kernel")] = None
    k: Count | Annotated[list[Count], MinLen(1)] = 10
    weights: Literal["similarity", "uniform"] = "similarity"
    neighbors: Literal["rows", "distinct"] = "rows"
    block: Annotated[str | None, NameOf("block")] = None
    blocks: Annotated[dict[str, tuple[int, int]] | None, Supplied("the recipe's feature blocks")] = None

    @property
    def chooses(self) -> bool:
        """Whether ``k`` is a list."""
        return isinstance(self.k, Sequence)

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Keep the (n_rows, n_features) features and (n_rows, n_outputs) targets; rows count by their weights.

        Raises:
            InputError: The arrays do not match, or there is no block of a given name.
            ParameterError: A parameter is out of range.
        """
        self.check_parameters()
        self._keep(X, Y, sample_weight)
        counts = self._counts()
        self.k_ = counts[0] if len(counts) == 1 else int(best(counts, self._leave_one_out(counts), "k"))
        return self

    def predict(self, X: ArrayLike) -> Floats:
        """Return (n_rows, n_outputs) float32, computed in float64 in blocks of rows and of outputs."""
        check_is_fitted(self, "targets_")
        X = as_matrix(X, "X", n_columns=self.n_features_in_)
        return self._predict_counts(X, [self.k_])[0]

    def choose(self, X: ArrayLike, Y: ArrayLike, X_val: ArrayLike, loss: Loss, **fit_params: Any) -> int:
        """Return the number of neighbours whose prediction for ``X_val`` has the least loss; of equals, the greatest.

        Raises:
            InputError: The arrays do not match, or no number has a finite loss.
        """
        self.check_parameters()
        kept = clone(self)
        kept._keep(X, Y, fit_params.get("sample_weight"))
        X_val = as_matrix(X_val, "X_val", n_columns=kept.n_features_in_)
        counts = self._counts()
        losses = [float(loss(predictions)) for predictions in kept._predict_counts(X_val, counts)]
        return int(best(counts, np.asarray(losses), "k"))

    def estimate_seconds(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return a rough CPU time of one fit in seconds: with a list, of every row's neighbours among the others.

        Of one number the fit costs copies alone; the prediction of a quarter as many rows is counted with it.
        """
        copies = 1e-9 * n_rows * (n_features + n_outputs)
        products = SECONDS_PER_PRODUCT * n_rows**2 * n_outputs + 1.5e-8 * n_rows**2
        kernel = self._kernel_seconds(n_rows, n_features)
        return copies + (kernel + len(self._counts()) * products) * (1 if self.chooses else 1 / PREDICTED)

    def estimate_memory(self, n_rows: int, n_features: int, n_outputs: int) -> float:
        """Return 0: rows are compared a block at a time."""
        return 0.0

    def _counts(self) -> list[int]:
        return [int(value) for value in self.k] if isinstance(self.k, Sequence) else [int(self.k)]

    def _keep(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None) -> None:
        """Set what the prediction for any number of neighbours needs."""
        X, Y, weights = weighted_rows(X, Y, sample_weight, allow_nan=True)
        self.kernel_ = self._fitted_kernel(X)
        names = None if self.block is None else [self.block]
        columns = block_columns(names, self.blocks, X.shape[1], "nearest")
        self.level_columns_ = columns if names else columns[:0]
        if self.neighbors == "distinct":
            read = np.union1d(self.kernel_.columns(), self.level_columns_)
            X, Y, weights = _means_of_distinct(X, Y, weights, read)
        self.levels_, level = np.unique(_plain(X[:, self.level_columns_]), axis=0, return_inverse=True)
        self.level_ = level.reshape(-1)
        self.rows_, self.targets_, self.row_weights_ = X, Y, weights
        self.n_features_in_ = X.shape[1]

    def _predict_counts(self, X: Floats, counts: list[int]) -> list[Floats]:
        """Return the predictions for every number of neighbours, each (n_rows, n_outputs)."""
        n_outputs = self.targets_.shape[1]
        predictions = [np.zeros((len(X), n_outputs), dtype=np.float32) for _ in counts]
        scale = np.sqrt(self.kernel_.diagonal(self.rows_).max(initial=0.0))
        for rows in blocks(len(X), len(self.rows_)):
            kernel, same = self.kernel_.matrix(X[rows], self.rows_), self._candidates(X[rows])
            close = TIE * scale * np.sqrt(self.kernel_.diagonal(X[rows]))
            for measured, outputs in target_parts(self.targets_):
                similarity = np.where(_among(same, measured), kernel, -np.inf)
                for k, found in zip(counts, predictions, strict=True):
                    part = found[rows]
                    part[:, outputs] = self._mean(self._votes(similarity, close, k), outputs)
        return predictions

    def _candidates(self, X: Floats) -> np.ndarray:
        """Return an (m_rows, n_kept) mask of the kept rows that are of the same level; all for a level unknown."""
        positions = {values.tobytes(): index for index, values in enumerate(self.levels_)}
        level = np.array([positions.get(values.tobytes(), -1) for values in _plain(X[:, self.level_columns_])], int)
        mask: np.ndarray = (level[:, None] == self.level_) | (level == -1)[:, None]
        return mask

    def _votes(self, similarity: Doubles, close: Doubles, k: int) -> Doubles:
        return votes(similarity, close, k, self.row_weights_, self.weights == "similarity")

    def _mean(self, shares: Doubles, outputs: Ints) -> Floats:
        """Return the (n_rows, n_alike) means of outputs by (n_rows, n_kept) shares, 0 where a row did not measure."""
        found = np.empty((len(shares), len(outputs)), dtype=np.float32)
        for columns in blocks(len(outputs), len(self.targets_)):
            found[:, columns] = shares @ np.nan_to_num(self.targets_[:, outputs[columns]].astype(np.float64))
        return found

    def _leave_one_out(self, counts: list[int]) -> Doubles:
        """Return, for each number of neighbours, the weighted squared error of predicting each kept row without it."""
        errors = np.zeros(len(counts))
        if len(self.rows_) < 2:
            return errors
        scale = self.kernel_.diagonal(self.rows_)
        close = TIE * np.sqrt(scale.max(initial=0.0) * scale)
        for block in blocks(len(self.rows_), len(self.rows_)):
            at = np.arange(block.start, block.stop)
            others = at[:, None] != np.arange(len(self.rows_))
            same, kernel = self._candidates(self.rows_[at]), self.kernel_.matrix(self.rows_[at], self.rows_)
            for measured, outputs in target_parts(self.targets_):
                mine = np.isin(at, measured)
                if len(measured) < 2 or not mine.any():
                    continue
                # Without itself, the level of a row that is alone in it would be one that no row has.
                candidates = _among(same & others, measured, others)
                similarity = np.where(candidates, kernel, -np.inf)[mine]
                for i, k in enumerate(counts):
                    shares = self._votes(similarity, close[at[mine]], k)
                    for columns in blocks(len(outputs), len(measured)):
                        targets = np.nan_to_num(self.targets_[:, outputs[columns]].astype(np.float64))
                        wrong = shares @ targets - targets[at[mine]]
                        errors[i] += self.row_weights_[at[mine]] @ np.einsum("ij,ij->i", wrong, wrong)
        return errors


def _among(same: np.ndarray, measured: Ints, others: np.ndarray | None = None) -> np.ndarray:
    """Return an (m_rows, n_kept) mask of neighbours: those of the row's level that measured an output.

    Args:
        same: (m_rows, n_kept) whether a kept row is of the row's level.
        measured: The kept rows that measured the output.
        others: (m_rows, n_kept) who may be taken where none is left (default: all who measured it).
    """
    there = np.zeros(same.shape[1], dtype=bool)
    there[measured] = True
    mask: np.ndarray = same & there
    none = ~mask.any(axis=1)
    mask[none] = there if others is None else others[none] & there
    return mask


def _means_of_distinct(X: Floats, Y: Floats, weights: Doubles, read: Ints) -> tuple[Floats, Floats, Doubles]:
    """Return one row for all that are equal in the columns read, their weighted mean target, and weights of 1."""
    _, first, group = np.unique(_plain(X[:, read]), axis=0, return_index=True, return_inverse=True)
    group = group.reshape(-1)
    totals = np.bincount(group, weights)
    means = np.empty((len(first), Y.shape[1]), dtype=np.float32)
    members = csr_matrix((weights / totals[group], (group, np.arange(len(X)))), shape=(len(first), len(X)))
    for columns in blocks(*Y.shape[::-1]):
        if has_gaps(Y):
            values, measured = split_gaps(Y[:, columns])
            shares = members @ measured
            unknown = np.full(shares.shape, np.nan)
            means[:, columns] = np.divide(members @ values, shares, out=unknown, where=shares > 0)
        else:
            means[:, columns] = members @ Y[:, columns].astype(np.float64)
    return X[first], means, np.ones(len(first))


def _plain(values: Floats) -> Floats:
    """Return a copy in which no zero is negative, so that equal values have equal bytes."""
    return np.ascontiguousarray(values + np.float32(0))
