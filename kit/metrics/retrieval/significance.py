"""Which labels are found better than by chance: permutation p-values of mean average precision."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from kit.arrays import Doubles, Floats, Ints, blocks
from kit.classes import true_classes
from kit.metrics.retrieval.ranking import MeanAveragePrecision, Similarity, similarity_blocks


def label_significance(
    Y: Floats,
    vectors: Floats,
    similarity: Similarity = "cosine",
    null: Literal["labels", "ranks"] = "labels",
    null_size: int = 10_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the mean average precision of every label of several rows, and how often chance does as well.

    Args:
        Y: (n_rows, n_labels) 1 in the column of a row's label, zeros elsewhere.
        vectors: (n_rows, n_dims).
        similarity: As in the metric ``map``.
        null: By chance, ``labels``: as many rows are drawn from all, and find each other by their own similarities,
            which is exact. ``ranks``: the other rows come in a random order for each row of a label, as in copairs; but
            rows of one label find each other, so that their precisions are not as independent as that, and p-values
            below 0.05 come twice as often as they should.
        null_size: The number of draws.
        seed: Seed of the draws.

    Returns:
        One line a label: ``label`` (its column in Y), ``rows``, ``map``, ``p_value`` (at least 1 / (null_size + 1)) and
        ``q_value``, by Benjamini and Hochberg.

    Source: copairs (Kalinin et al., "A versatile information retrieval framework for evaluating profile strength and
    similarity", 2024).
    """
    codes = true_classes(Y)
    values = MeanAveragePrecision(similarity).per_row(Y, vectors)
    ranks = _ranks(vectors, similarity) if null == "labels" else None
    lines, nulls = [], {}
    for label in np.unique(codes):
        rows = np.flatnonzero(codes == label)
        if len(rows) < 2:
            continue
        if len(rows) not in nulls:
            rng = np.random.default_rng([seed, len(rows), len(codes)])
            nulls[len(rows)] = np.sort(
                _of_random_orders(len(rows), len(codes), null_size, rng)
                if ranks is None
                else _of_random_rows(len(rows), ranks, null_size, rng)
            )
        found = float(values[rows].mean())
        as_well = null_size - int(np.searchsorted(nulls[len(rows)], found * (1 - 1e-12)))
        line = {"label": int(label), "rows": len(rows), "map": found, "p_value": (1 + as_well) / (null_size + 1)}
        lines.append(line)
    table = pd.DataFrame(lines)
    table["q_value"] = false_discovery_control(table["p_value"], method="bh")
    return table


def _of_random_orders(n_alike: int, n_rows: int, size: int, rng: np.random.Generator) -> Doubles:
    """Return (size,) mean average precisions of ``n_alike`` rows, each with the others in a random order."""
    means: Doubles = np.zeros(size)
    for draws in blocks(size, n_rows):
        for _ in range(n_alike):
            # The places of the others of the label, drawn without replacement: those of the smallest random numbers.
            numbers = rng.random((draws.stop - draws.start, n_rows - 1))
            places = np.argpartition(numbers, n_alike - 2, axis=1)[:, : n_alike - 1] + 1
            means[draws] += _precision(places) / n_alike
    return means


def _of_random_rows(n_alike: int, ranks: Ints, size: int, rng: np.random.Generator) -> Doubles:
    """Return (size,) mean average precisions of ``n_alike`` rows that are drawn from all."""
    means: Doubles = np.empty(size)
    for draws in blocks(size, len(ranks)):
        numbers = rng.random((draws.stop - draws.start, len(ranks)))
        chosen = np.argpartition(numbers, n_alike - 1, axis=1)[:, :n_alike]
        places = ranks[chosen[:, :, None], chosen[:, None, :]]
        # A row itself comes last of all, and is no answer.
        others = np.sort(places, axis=2)[:, :, :-1]
        means[draws] = _precision(others.reshape(-1, n_alike - 1)).reshape(-1, n_alike).mean(axis=1)
    return means


def _precision(places: Ints) -> Doubles:
    """Return the average precision of each row of (n, n_positives) places, counted from 1."""
    ascending = np.sort(places, axis=1)
    return np.asarray((np.arange(1, places.shape[1] + 1) / ascending).mean(axis=1))


def _ranks(vectors: Floats, similarity: Similarity) -> Ints:
    """Return (n_rows, n_rows) at which place, counted from 1, each row comes by its similarity; a row itself last."""
    ranks = np.empty((len(vectors), len(vectors)), dtype=np.intp)
    for rows, similarities in similarity_blocks(vectors, similarity):
        order = np.argsort(-similarities, axis=1, kind="stable")
        np.put_along_axis(ranks[rows], order, np.arange(1, len(vectors) + 1)[None, :], axis=1)
    return ranks
