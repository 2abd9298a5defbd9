"""Finding a transformers checkpoint, in a folder or on the hub, and saying exactly which one it is."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kit.errors import InputError
from kit.features.language_model.hub import fetch, is_hub_id
from kit.files import file_sha256

CONFIG = "config.json"
_SAFETENSORS, _PICKLED = "model.safetensors", "pytorch_model.bin"

_TOKENIZER = (
    "added_tokens.json",
    "bpe.codes",
    "merges.txt",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "unigram.json",
    "vocab.*",
    "*.model",
)
"""The files from which transformers makes a tokenizer."""

TRANSFERRED = (CONFIG, *_TOKENIZER, _SAFETENSORS, "model-*.safetensors", f"{_SAFETENSORS}.index.json")
"""The files that are fetched from the hub; pickled weights follow only where there are no others."""

TRANSFERRED_PICKLED = (_PICKLED, "pytorch_model-*.bin", f"{_PICKLED}.index.json")
"""Pickled weights."""

PACKAGE = "package:"
"""What stands before the name of an installed package that brings a checkpoint."""

_EXAMPLE = "hf download DeepChem/ChemBERTa-77M-MTR --local-dir"

_WIDTHS = ("hidden_size", "d_model", "n_embd", "dim")


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint on disk.

    Attributes:
        folder: Where its files lie.
        weights: The files of the weights; one, or an index with its parts.
        others: The configuration and what the tokenizer is made of.
    """

    folder: Path
    weights: tuple[Path, ...]
    others: tuple[Path, ...]

    @property
    def files(self) -> list[Path]:
        """Every file that decides what the embeddings are."""
        return sorted([*self.weights, *self.others])

    @property
    def safetensors(self) -> bool:
        """Whether the weights are safetensors (else pickled tensors)."""
        return _SAFETENSORS in self.weights[0].name

    @property
    def sha256(self) -> str:
        """SHA-256 over names and contents of all files: the same wherever the folder lies."""
        described = [[path.name, _sha256(path)] for path in self.files]
        return hashlib.sha256(json.dumps(described).encode()).hexdigest()

    @property
    def width(self) -> int | None:
        """The length of an embedding, as the configuration has it; None where it does not say."""
        config = _read_json(self.folder / CONFIG)
        return next((int(config[name]) for name in _WIDTHS if isinstance(config.get(name), int)), None)


def find_checkpoint(model: str, revision: str | None = None) -> Checkpoint:
    """Return the checkpoint of that name: a folder, one in an installed package, or a model of the Hugging Face hub.

    Args:
        model: A folder (relative ones are taken from the current directory), ``package:`` with the name of a package
            that brings the files, or a hub id such as ``DeepChem/ChemBERTa-77M-MTR``.
        revision: The branch, tag or commit of a hub model.

    Raises:
        InputError: There is no such folder or package, and the hub's model is neither in the local hub cache nor can it
            be fetched; or files are missing; or a revision of something else was asked for.
    """
    if model.startswith(PACKAGE):
        if revision is not None:
            raise InputError(f"language_model: revision={revision!r} is of a model of the hub; leave it out")
        return _in_package(model.removeprefix(PACKAGE))
    folder = Path(model).expanduser()
    if os.path.isdir(folder):
        if revision is not None:
            raise InputError(
                f"language_model: revision={revision!r} selects a version on the hub, but {model!r} is a folder; leave "
                "the revision out, or rename the folder"
            )
        return read_folder(folder)
    if not is_hub_id(model):
        raise InputError(
            f"language_model: no folder {model!r} (looked in {Path.cwd()}); fetch a checkpoint on a machine with "
            f"network, put it there and name its folder:\n  {_EXAMPLE} {model}"
        )
    return fetch(model, revision, read_folder, TRANSFERRED, TRANSFERRED_PICKLED)


def _in_package(name: str) -> Checkpoint:
    """Return the one checkpoint among the files of an installed package, which is not imported."""
    spec = find_spec(name.replace("-", "_")) if name.replace("-", "_").isidentifier() else None
    if spec is None or not spec.submodule_search_locations:
        raise InputError(f"language_model: no package {name!r} is installed; pip install {name}, or name a folder")
    [place] = list(spec.submodule_search_locations)[:1]
    found = []
    for config in sorted(Path(place).rglob(CONFIG)):
        with suppress(InputError):  # a part of a model has a configuration too
            found.append(read_folder(config.parent))
    if len(found) != 1:
        folders = ", ".join(str(one.folder) for one in found) or "none"
        raise InputError(f"language_model: the package {name!r} is to hold one checkpoint, found {folders}")
    return found[0]


def read_folder(folder: Path) -> Checkpoint:
    """Return the checkpoint in a folder.

    Raises:
        InputError: It has no configuration, no tokenizer or no weights.
    """
    remedy = f"fetch the whole checkpoint, for example:\n  {_EXAMPLE} {folder}"
    if not os.path.isfile(folder / CONFIG):
        raise InputError(f"language_model: {folder} is no transformers checkpoint, {CONFIG} is missing; {remedy}")
    tokenizer = sorted({path for pattern in _TOKENIZER for path in folder.glob(pattern) if os.path.isfile(path)})
    if not tokenizer:
        raise InputError(f"language_model: {folder} has no tokenizer (tokenizer.json, vocab.txt …); {remedy}")
    weights = next((found for name in (_SAFETENSORS, _PICKLED) if (found := _weights(folder, name))), ())
    if not weights:
        raise InputError(
            f"language_model: {folder} holds a configuration and a tokenizer but no weights ({_SAFETENSORS} or "
            f"{_PICKLED}), and a model with random weights is no language model; {remedy}"
        )
    return Checkpoint(folder, weights, (folder / CONFIG, *tokenizer))


def _weights(folder: Path, name: str) -> tuple[Path, ...]:
    """Return the file of that name, or its index and the parts that the index names; nothing where neither is."""
    if os.path.isfile(folder / name):
        return (folder / name,)
    index = folder / f"{name}.index.json"
    if not os.path.isfile(index):
        return ()
    parts = sorted(set(_strings(_read_json(index).get("weight_map"))))
    for part in parts:
        if Path(part).name != part or not os.path.isfile(folder / part):
            raise InputError(f"language_model: {index} names the part {part!r}, which is not there; fetch it again")
    return (index, *(folder / part for part in parts))


def _strings(weight_map: Any) -> Iterator[str]:
    yield from (str(part) for part in (weight_map.values() if isinstance(weight_map, dict) else ()))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"language_model: {path} is no valid JSON ({error}); fetch the checkpoint again") from None
    if not isinstance(content, dict):
        raise InputError(f"language_model: {path} holds {type(content).__name__}, expected an object; fetch it again")
    return content


def _sha256(path: Path) -> str:
    status = path.stat()
    return _file_sha256(path.resolve(), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=256)
def _file_sha256(path: Path, size: int, mtime_ns: int) -> str:
    # Every fold's fit asks for it; within a process, a file of the same size and time is the same.
    return file_sha256(path)
