"""Saving fitted plug-ins as JSON, NumPy arrays and libraries' native files; loading never executes what it reads.

A saved plug-in is a directory:

    state.json   class (family and kind), parameters, fitted attributes, versions, SHA-256 of every other file
    arrays.npz   the arrays that state.json refers to (no object arrays, so no pickle)
    native/      files in a library's own format (LightGBM text, .ubj, .cbm, .safetensors, skops), if the class has any
    plugins/N/   plug-ins that stand inside this one, each laid out the same way
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from kit.errors import KitError, StateError
from kit.files import file_sha256, new_file

if TYPE_CHECKING:
    from kit.plugins.plugin import Plugin

P = TypeVar("P", bound="Plugin")

STATE_FORMAT = 1
_STATE, _ARRAYS, _NATIVE, _PLUGINS = "state.json", "arrays.npz", "native", "plugins"


def save_plugin(plugin: Plugin, directory: Path) -> None:
    """Write a plug-in's parameters and fitted state into ``directory``, which must be absent or empty.

    Raises:
        StateError: The directory holds something, or an attribute is of a type that cannot be saved without pickle.
    """
    directory = Path(directory)
    if directory.exists() and any(directory.iterdir()):
        raise StateError(f"{directory} is not empty; give a new directory to save {type(plugin).__name__} in")
    directory.mkdir(parents=True, exist_ok=True)
    writer = _Writer(directory)
    state: dict[str, Any] = {
        "format": STATE_FORMAT,
        "family": plugin.family,
        "kind": plugin.kind,
        "params": {name: writer.encode(value, name) for name, value in plugin.get_params(deep=False).items()},
        "fitted": {name: writer.encode(value, name) for name, value in plugin.fitted_state().items()},
    }
    if writer.arrays:
        np.savez(directory / _ARRAYS, **writer.arrays)  # type: ignore[arg-type]
    if any(hasattr(plugin, name) for name in plugin.native_attributes):
        (directory / _NATIVE).mkdir()
        plugin.save_native(directory / _NATIVE)
        state["native"] = True
    state["files"] = {
        str(path.relative_to(directory)): file_sha256(path) for path in sorted(directory.rglob("*")) if path.is_file()
    }
    # Last: without it, or with another digest than it says, what is there is not loaded.
    with new_file(directory / _STATE) as temporary:
        temporary.write_text(json.dumps(state, indent=1, sort_keys=True), encoding="utf-8")


def load_plugin(directory: Path, expected: type[P]) -> P:
    """Read a plug-in back and verify every file's checksum.

    Args:
        directory: What `save_plugin` wrote.
        expected: The class, or a base class, that the directory must hold.

    Raises:
        StateError: A file is missing or was changed, or the directory holds another class.
    """
    directory = Path(directory)
    try:
        state = json.loads((directory / _STATE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StateError(f"{directory} holds no saved plug-in: {_STATE} is missing") from None
    except ValueError as error:
        raise StateError(f"{directory / _STATE}: not valid JSON ({error}); the file was damaged, save again") from None
    saved_format = state.get("format") if isinstance(state, dict) else None
    if saved_format != STATE_FORMAT:
        raise StateError(f"{directory / _STATE}: format {saved_format!r}, this version reads {STATE_FORMAT}")
    try:
        return _restored(directory, state, expected)
    except KitError:
        raise
    except (KeyError, IndexError, AttributeError, TypeError) as error:
        what = f"{type(error).__name__}: {error}"
        raise StateError(f"{directory / _STATE}: not what `save` writes ({what}); it was damaged, save again") from None


def _restored(directory: Path, state: dict[str, Any], expected: type[P]) -> P:
    """Return the plug-in that the content of a state file describes, every other file's checksum verified."""
    from kit.plugins.registry import Registry

    for name, digest in state["files"].items():
        path = directory / name
        if not path.is_file():
            raise StateError(f"{path} is missing; the saved {state['kind']!r} is incomplete")
        if file_sha256(path) != digest:
            raise StateError(f"{path} was changed after saving (SHA-256 differs); it is not loaded")
    cls = Registry.of(state["family"]).get(state["kind"])
    if not issubclass(cls, expected):
        raise StateError(f"{directory} holds the {state['family']} {state['kind']!r}, expected {expected.__name__}")
    arrays: dict[str, np.ndarray] = {}
    if (directory / _ARRAYS).exists():
        try:
            with np.load(directory / _ARRAYS, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
        except ValueError as error:  # an object array, which only pickle could read
            raise StateError(f"{directory / _ARRAYS} is refused: {error}") from None
    reader = _Reader(directory, arrays)
    params = {name: reader.decode(value) for name, value in state["params"].items()}
    try:
        plugin = cls(**params)
    except TypeError as error:
        raise StateError(f"{directory} was saved by a version with other parameters ({error}); fit it again") from None
    for name, value in state["fitted"].items():
        setattr(plugin, name, reader.decode(value))
    if state.get("native"):
        plugin.load_native(directory / _NATIVE)
    return plugin


class _Writer:
    """Turns values into JSON, putting arrays and inner plug-ins aside."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.arrays: dict[str, np.ndarray] = {}
        self.plugins = 0

    def encode(self, value: Any, where: str) -> Any:
        from kit.plugins.plugin import Plugin

        if value is None or isinstance(value, (bool, int, str)):
            return value
        if isinstance(value, np.generic):
            return self.encode(value.item(), where)
        if isinstance(value, float):
            return value if np.isfinite(value) else {"$float": repr(value)}
        if isinstance(value, np.ndarray):
            return self._encode_array(value, where)
        if isinstance(value, tuple):
            return {"$tuple": [self.encode(item, f"{where}.{i}") for i, item in enumerate(value)]}
        if isinstance(value, list):
            return [self.encode(item, f"{where}.{i}") for i, item in enumerate(value)]
        if isinstance(value, dict):
            # Pairs, because JSON objects would turn integer keys into strings.
            return {"$dict": [[self.encode(k, where), self.encode(v, f"{where}.{k}")] for k, v in value.items()]}
        if isinstance(value, Plugin):
            self.plugins += 1
            name = f"{_PLUGINS}/{self.plugins}"
            save_plugin(value, self.directory / name)
            return {"$plugin": name}
        raise StateError(f"{where}: a {type(value).__name__} cannot be saved without pickle; keep arrays and numbers")

    def _encode_array(self, value: np.ndarray, where: str) -> dict[str, str]:
        if value.dtype.hasobject:
            raise StateError(f"{where}: an object array cannot be saved without pickle; use a fixed dtype such as str")
        name = f"a{len(self.arrays)}"
        self.arrays[name] = value
        return {"$array": name}


class _Reader:
    """The inverse of `_Writer`."""

    def __init__(self, directory: Path, arrays: dict[str, np.ndarray]) -> None:
        self.directory = directory
        self.arrays = arrays

    def decode(self, value: Any) -> Any:
        from kit.plugins.plugin import Plugin

        if isinstance(value, list):
            return [self.decode(item) for item in value]
        if not isinstance(value, dict):
            return value
        [(tag, content)] = value.items()
        if tag == "$array":
            return self.arrays[content]
        if tag == "$float":
            return float(content)
        if tag == "$tuple":
            return tuple(self.decode(item) for item in content)
        if tag == "$dict":
            return {self.decode(k): self.decode(v) for k, v in content}
        return load_plugin(self.directory / content, Plugin)
