"""Similarities of vectors, and the greatest of them."""

from __future__ import annotations

from typing import Literal

import numpy as np

from kit.arrays import Doubles, Floats
from kit.errors import InputError

Metric = Literal["tanimoto", "cosine", "rbf"]
"""How alike two vectors are: shared over joint, angle, distance."""

_TIE = 1e-9
"""Similarities that differ by less count as equal: sums in another order must not choose other neighbours."""


def similarities(X: Floats, references: Floats, metric: Metric, gamma: float = 1.0) -> Doubles:
    """Return how similar each row is to each reference.

    Each distinct row is computed by itself, so that a row's result has the same bits in every batch.

    Args:
        X: (n_rows, n_features).
        references: (n_references, n_features).
        metric: "tanimoto": Σ min(x, r) / Σ max(x, r), for bits the shared ones over the joint ones, 0 where both are
            all zeros, as in RDKit. "cosine": of the angle, 0 for a vector of zeros. "rbf": exp(−gamma · ‖x − r‖²).
        gamma: Of "rbf", in 1 / (unit of the features)².

    Returns:
        (n_rows, n_references) float64; 0 … 1, for "cosine" −1 … 1.

    Raises:
        InputError: The metric is "tanimoto" and a feature negative.
    """
    if metric == "tanimoto":
        for features in (X, references):
            if features.size and features.min() < 0:
                raise InputError(
                    "tanimoto: a feature is negative; it compares bits or counts such as those of `fingerprint`, for "
                    "other features use metric cosine or rbf"
                )
    distinct, places = distinct_rows(X)
    table = np.empty((len(distinct), len(references)))
    wide = references.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1)
    totals = wide.sum(axis=1)
    for out, row in zip(table, distinct.astype(np.float64), strict=True):
        if metric == "tanimoto":
            shared = np.minimum(wide, row).sum(axis=1)
            joint = totals + row.sum() - shared
            np.divide(shared, joint, out=out, where=joint > 0)
            out[joint <= 0] = 0
        elif metric == "cosine":
            norms = lengths * np.linalg.norm(row)
            np.divide(wide @ row, norms, out=out, where=norms > 0)
            out[norms <= 0] = 0
        else:
            out[:] = np.exp(-gamma * np.square(wide - row).sum(axis=1))
    similarities: Doubles = table[places]
    return similarities


def keep_nearest(similarity: Doubles, k: int | None) -> Doubles:
    """Return similarities with all but each row's k greatest set to 0; ties with the last of them are kept too.

    Args:
        similarity: (n_rows, n_references); −∞ for a reference that is out of the question, which becomes 0.
        k: How many; None for all.
    """
    kept = np.isfinite(similarity)
    if k is not None and k < similarity.shape[1]:
        least = np.partition(similarity, -k, axis=1)[:, -k, None]
        kept &= similarity >= least - _TIE
    return np.where(kept, similarity, 0.0)


def usual_gamma(references: Floats) -> float:
    """Return 1 / (the median squared distance between two references), 1 where they are all alike."""
    distinct, _ = distinct_rows(references)
    wide = distinct.astype(np.float64)
    squared = [np.square(wide[place + 1 :] - row).sum(axis=1) for place, row in enumerate(wide)]
    median = float(np.median(np.concatenate(squared))) if len(wide) > 1 else 0.0
    return 1 / median if median > 0 else 1.0


def distinct_rows(X: Floats) -> tuple[Floats, np.ndarray]:
    """Return the distinct rows of a matrix, and for each row the place of its like among them."""
    places: dict[bytes, int] = {}
    rows = np.ascontiguousarray(X)
    codes = np.array([places.setdefault(row.tobytes(), len(places)) for row in rows], dtype=np.intp)
    firsts = np.unique(codes, return_index=True)[1]
    return rows[firsts], codes
