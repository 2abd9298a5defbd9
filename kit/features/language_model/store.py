"""Embeddings on disk, found again by model and text, so that no text is embedded twice.

For every model a folder ``embeddings/<key>`` of .npz files, one for each lot of texts that was embedded at once. A
file appears by rename, so it is whole or not there; what cannot be read (a damaged disk) is embedded anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import numpy as np

from kit.arrays import Floats
from kit.cache import cache_directory, keep, read_kept

STORE_VERSION = 1


class EmbeddingStore:
    """The embeddings of one model's texts.

    Args:
        directory: The cache directory; None for the kit's own (`kit.cache.cache_directory`).
        model_sha256: Which model.
        max_length: The most tokens of a text, which decides what is read of a long one.

    Attributes:
        folder: Where the files lie; made when something is written.
    """

    def __init__(self, directory: str | None, model_sha256: str, max_length: int | None) -> None:
        described = {"version": STORE_VERSION, "model": model_sha256, "max_length": max_length}
        key = hashlib.sha256(json.dumps(described).encode()).hexdigest()[:32]
        self._cache = cache_directory(directory)
        self.folder = self._cache / "embeddings" / key

    def read(self, texts: Sequence[str]) -> dict[str, Floats]:
        """Return the vectors of those texts that were embedded before, each (n_poolings, width) float32."""
        wanted = {_key(text): text for text in texts}
        found: dict[str, Floats] = {}
        for path in sorted(self.folder.glob("*.npz")):
            if len(found) == len(wanted):
                break
            lot = read_kept(path)
            if lot is None or not {"keys", "vectors"} <= lot.keys():
                continue
            keys, vectors = lot["keys"].tolist(), lot["vectors"]
            if vectors.ndim != 3 or len(keys) != len(vectors) or vectors.dtype != np.float32:
                continue
            for key, vector in zip(keys, vectors, strict=True):
                if key in wanted:
                    found.setdefault(wanted[key], vector)
        return found

    def write(self, texts: Sequence[str], vectors: Floats) -> None:
        """Keep the (n_texts, n_poolings, width) vectors of texts; a warning says when the disk does not take them."""
        keys = np.array([_key(text) for text in texts], dtype=str)
        path = self.folder / f"{hashlib.sha256(''.join(keys).encode()).hexdigest()[:32]}.npz"
        lost = "language_model: the embeddings are not kept and are computed anew next time"
        keep(self._cache, path, lost, keys=keys, vectors=vectors)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
