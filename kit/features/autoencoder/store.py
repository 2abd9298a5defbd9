"""Trained layers on disk, found again by all that decides them, so that nothing is trained twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from kit.arrays import Doubles, Floats
from kit.cache import cache_directory, keep, read_kept
from kit.features.autoencoder.network import Layer
from kit.files import array_digest, digest, file_sha256


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
        self._cache = cache_directory()
        self._path = self._cache / "autoencoders" / f"{key[:32]}.npz"

    def read(self) -> tuple[list[Layer], Doubles] | None:
        """Return the layers and the losses of the epochs; None where they are not there."""
        found = read_kept(self._path)
        if found is None or "losses" not in found:
            return None
        n_layers = (len(found) - 1) // 2
        return [Layer(found[f"weight_{place}"], found[f"bias_{place}"]) for place in range(n_layers)], found["losses"]

    def write(self, layers: Sequence[Layer], losses: Doubles) -> None:
        """Keep layers and losses; a warning says when the disk does not take them."""
        arrays: dict[str, Any] = {f"weight_{place}": layer.weight for place, layer in enumerate(layers)}
        arrays |= {f"bias_{place}": layer.bias for place, layer in enumerate(layers)}
        keep(
            self._cache,
            self._path,
            "autoencoder: what was trained is not kept and is trained anew next time",
            losses=losses,
            **arrays,
        )


@cache
def _code() -> list[str]:
    """Return what the code of the training is."""
    import torch

    files = [Path(__file__).with_name(name) for name in ("network.py", "training.py")]
    return [str(torch.__version__), *map(file_sha256, files)]
