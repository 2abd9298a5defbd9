"""Which labels are found better than by chance: permutation p-values of mean average precision."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from kit.arrays import Floats
from kit.metrics.classes.labels import true_classes
from kit.metrics.retrieval.ranking import MeanAveragePrecision, Similarity


def label_significance(
    Y: Floats, vectors: Floats, similarity: Similarity = "cosine", null_size: int = 10_000, seed: int = 0
) -> pd.DataFrame:
    """Return the mean average precision of every label of several rows, and how often chance does as well.

    By chance the others come in a random order: average precisions of so many positives among so many rows are drawn
    ``null_size`` times for each of the label's rows, and their mean is compared. Rows of one label find each other, so
    that their precisions are not independent, as those of the null are: p-values are a little too small.

    Args:
        Y: (n_rows, n_labels) 1 in the column of a row's label, zeros elsewhere.
        vectors: (n_rows, n_dims).
        similarity: As in the metric ``map``.
        null_size: The number of draws.
        seed: Seed of the draws.

    Returns:
        One line a label: ``label`` (its column in Y), ``rows``, ``map``, ``p_value`` (at least 1 / (null_size + 1)) and
        ``q_value``, by Benjamini and Hochberg.

    Source: the null of copairs (Kalinin et al., "A versatile information retrieval framework for evaluating profile
    strength and similarity", 2024).
    """
    codes = true_classes(Y)
    values = MeanAveragePrecision(similarity).per_row(Y, vectors)
    lines, nulls = [], {}
    for label in np.unique(codes):
        rows = np.flatnonzero(codes == label)
        if len(rows) < 2:
            continue
        if len(rows) not in nulls:
            nulls[len(rows)] = _null(len(rows) - 1, len(codes) - 1, len(rows), null_size, seed)
        found = float(values[rows].mean())
        p_value = (1 + int((nulls[len(rows)] >= found).sum())) / (null_size + 1)
        lines.append({"label": int(label), "rows": len(rows), "map": found, "p_value": p_value})
    table = pd.DataFrame(lines)
    table["q_value"] = false_discovery_control(table["p_value"], method="bh")
    return table


def _null(positives: int, others: int, rows: int, size: int, seed: int) -> np.ndarray:
    """Return (size,) means over ``rows`` of the average precision of positives in a random order of all others."""
    rng = np.random.default_rng([seed, positives, others])
    means = np.zeros(size)
    hits = np.arange(1, positives + 1)
    for _ in range(rows):
        # The places of the positives, drawn without replacement: the smallest random numbers of each draw.
        places = np.sort(np.argpartition(rng.random((size, others)), positives - 1, axis=1)[:, :positives], axis=1) + 1
        means += (hits / places).mean(axis=1) / rows
    return means
