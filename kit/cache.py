"""Where the kit keeps what is costly to compute again."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def cache_directory(given: Path | str | None = None) -> Path:
    """Return where costly results are cached: ``given``, else the environment's KIT_CACHE, else the user's cache."""
    if given is not None:
        return Path(given)
    return Path(os.environ.get("KIT_CACHE") or platformdirs.user_cache_dir("kit"))
