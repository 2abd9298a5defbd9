"""Trained layers on disk, found again by all that decides them, so that nothing is trained twice."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from kit.arrays import Doubles, Floats
from kit.cache import cache_directory
from kit.errors import KitWarning, RunError
from kit.features.autoencoder.network import Layer
from kit.files import array_digest, digest, file_sha256, new_file, remove_stale


def training_key(layers: Sequence[Layer], trained: Floats, measured: Floats, how: Mapping[str, Any]) -> str:
    """Return a digest of all that decides what training makes of layers.

    Args:
        layers: The layers before it.
        trained: (n_rows, n_inputs) the rows.
        measured: (n_measured, n_inputs) the rows on which it is measured.
        how: The options, and the state of the random numbers.
    """
    arrays = [array_digest(array) for array in (*(part for layer in layers for part in layer), trained, measured)]
    return digest({"arrays": arrays, "how": dict(how), "code": _code()})


class Trained:
    """The layers of one training, in a file of the kit's cache (`kit.cache.cache_directory`).

    The file appears by rename, so it is whole or not there; what cannot be read (a damaged disk) is trained anew.

    Args:
        key: What decides them.
    """

    def __init__(self, key: str) -> None:
        self._path = cache_directory() / "autoencoders" / f"{key[:32]}.npz"

    def read(self) -> tuple[list[Layer], Doubles] | None:
        """Return the layers and the losses of the epochs; None where they are not there."""
        try:
            with np.load(self._path, allow_pickle=False) as found:
                n_layers = (len(found.files) - 1) // 2
                layers = [Layer(found[f"weight_{place}"], found[f"bias_{place}"]) for place in range(n_layers)]
                return layers, found["losses"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def write(self, layers: Sequence[Layer], losses: Doubles) -> None:
        """Keep layers and losses; a warning says when the disk does not take them."""
        arrays: dict[str, Any] = {f"weight_{place}": layer.weight for place, layer in enumerate(layers)}
        arrays |= {f"bias_{place}": layer.bias for place, layer in enumerate(layers)}
        remove_stale(self._path.parent.glob(".*.tmp.npz"))
        try:
            with new_file(self._path, "set the environment variable KIT_CACHE to a folder that can be written") as file:
                np.savez(file, losses=losses, **arrays)
        except RunError as error:
            warnings.warn(
                f"autoencoder: what was trained is not kept and is trained anew next time: {error}",
                KitWarning,
                stacklevel=2,
            )


@cache
def _code() -> list[str]:
    """Return what the code of the training is."""
    import torch

    files = [Path(__file__).with_name(name) for name in ("network.py", "training.py")]
    return [str(torch.__version__), *map(file_sha256, files)]
