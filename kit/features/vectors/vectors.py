"""Truncation and normalisation of embeddings before they become features."""

from __future__ import annotations

from typing import Literal

import numpy as np

from kit.arrays import Floats
from kit.errors import InputError

Normalization = Literal["l2", "none"]
"""Whether every vector is scaled to Euclidean length 1."""


def shape_vectors(vectors: Floats, n_components: int | None, normalize: Normalization, user: str) -> Floats:
    """Return the leading components of vectors, then each scaled to length 1 if that is asked for.

    Args:
        vectors: (…, width).
        n_components: Keep the first so many of each; None for all.
        normalize: "l2" or "none"; a vector of zeros stays one.
        user: Who asks, for messages.

    Returns:
        (…, n_components) float32.

    Raises:
        InputError: There are fewer components.
    """
    if n_components is not None and n_components > vectors.shape[-1]:
        raise InputError(
            f"{user}: n_components={n_components}, but the vectors have {vectors.shape[-1]} components; give "
            f"{vectors.shape[-1]} or less, or leave it out"
        )
    kept = vectors[..., :n_components].astype(np.float64)
    if normalize == "l2":
        lengths = np.linalg.norm(kept, axis=-1, keepdims=True)
        kept /= np.where(lengths > 0, lengths, 1)
    return np.ascontiguousarray(kept, dtype=np.float32)


def weighted_mean(vectors: Floats, counts: np.ndarray) -> Floats:
    """Return the (width,) float32 mean of (n, width) vectors of which each counts as often as ``counts`` says."""
    mean: Floats = (counts @ vectors.astype(np.float64) / counts.sum()).astype(np.float32)
    return mean
