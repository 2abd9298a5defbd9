"""The state of a training on disk, from which it goes on bit for bit.

The file is torch's own format, read with ``weights_only=True``: nothing in it can run code. Imports torch: import it
inside functions only.
"""

from __future__ import annotations

import hashlib
import io
import pickle
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from kit.errors import StateError
from kit.files import new_file

_FORMAT = 2
"""Counted up where a state no longer has the parts that an earlier one had."""


def fingerprint(params: dict[str, Any], arrays: Iterable[np.ndarray | None]) -> str:
    """Return a digest of what a training depends on: parameters, arrays, this format and torch."""
    digest = hashlib.sha256(repr((_FORMAT, torch.__version__, sorted(params.items()))).encode())
    for array in arrays:
        digest.update(b"none" if array is None else repr((array.shape, array.dtype.str)).encode())
        if array is not None:
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def write_checkpoint(path: Path, key: str, state: dict[str, Any]) -> None:
    """Write a state.

    Raises:
        RunError: The disk is full or the folder cannot be written; an earlier state stays.
    """
    # Through memory: on a full disk torch's own writer raises errors of other kinds than Python's.
    content = io.BytesIO()
    torch.save({"key": key, **state}, content)
    with new_file(path, "give another checkpoint") as temporary:
        temporary.write_bytes(content.getbuffer())


def read_checkpoint(path: Path, key: str) -> dict[str, Any] | None:
    """Return the state in a checkpoint of the fit with this fingerprint, or None where there is no file.

    Raises:
        StateError: The file is damaged, or belongs to a fit with other arguments.
    """
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, OSError, ValueError, pickle.UnpicklingError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise StateError(f"{path} is no checkpoint of a training, or damaged ({first}); remove it") from None
    if not isinstance(state, dict) or state.get("key") != key:
        raise StateError(
            f"{path} was written by a fit with other parameters, data or version of torch; "
            "give another path or remove it"
        )
    return state
