"""Where the kit keeps what is costly to compute again."""

from __future__ import annotations

import os
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from kit.cache.in_use import note_use
from kit.cache.pruning import keep_within_limit
from kit.errors import KitWarning, RunError
from kit.files import new_file, remove_stale


def cache_directory(given: Path | str | None = None) -> Path:
    """Return where costly results are cached: ``given``, else the environment's KIT_CACHE, else the user's cache."""
    if given is not None:
        return Path(given)
    return Path(os.environ.get("KIT_CACHE") or platformdirs.user_cache_dir("kit"))


def read_kept(path: Path) -> dict[str, np.ndarray] | None:
    """Return the arrays that `keep` wrote; None where they are absent, or cannot be read (a damaged disk)."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            found = {name: kept[name] for name in kept.files}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    note_use(path)
    return found


def keep(directory: Path, path: Path, lost: str, **arrays: Any) -> None:
    """Write arrays into a .npz file of the cache, whole or not at all; a warning says when the disk does not take them.

    Args:
        directory: The cache directory, which is kept within its limit.
        path: The file, in it.
        lost: What the warning says of them: what is not kept, and is done again.
        **arrays: The arrays by their names.
    """
    remove_stale(path.parent.glob(".*.tmp.npz"))
    try:
        with new_file(path, "set the environment variable KIT_CACHE to a folder that can be written") as temporary:
            np.savez(temporary, **arrays)
        keep_within_limit(directory)
    except RunError as error:
        warnings.warn(f"{lost}: {error}", KitWarning, stacklevel=3)
