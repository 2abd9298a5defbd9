"""Percent replicating: the share of labels whose rows are more alike than rows drawn from different labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from annotated_types import Ge, Gt, Lt
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats, as_matrix, blocks, unit_rows
from kit.classes import true_classes
from kit.errors import InputError
from kit.metrics.base import METRICS, Metric, as_weights
from kit.plugins import RETRIEVAL


@METRICS.register("percent_replicating")
@dataclass(eq=False, repr=False)
class PercentReplicating(Metric):
    """Share of labels whose median correlation between rows is above a quantile of such medians by chance.

    For each label, the median of Pearson's correlation over the pairs of its rows; by chance, the same of as many rows
    of different labels, drawn again and again. A random guess gets 1 − ``quantile``. Labels with one row do not count.

    Args:
        quantile: The quantile of the medians by chance that a label must pass.
        size: The rows of a draw; None draws as many as the label has. The more rows, the nearer their median is to that
            of all pairs: with one size for all, as in CytoSummaryNet, a label of more rows has too high a bar.
        draws: The number of draws for each number of rows.
        seed: Seed of the draws.

    Source: the percent replicating of Way et al. (cytominer-eval) and of CytoSummaryNet (2024).
    """

    problems: ClassVar[frozenset[str]] = frozenset({RETRIEVAL})
    greater_is_better: ClassVar[bool] = True
    best: ClassVar[float] = 1.0
    compares_values: ClassVar[bool] = False

    quantile: Annotated[float, Gt(0), Lt(1)] = 0.95
    size: Annotated[int, Ge(2)] | None = None
    draws: Annotated[int, Ge(100)] = 10_000
    seed: Annotated[int, Ge(0)] = 0

    def __call__(self, Y: Floats, predictions: Floats, sample_weight: ArrayLike | None = None) -> float:
        """Return the share of labels that replicate.

        Args:
            Y: (n_rows, n_labels) 1 in the column of a row's label, zeros elsewhere.
            predictions: (n_rows, n_dims) finite vectors.
            sample_weight: (n_rows,) weights; a label counts by the mean weight of its rows.

        Raises:
            InputError: They are no finite matrices of as many rows, a row is of no single label, or no label has two.
        """
        weights = np.ones(len(Y)) if sample_weight is None else as_weights(sample_weight, len(Y))
        return float(self.resampled(Y, predictions, weights[None])[0])

    def resampled(self, Y: Floats, predictions: Floats, counts: Doubles) -> Doubles:
        """Return the (n_resamples,) shares; which labels replicate is said once, by all rows."""
        truth = as_matrix(Y, "targets")
        given = as_matrix(predictions, "predictions", n_rows=len(truth))
        codes = true_classes(truth)
        replicates, members = self.labels(given, codes)
        of_labels = np.stack([counts[:, rows].mean(axis=1) for rows in members], axis=1)
        totals = of_labels.sum(axis=1)
        shares: Doubles = np.divide(of_labels @ replicates, totals, out=np.zeros(len(counts)), where=totals > 0)
        return shares

    def labels(self, vectors: Floats, codes: np.ndarray) -> tuple[Doubles, list[np.ndarray]]:
        """Return for each label of several rows whether it replicates (1 or 0), and the positions of its rows."""
        members = [np.flatnonzero(codes == code) for code in np.unique(codes)]
        members = [rows for rows in members if len(rows) > 1]
        if not members:
            raise InputError(f"{self.kind}: none of the {len(codes)} rows shares its label with another one")
        correlations = _correlations(vectors)
        sizes = [self.size or len(rows) for rows in members]
        limits = {size: self._limit(correlations, codes, size) for size in set(sizes)}
        medians = [_median_of_pairs(correlations, rows) for rows in members]
        passed = [median > limits[size] for median, size in zip(medians, sizes, strict=True)]
        return np.array(passed, dtype=np.float64), members

    def _limit(self, correlations: Doubles, codes: np.ndarray, size: int) -> float:
        """Return the quantile of the medians of ``size`` rows of different labels, as far as there are so many."""
        labels, members = np.unique(codes, return_inverse=True)
        counts = np.bincount(members)
        of_labels, first = np.argsort(members, kind="stable"), np.cumsum(counts) - counts
        size = min(size, len(labels))
        if size < 2:
            return -np.inf  # a single label has nothing to be told from
        rng = np.random.default_rng([self.seed, size])
        one, other = np.triu_indices(size, 1)
        medians = np.empty(self.draws)
        for draws in blocks(self.draws, len(labels) + size**2):
            number = draws.stop - draws.start
            chosen = np.argpartition(rng.random((number, len(labels))), size - 1, axis=1)[:, :size]
            within = (rng.random((number, size)) * counts[chosen]).astype(np.intp)
            rows = of_labels[first[chosen] + within]
            medians[draws] = np.median(correlations[rows[:, one], rows[:, other]], axis=1)
        return float(np.quantile(medians, self.quantile))


def _correlations(vectors: Floats) -> Doubles:
    """Return the (n_rows, n_rows) Pearson correlations of rows; those with a constant row are 0."""
    centred = vectors.astype(np.float64)
    centred -= centred.mean(axis=1, keepdims=True)
    units = unit_rows(centred)
    return np.asarray(units @ units.T)


def _median_of_pairs(correlations: Doubles, rows: np.ndarray) -> float:
    upper = np.triu_indices(len(rows), 1)
    return float(np.median(correlations[rows[upper[0]], rows[upper[1]]]))
