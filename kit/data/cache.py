"""Wide tables as memory-mapped float32 files, found again by the content of the table they came from.

An entry is two files, ``<key>.npy`` and ``<key>.json``. The key is a SHA-256 over the source file's SHA-256, the
names of the columns and the version of this format, so a changed table, another selection and another version each
get an entry of their own. The JSON file is published last and holds the array's own SHA-256: what was cut off or
changed is noticed and built again (the file is hashed once, and again when anything about it has changed).
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from kit.arrays import Floats
from kit.cache import hold, keep_within_limit, note_use, size_limit
from kit.files import file_sha256, new_file, remembered_sha256, remove_stale, reserve_room, write_json
from kit.large import is_large

CACHE_VERSION = 1

DIGESTS = "digests"
"""Where in the cache hashes of files are remembered, see `kit.files.remembered_sha256`."""


def cached_matrix(
    source_sha256: str,
    names: Sequence[str],
    n_rows: int,
    build: Callable[[Floats], None],
    directory: Path,
    layer: str | None = None,
    gaps: str | None = None,
) -> Floats:
    """Return the memory-map of a table's number columns, building the file when it is not there.

    Args:
        source_sha256: The SHA-256 of the table's file.
        names: The columns, in order.
        n_rows: The number of rows.
        build: Called with a float32 array (n_rows, len(names)) to fill; what it raises goes through and nothing is
            kept.
        directory: The cache directory; made when absent.
        layer: The layer of an .h5ad file.
        gaps: How missing values are read, where they are.

    Returns:
        A read-only float32 memory-map (n_rows, len(names)).

    Raises:
        RunError: The directory is full or cannot be written.
        InputError: KIT_CACHE_LIMIT is no size.
    """
    described = {"version": CACHE_VERSION, "source": source_sha256, "layer": layer, "names": list(names)}
    described |= {} if gaps is None else {"gaps": gaps}
    key = hashlib.sha256(json.dumps(described).encode()).hexdigest()[:32]
    folder = directory / "tables"
    array, note = folder / f"{key}.npy", folder / f"{key}.json"
    shape = (n_rows, len(names))
    size_limit(directory)  # a limit that is none is refused before the first fit
    hold(array)
    if not _is_intact(array, note, shape, directory):
        remove_stale(folder.glob(".*.tmp*"))
        room = math.ceil(4 * shape[0] * shape[1] / 2**20)
        remedy = f"set the environment variable KIT_CACHE to a folder with {room} MiB of room"
        with new_file(array, remedy) as temporary:
            _write(temporary, shape, build)
            noted = {"shape": list(shape), "sha256": file_sha256(temporary), "source": source_sha256}
        write_json(note, noted)
        hold(array)
        keep_within_limit(directory)
    note_use(note)
    mapped: Floats = np.load(array, mmap_mode="r", allow_pickle=False)
    return mapped


def _write(path: Path, shape: tuple[int, int], build: Callable[[Floats], None]) -> None:
    if not is_large(shape):
        # A file written in one go lies in larger pages of the system's memory than one that is filled through a map,
        # which whoever maps it then reads more slowly.
        matrix = np.empty(shape, np.float32)
        build(matrix)
        np.save(path, matrix, allow_pickle=False)
        return
    mapped = np.lib.format.open_memmap(path, mode="w+", dtype=np.float32, shape=shape)
    reserve_room(path)
    build(mapped)
    # The map must be gone before the file is moved: Windows does not move open files.
    mapped.flush()


def _is_intact(array: Path, note: Path, shape: tuple[int, int], directory: Path) -> bool:
    try:
        noted: dict[str, Any] = json.loads(note.read_text(encoding="utf-8"))
        return bool(noted["shape"] == list(shape) and noted["sha256"] == remembered_sha256(array, directory / DIGESTS))
    except (OSError, ValueError, KeyError, TypeError):
        return False
