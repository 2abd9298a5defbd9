"""Tables of a classification beside its scores: how sure predictions are, and how each class fares in each part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.classes import true_classes

COVERAGE, CLASSES = "coverage", "classes"
"""The tables' names in a run's folder."""

_CONFIDENCE = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


def coverage(Y: Floats, predictions: Floats) -> pd.DataFrame:
    """Return the accuracy among the rows whose likeliest class has some probability at least.

    Args:
        Y: (n_rows, n_classes) one 1 a row.
        predictions: (n_rows, n_classes) probabilities.

    Returns:
        A line for each of some probabilities: ``confidence``, ``rows`` that reach it, the share ``kept`` of all, and
        ``accuracy`` among them, NaN where there are none.
    """
    right = predictions.argmax(axis=1) == true_classes(Y)
    confidence = predictions.max(axis=1)
    lines = []
    for least in _CONFIDENCE:
        reached = confidence >= np.float32(least)
        accuracy = right[reached].mean() if reached.any() else np.nan
        lines.append((least, int(reached.sum()), reached.mean(), accuracy))
    return pd.DataFrame(lines, columns=["confidence", "rows", "kept", "accuracy"])


def by_class(Y: Floats, predictions: Floats, parts: np.ndarray, names: Sequence[str]) -> pd.DataFrame:
    """Return how each class fares in each part of the rows.

    Args:
        Y: (n_rows, n_classes) one 1 a row.
        predictions: (n_rows, n_classes) probabilities.
        parts: (n_rows,) the part of each row: its group, or its fold.
        names: The classes' names.

    Returns:
        A line for each class and part where it is true or named: ``class``, ``part``, ``rows`` of it, how many rows are
        ``named`` as it and how many of them rightly (``hit``), and ``precision``, ``recall`` and ``f1`` (0 for 0 / 0).
    """
    truth, answer = true_classes(Y), predictions.argmax(axis=1)
    labels, place = np.unique(parts, return_inverse=True)
    shape = len(labels), len(names)
    rows, named, hit = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    np.add.at(rows, (place, truth), 1)
    np.add.at(named, (place, answer), 1)
    np.add.at(hit, (place[truth == answer], truth[truth == answer]), 1)
    of_part, of_class = np.nonzero(rows + named)
    table = pd.DataFrame({"class": np.asarray(names, dtype=object)[of_class], "part": labels[of_part]})
    for column, counts in {"rows": rows, "named": named, "hit": hit}.items():
        table[column] = counts[of_part, of_class]
    for column, whole in {
        "precision": table["named"],
        "recall": table["rows"],
        "f1": (table["named"] + table["rows"]) / 2,
    }.items():
        table[column] = (table["hit"] / whole.where(whole > 0)).fillna(0.0)
    return table
