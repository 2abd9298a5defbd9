"""Which labels are found better than by chance: permutation p-values of mean average precision."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import false_discovery_control

from kit.arrays import Doubles, Floats, Ints, blocks
from kit.classes import true_classes
from kit.metrics.retrieval.ranking import MeanAveragePrecision, Similarity, blocks_of_rows, similarity_blocks


def label_significance(
    Y: Floats,
    vectors: Floats,
    similarity: Similarity = "cosine",
    null: Literal["labels", "ranks"] = "labels",
    null_size: int = 10_000,
    seed: int = 0,
    apart: ArrayLike | None = None,
) -> pd.DataFrame:
    """Return the mean average precision of every label of several rows, and how often chance does as well.

    Args:
        Y: (n_rows, n_labels) 1 in the column of a row's label, zeros elsewhere.
        vectors: (n_rows, n_dims).
        similarity: As in the metric ``map``.
        null: By chance, ``labels``: as many rows (or values of ``apart``, with all their rows) are drawn from all, and
            find each other by their own similarities, which is exact. ``ranks``: the other rows of a single row come in
            a random order, as in copairs, whose null lets all rows of a label share that order; the mean of several
            rows varies less, so that p-values below 0.05 come less often than they should.
        null_size: The number of draws.
        seed: Seed of the draws.
        apart: (n_rows,) values, such as compounds where labels are mechanisms: rows that share one are no answers to
            each other.

    Returns:
        One line a label that can be found: ``label`` (its column in Y), ``rows``, ``map``, ``p_value`` (at least
        1 / (null_size + 1)) and ``q_value``, by Benjamini and Hochberg.

    Raises:
        InputError: As the metric ``map``.

    Source: copairs (Kalinin et al., "A versatile information retrieval framework for evaluating profile strength and
    similarity", 2024).
    """
    codes = true_classes(Y)
    values = MeanAveragePrecision(similarity).per_row(Y, vectors, apart)
    of_row = blocks_of_rows(apart, codes)
    chance = _Rows(vectors, similarity, of_row) if null == "labels" else _Orders(codes, of_row)
    lines = []
    for label in np.unique(codes[~np.isnan(values)]):
        rows = np.flatnonzero(codes == label)
        found = float(values[rows].mean())
        as_well = int((chance.means(rows, null_size, seed) >= found * (1 - 1e-12)).sum())
        line = {"label": int(label), "rows": len(rows), "map": found, "p_value": (1 + as_well) / (null_size + 1)}
        lines.append(line)
    table = pd.DataFrame(lines)
    table["q_value"] = false_discovery_control(table["p_value"], method="bh")
    return table


class _Orders:
    """Average precisions of a random order, the same draws for all rows of as many answers among as many others."""

    def __init__(self, codes: Ints, of_row: Ints) -> None:
        self.others = len(codes) - np.bincount(of_row)[of_row]
        self.positives = np.bincount(codes)[codes] - np.bincount(of_row)[of_row]
        self.known: dict[tuple[int, int], Doubles] = {}

    def means(self, rows: Ints, size: int, seed: int) -> Doubles:
        """Return (size,) mean average precisions of rows."""
        numbers = list(zip(self.positives[rows].tolist(), self.others[rows].tolist(), strict=True))
        for positives, others in set(numbers) - set(self.known):
            rng = np.random.default_rng([seed, positives, others])
            # The places of answers, drawn without replacement: those of the smallest random numbers.
            parts = [
                np.argpartition(rng.random((draws.stop - draws.start, others)), positives - 1, axis=1)[:, :positives]
                for draws in blocks(size, others)
            ]
            self.known[positives, others] = _precision(np.concatenate(parts) + 1.0)
        return np.asarray(np.mean([self.known[number] for number in numbers], axis=0))


class _Rows:
    """Mean average precisions of blocks of rows that are drawn from all, by their own similarities."""

    def __init__(self, vectors: Floats, similarity: Similarity, of_row: Ints) -> None:
        n_rows, self.of_row = len(vectors), of_row
        order = np.argsort(of_row, kind="stable")
        sizes = np.bincount(of_row)
        # Blocks have as many places as the largest; what is left of one is a row that is never found, and not counted.
        self.members = np.full((len(sizes), sizes.max()), n_rows)
        self.members[of_row[order], np.arange(n_rows) - (np.cumsum(sizes) - sizes)[of_row[order]]] = order
        self.ranks = np.full((n_rows + 1, n_rows + 1), np.inf, dtype=np.float32)
        for rows, similarities in similarity_blocks(vectors, similarity, of_row):
            places = np.empty(similarities.shape, dtype=np.float32)
            np.put_along_axis(
                places, np.argsort(-similarities, axis=1, kind="stable"), np.arange(1.0, n_rows + 1)[None], axis=1
            )
            places[np.isneginf(similarities)] = np.inf
            self.ranks[rows, :-1] = places
        self.known: dict[int, Doubles] = {}

    def means(self, rows: Ints, size: int, seed: int) -> Doubles:
        """Return (size,) mean average precisions of as many blocks as some rows are of."""
        n_blocks = len(np.unique(self.of_row[rows]))
        if n_blocks not in self.known:
            rng = np.random.default_rng([seed, n_blocks, len(self.of_row)])
            means: Doubles = np.empty(size)
            width = n_blocks * self.members.shape[1]
            for draws in blocks(size, max(len(self.members), width**2)):
                numbers = rng.random((draws.stop - draws.start, len(self.members)))
                chosen = np.argpartition(numbers, n_blocks - 1, axis=1)[:, :n_blocks]
                drawn = self.members[chosen].reshape(len(chosen), width)
                places = self.ranks[drawn[:, :, None], drawn[:, None, :]]
                found = _precision(places.reshape(-1, width)).reshape(-1, width)
                means[draws] = found.sum(axis=1) / (drawn < len(self.of_row)).sum(axis=1)
            self.known[n_blocks] = means
        return self.known[n_blocks]


def _precision(places: NDArray[np.floating]) -> Doubles:
    """Return the average precision of each row of (n, n_places) places, counted from 1; ∞ is no answer."""
    ascending = np.sort(places, axis=1)
    answers = np.maximum(np.isfinite(ascending).sum(axis=1), 1)
    return np.asarray((np.arange(1, places.shape[1] + 1) / ascending).sum(axis=1) / answers, dtype=np.float64)
