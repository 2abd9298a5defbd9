"""Digests of plain values, arrays and files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np


def digest(content: Any) -> str:
    """Return the SHA-256 of plain values (the same for equal content, whatever the order of mappings)."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=plain)
    return hashlib.sha256(text.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def array_digest(values: np.ndarray) -> str:
    """Return the SHA-256 of an array's type, shape and bytes."""
    head = f"{values.dtype.str}{values.shape}".encode()
    return hashlib.sha256(head + np.ascontiguousarray(values).tobytes()).hexdigest()


def plain(value: Any) -> Any:
    """Return NumPy's numbers and arrays and paths as what JSON knows.

    Raises:
        TypeError: The value is of another type.
    """
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not plain content")
