"""Files of vectors, each under a key: .npz, parquet, CSV. Nothing of a file is ever unpickled."""

from __future__ import annotations

import gzip
import os
import warnings
import zipfile
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.errors import DataError, KitWarning, did_you_mean
from kit.features.vectors.texts import some
from kit.values import canonical_texts, without_line_end

_FORMATS = ".npz, .parquet, .csv or .csv.gz"


class KeyedVectors(NamedTuple):
    """Vectors under keys.

    Attributes:
        name: What the file calls the keys.
        keys: The keys, sorted, each once.
        vectors: (n_keys, width) float32, finite.
    """

    name: str
    keys: list[str]
    vectors: Floats


class KeyedRows(NamedTuple):
    """Lines of a table under keys.

    Attributes:
        name: What the file calls the keys.
        keys: The keys, sorted, each once.
        rows: (n_keys, …) the lines, the column of the keys among the others; no cell is empty.
    """

    name: str
    keys: list[str]
    rows: pd.DataFrame


def existing(path: Path) -> Path:
    """Return the path of a file of vectors.

    Raises:
        DataError: It is not there.
    """
    if not os.path.isfile(path):
        raise DataError(f"no file {str(path)!r} (looked in {Path.cwd()}); correct the path of the {_FORMATS} file")
    return path


def read_keyed_rows(path: Path, key: str | None, column: str) -> KeyedRows:
    """Read a table whose lines have keys; lines with an empty cell are left out.

    Args:
        path: A table in parquet or CSV.
        key: The column of the keys; None where only one can be it, or one is called like ``column``.
        column: What the keys will be compared with.

    Raises:
        DataError: The file is absent or cannot be read, does not show which column holds the keys, or has two lines
            under one key.
    """
    frame = _read_table(existing(path), key, column)
    empty = frame.map(lambda cell: isinstance(cell, str) and not cell.strip())
    frame = frame.mask(empty).dropna(ignore_index=True)
    columns = [str(name) for name in frame.columns]
    texts = [name for name in columns if pd.api.types.is_string_dtype(frame[name])]
    like = [name for name in columns if name.lower() == column.lower()]
    key_name = _pick(path, "key", key, columns, like or texts, column, f"text ({some(texts) or 'none'})")
    keys = _key_texts(frame[key_name])
    order = sorted(range(len(keys)), key=keys.__getitem__)
    for one, other in pairwise(order):
        if keys[one] == keys[other]:
            raise DataError(f"{path}: {keys[one]!r} stands in two lines of {key_name!r}; keep one")
    return KeyedRows(key_name, [keys[place] for place in order], frame.iloc[order].reset_index(drop=True))


def read_keyed_vectors(path: Path, key: str | None, values: str | None, column: str) -> KeyedVectors:
    """Read a file of vectors.

    Args:
        path: An .npz file (a one-dimensional array of keys beside a two-dimensional one of vectors), or a table in
            parquet or CSV (a column of keys, all other columns numbers; or, in parquet, a column of lists).
        key: The array or column of the keys; None where only one can be it, or one is called like ``column``.
        values: The array of the vectors or, in parquet, the column of lists; None where only one can be it.
        column: What the keys will be compared with.

    Raises:
        DataError: The file cannot be read, does not show which part of it is what, lacks a number, or has two vectors
            under one key.
    """
    existing(path)
    name = path.name.lower()
    if name.endswith(".npz"):
        key_name, keys, vectors = _from_arrays(path, key, values, column)
    elif name.endswith((".parquet", ".csv", ".csv.gz")):
        key_name, keys, vectors = _from_table(path, key, values, column)
    else:
        raise DataError(f"{path} is of an unknown format; expected {_FORMATS}")
    return KeyedVectors(key_name, *_checked(path, keys, vectors))


def _from_arrays(path: Path, key: str | None, values: str | None, column: str) -> tuple[str, list[str], Floats]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path} cannot be read ({error}); it must be an .npz without pickled objects: keys as "
            "text (np.asarray(keys, dtype=str)), vectors as numbers"
        ) from None
    shown = ", ".join(f"{name} {array.dtype}{list(array.shape)}" for name, array in arrays.items())
    matrices = [name for name, array in arrays.items() if array.ndim == 2 and array.dtype.kind in "fiu"]
    chosen = _pick(path, "values", values, list(arrays), matrices, None, f"two-dimensional numbers ({shown})")
    if chosen not in matrices:
        raise DataError(f"{path}: {chosen!r} is no matrix of numbers ({shown}); correct values")
    n_rows = len(arrays[chosen])
    lists = [name for name, array in arrays.items() if array.shape == (n_rows,) and array.dtype.kind in "USiuf"]
    texts = [name for name in lists if arrays[name].dtype.kind in "US"]
    like = [name for name in lists if name.lower() == column.lower()]
    key_name = _pick(path, "key", key, list(arrays), like or texts, column, f"{n_rows} texts ({shown})")
    keys = arrays[key_name]
    if keys.shape != (n_rows,) or keys.dtype.kind not in "USiuf":
        raise DataError(f"{path}: {key_name!r} is no array of {n_rows} keys ({shown}); correct key")
    return key_name, _key_texts(keys), arrays[chosen].astype(np.float32)


