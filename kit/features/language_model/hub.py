"""Models of the Hugging Face hub: from the local hub cache, and from the network only where that is allowed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from kit.errors import InputError, MissingDependencyError
from kit.features.language_model.quiet import quiet_hub

T = TypeVar("T")

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_TRUE = ("1", "ON", "YES", "TRUE")


def is_hub_id(model: str) -> bool:
    """Whether a model's name could be one of the hub: ``name`` or ``owner/name``."""
    return _HUB_ID.fullmatch(model) is not None


def fetch(
    model: str,
    revision: str | None,
    read: Callable[[Path], T],
    patterns: Sequence[str],
    fallback: Sequence[str],
) -> T:
    """Apply ``read`` to a hub model's folder in the local hub cache, and return its result; fetch a missing model.

    What is in the cache is used as it is, without asking the network for a newer version. With HF_HUB_OFFLINE=1 (or
    TRANSFORMERS_OFFLINE=1) the network is never tried.

    Args:
        model: The hub id.
        revision: The branch, tag or commit; None for the main branch.
        read: Reads a folder; an `InputError` means that files are missing.
        patterns: The names of the files to fetch.
        fallback: The names of more files, fetched where ``read`` finds something missing without them.

    Raises:
        InputError: The model is not in the cache and cannot be fetched; the message says how to get it.
        MissingDependencyError: huggingface_hub is not installed.
    """
    try:
        from huggingface_hub import snapshot_download
    except ImportError:
        raise MissingDependencyError(
            f"language_model: {model!r} is no folder, and models of the hub need huggingface_hub: "
            "pip install 'perturbation-kit[lm]'"
        ) from None

    def folder(names: Sequence[str], offline: bool) -> Path:
        with quiet_hub():
            found = snapshot_download(model, revision=revision, allow_patterns=list(names), local_files_only=offline)
            return Path(found)

    offline = next((name for name in _OFFLINE if os.environ.get(name, "").upper() in _TRUE), None)
    try:
        return read(folder(patterns, offline=True))
    except (OSError, ValueError) as error:  # not in the cache, or (an InputError) only a part of it
        if offline is not None:
            raise _unavailable(model, revision, f"{offline}={os.environ[offline]} forbids the network", error) from None
    try:
        try:
            return read(folder(patterns, offline=False))
        except InputError:
            return read(folder(fallback, offline=False))
    except InputError:
        raise
    except Exception as error:  # OSError or whatever the HTTP library of the day raises
        raise _unavailable(model, revision, "the hub could not be reached or refused it", error) from error


def _unavailable(model: str, revision: str | None, why: str, error: Exception) -> InputError:
    name = model.rsplit("/", 1)[-1]
    at = f" --revision {revision}" if revision else ""
    first = str(error).strip().partition("\n")[0]
    return InputError(
        f"language_model: {model!r} is neither a folder (looked in {Path.cwd()}) nor complete in the local hub cache, "
        f"and {why} ({type(error).__name__}: {first}). On a machine with network run\n"
        f"  hf download {model}{at} --local-dir models/{name}\n"
        f"copy the folder here and give its path (model: models/{name})"
    )
