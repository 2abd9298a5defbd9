"""A small description of chemical structure, read from SMILES as plain text so that nothing has to parse it."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np

from kit.arrays import Doubles

N_BUCKETS = 256


def describe_structures(smiles: Sequence[str], longest: int = 3) -> Doubles:
    """Count the character n-grams of each SMILES in hashed buckets.

    Two drugs of one chemical family share most n-grams, so that their descriptions point the same way. The sign of a
    bucket's entry comes from the hash as well, so that collisions cancel in the mean (feature hashing, Weinberger et
    al. 2009).

    Args:
        smiles: One SMILES a compound.
        longest: The length of the longest n-gram, at least 1.

    Returns:
        A matrix (n_compounds, 256): logarithmic counts, centred over the compounds, each row of Euclidean length 1
        (or 0, if there is nothing to tell the compounds apart).
    """
    counts = np.zeros((len(smiles), N_BUCKETS))
    for row, text in enumerate(smiles):
        for length in range(1, longest + 1):
            for start in range(len(text) - length + 1):
                code = crc32(text[start : start + length].encode())
                counts[row, code % N_BUCKETS] += 1.0 if code >> 31 else -1.0
    described = np.sign(counts) * np.log1p(np.abs(counts))
    described -= described.mean(axis=0)
    lengths = np.linalg.norm(described, axis=1, keepdims=True)
    return described / np.where(lengths > 1e-9, lengths, 1.0)