def _from_table(path: Path, key: str | None, values: str | None, column: str) -> tuple[str, list[str], Floats]:
    frame = _read_table(path, key, column)
    columns = [str(name) for name in frame.columns]
    numbers = {name: pd.to_numeric(frame[name], errors="coerce") for name in columns if _is_scalar(frame[name])}
    texts = [name for name in columns if name in numbers and _some_text(frame[name], numbers[name])]
    # Keys may be numbers (PubChem's): then the name says which column they are.
    like = [name for name in columns if name in numbers and name.lower() == column.lower()]
    key_name = _pick(path, "key", key, columns, like or texts, column, f"text ({some(texts) or 'none'})")
    keys = _key_texts(frame[key_name])
    others = [name for name in columns if name != key_name]
    lists = [name for name in others if name not in numbers]
    if values is not None or lists:
        chosen = _pick(path, "values", values, others, lists, None, "lists of numbers")
        if chosen not in lists:
            raise DataError(f"{path}: {chosen!r} holds no lists of numbers; leave values out")
        return key_name, keys, _stacked(path, chosen, keys, frame[chosen])
    nameless = [name for name in others if not name.strip() or name.startswith("Unnamed: ")]
    if nameless or not others:
        raise DataError(
            f"{path} has "
            + ("a column of numbers without a name, as pandas writes its index" if nameless else "no numbers")
            + "; write the keys and the vectors' components, with index=False"
        )
    for name in others:
        wrong = np.flatnonzero(numbers[name].isna())
        if len(wrong):
            raise DataError(
                f"{path}: column {name!r} of {keys[wrong[0]]!r} holds "
                f"{str(frame[name].iloc[wrong[0]])!r}, expected a number (column {key_name!r} was taken for the keys); "
                "correct it, or remove the column"
            )
    return key_name, keys, np.column_stack([numbers[name].to_numpy(dtype=np.float32) for name in others])


def _read_table(path: Path, key: str | None, column: str) -> pd.DataFrame:
    name = path.name.lower()
    if name.endswith(".parquet"):
        return _read_parquet(path, key, column)
    if name.endswith((".csv", ".csv.gz")):
        return _read_csv(path)
    raise DataError(f"{path} is of an unknown format; expected .parquet, .csv or .csv.gz")


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        # As text: a gene called NA is no gap, and what is no number can be named.
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(f"{path} cannot be read as CSV ({error})") from None
    with gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb") as file:
        *_, last = file
    if odd := without_line_end(path, last.decode(errors="replace")):
        warnings.warn(odd, KitWarning, stacklevel=2)
    # A header that is one name short, as R writes it: pandas takes the first column for the index.
    return frame if isinstance(frame.index, pd.RangeIndex) else frame.reset_index(names="key")


def _read_parquet(path: Path, key: str | None, column: str) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as parquet ({error})") from None
    # pandas keeps its index in the file. One of text holds the keys; one of row numbers says nothing.
    named = frame.index.name is not None and frame.index.name in (key, column)
    if named or not pd.api.types.is_numeric_dtype(frame.index):
        frame = frame.reset_index()
    return frame.set_axis([str(name) for name in frame.columns], axis=1)


def _pick(
    path: Path,
    role: str,
    given: str | None,
    names: Sequence[str],
    candidates: Sequence[str],
    like: str | None,
    what: str,
) -> str:
    """Return the given name, or the only candidate, or the candidate of that name."""
    if given is not None:
        if given not in names:
            raise DataError(f"{path} has no {given!r}{did_you_mean(given, names)}; correct {role}")
        return given
    alike = [name for name in candidates if like is not None and name.lower() == like.lower()]
    for found in (alike, candidates):
        if len(found) == 1:
            return found[0]
    raise DataError(
        f"{path}: {len(candidates)} parts could be the {role}, expected one with {what}; name it by {role}: …"
    )


def _key_texts(values: Iterable[object]) -> list[str]:
    """Return keys as the texts that rows are looked up by; "" where there is none."""
    return [text or "" for text in canonical_texts(values)]


def _is_scalar(series: pd.Series) -> bool:
    first = series.iloc[0] if len(series) else ""
    return not isinstance(first, (list, tuple, np.ndarray))


def _some_text(series: pd.Series, numbers: pd.Series) -> bool:
    """Whether a column holds something that is no number."""
    if pd.api.types.is_numeric_dtype(series):
        return False
    written = series.astype(str).str.strip()
    return bool((numbers.isna() & (written != "") & (written.str.lower() != "nan")).any())


def _stacked(path: Path, name: str, keys: Sequence[str], column: pd.Series) -> Floats:
    lengths = [len(vector) if isinstance(vector, (list, tuple, np.ndarray)) else 0 for vector in column]
    for key, length in zip(keys, lengths, strict=True):
        if length != lengths[0] or length == 0:
            raise DataError(
                f"{path}: the vector of {key!r} in {name!r} has {length} components, that of "
                f"{keys[0]!r} {lengths[0]}; they must be of one length"
            )
    try:
        return np.stack([np.asarray(vector, dtype=np.float32) for vector in column])
    except (TypeError, ValueError) as error:
        raise DataError(f"{path}: {name!r} holds something other than numbers ({error})") from None


def _checked(path: Path, keys: Sequence[str], vectors: Floats) -> tuple[list[str], Floats]:
    """Return keys and vectors sorted by key, each once."""
    if not keys or not vectors.shape[1]:
        raise DataError(f"{path} holds {len(keys)} keys with {vectors.shape[1]} components; none to use")
    for key, vector in zip(keys, vectors, strict=True):
        if not np.isfinite(vector).all():
            raise DataError(
                f"{path}: the vector of {key!r} holds NaN or infinity; correct it, or remove the key "
                "(rows without a vector are filled in)"
            )
    place: dict[str, int] = {}
    for row, key in enumerate(keys):
        if not key:
            raise DataError(f"{path}: the key at row {row} is empty; remove the row")
        first = place.setdefault(key, row)
        if not np.array_equal(vectors[first], vectors[row]):
            raise DataError(f"{path}: {key!r} stands at rows {first} and {row} with different vectors; keep one")
    ordered = sorted(place)
    return ordered, np.ascontiguousarray(vectors[[place[key] for key in ordered]])
