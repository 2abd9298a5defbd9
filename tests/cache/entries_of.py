"""Caches for the tests: entries of every kind, of given sizes and ages."""

from __future__ import annotations

import os
from pathlib import Path

KEYS = {
    kind: f"{place:032x}" for place, kind in enumerate(("tables", "embeddings", "autoencoders", "targets", "blocks"))
}
"""The kinds that take room, each with the key of an entry."""


def put(cache: Path, kind: str, n_bytes: int = 10, last_used: float = 1000.0, key: str | None = None) -> list[Path]:
    """Put an entry of a kind into a cache; return what it consists of."""
    key = key or KEYS[kind]
    folder = cache / kind / ("f" * 32) if kind == "embeddings" else cache / kind
    folder.mkdir(parents=True, exist_ok=True)
    if kind == "tables":
        paths = [folder / f"{key}.json", folder / f"{key}.npy"]
        paths[0].write_bytes(b"")
        paths[1].write_bytes(b"x" * n_bytes)
    elif kind in ("targets", "blocks"):
        paths = [folder / key, folder / f"{key}.json"]
        (paths[0] / "inner").mkdir(parents=True)
        (paths[0] / "inner" / "values.npy").write_bytes(b"x" * n_bytes)
        paths[1].write_bytes(b"")
    else:
        paths = [folder / (f"{key}.json" if kind == "digests" else f"{key}.npz")]
        paths[0].write_bytes(b"x" * n_bytes)
    for path in paths:
        os.utime(path, (last_used, last_used))
    return paths
