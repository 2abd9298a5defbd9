"""Where the kit keeps what is costly to compute again, and the digest by which it finds it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import platformdirs


def cache_directory(given: Path | str | None = None) -> Path:
    """Return where costly results are cached: ``given``, else the environment's KIT_CACHE, else the user's cache."""
    if given is not None:
        return Path(given)
    return Path(os.environ.get("KIT_CACHE") or platformdirs.user_cache_dir("kit"))


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
