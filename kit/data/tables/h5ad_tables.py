"""AnnData files: ``obs`` holds the keys and metadata, ``X`` or a layer the targets, ``var_names`` their names."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd

from kit.arrays import Floats, Ints
from kit.data.tables.source import Source
from kit.data.tables.table import Table, TextCell
from kit.errors import DataError, MissingDependencyError, did_you_mean
from kit.values import canonical_texts

_BLOCK_ROWS = 256


OBS_NAMES = "obs_names"
"""What the index of ``obs`` is called as a column, where it has no name of its own."""


class H5adTable(Table):
    """An .h5ad file; the matrix is read in blocks of rows, never whole.

    Args:
        source: The file.
        layer: The layer that holds the targets (default: ``X``).
        target_names: The column of ``var`` that names the targets (default: ``var_names``).
        strict: Whether a file without that layer or column is an error; else it is read without them.
        wide: Whether the matrix's columns are columns of the table, beside those of ``obs``.

    Raises:
        DataError: The file is damaged, its parts disagree, or it has no such column.
        MissingDependencyError: anndata is not installed.
    """

    def __init__(
        self,
        source: Source,
        layer: str | None = None,
        target_names: str | None = None,
        strict: bool = True,
        wide: bool = False,
    ) -> None:
        super().__init__(source.path)
        self._source = source
        with self._open() as (file, read_elem):
            self._layer = layer if strict or f"layers/{layer}" in file else None
            obs = _as_frame("obs", read_elem(file["obs"]), file)
            self._var = _as_frame("var", read_elem(file["var"]), file)
        own = obs.index.name
        self._obs = obs.rename_axis(OBS_NAMES if own in (None, "index", "_index") else str(own))
        if self._obs.index.name not in obs.columns:
            self._obs = self._obs.reset_index()
        if not strict and target_names not in self._var.columns:
            target_names = None
        if target_names is not None and target_names not in self._var.columns:
            hint = did_you_mean(target_names, map(str, self._var.columns))
            raise DataError(f"{self.path}: var has no column {target_names!r}{hint}; correct data.target_names")
        names = self._var.index if target_names is None else self._var[target_names]
        self._names = [text or "" for text in _texts(names)]
        self.columns = [str(name) for name in self._obs.columns] + self._names * wide
        self._in_matrix = set(self._names) - set(map(str, self._obs.columns)) if wide else set()

    @property
    def candidates(self) -> list[str]:
        """The columns that may be targets: ``var_names``, or the column of ``var`` that was named."""
        return self._names

    @property
    def n_rows(self) -> int:
        """The number of rows of ``obs``."""
        return len(self._obs)

    def layout(self, id_column: str) -> list[str]:
        """Return the id and the targets: what else is in ``obs`` belongs to the rows."""
        return [id_column, *self._names]

    def naming_hint(self, names: Sequence[str]) -> str:
        """Say which column of ``var`` has names that ``var_names`` has not, if there is one."""
        for column in self._var.columns:
            if set(names) & set(_texts(self._var[column])):
                return f" (column {column!r} of var in {self.path.name} has them: set data.target_names to it)"
        return ""

    def cells(self, names: Sequence[str]) -> dict[str, list[Any]]:
        """Read a few columns of ``obs`` as they are stored, of the matrix as numbers; see `Table.cells`."""
        wide = self.stored_numbers(names)
        # In one pass over the file, however many there are.
        found: dict[str, list[Any]] = dict(zip(wide, map(list, self.matrix(wide)[0].T), strict=True)) if wide else {}
        return {name: found[name] if name in found else _cells(self._obs[name]) for name in names}

    def cell_blocks(self, names: Sequence[str], size: int) -> Iterator[dict[str, list[Any]]]:
        """Read a few columns, some rows at a time; see `Table.cell_blocks`. All that is asked for is in memory."""
        whole = self.cells(names)
        for start in range(0, self.n_rows, size):
            yield {name: values[start : start + size] for name, values in whole.items()}

    def stored_numbers(self, names: Sequence[str]) -> list[str]:
        """Return the columns that are the matrix's; see `Table.stored_numbers`."""
        return [name for name in names if name in self._in_matrix]

    def number_blocks(self, names: Sequence[str], size: int) -> Iterator[dict[str, np.ndarray]]:
        """Read columns of the matrix as float32, some rows at a time; see `Table.number_blocks`.

        Raises:
            DataError: The file has no such layer.
        """
        if size >= self.n_rows:
            # All at once, and read piece by piece: the file may hold many more columns.
            values = self.matrix(names)[0]
            yield {name: values[:, place] for place, name in enumerate(names)}
            return
        chosen = self._positions(names)
        with np.errstate(over="ignore"):
            for block in self.blocks(size):
                values = block[:, chosen].astype(np.float32)
                yield {name: values[:, place] for place, name in enumerate(names)}

    def fill(self, names: Sequence[str], out: Floats) -> list[TextCell]:
        """Read number columns into a matrix; see `Table.fill`. A matrix in an .h5ad file never holds text.

        Raises:
            DataError: The file has no such layer.
        """
        chosen = self._positions(names)
        start = 0
        with np.errstate(over="ignore"):
            for block in self.blocks():
                out[start : start + len(block)] = block[:, chosen]
                start += len(block)
        return []

    def _positions(self, names: Sequence[str]) -> Ints:
        position = {name: index for index, name in enumerate(self._names)}
        return np.array([position[name] for name in names], dtype=np.intp)

    def blocks(self, size: int = _BLOCK_ROWS) -> Iterator[np.ndarray]:
        """Yield the matrix in blocks of rows, dense, in the file's own type; all `candidates` are its columns.

        Raises:
            DataError: The file has no such layer.
        """
        with self._open() as (file, read_elem):
            stored = self._stored(file)
            # A dense matrix is an HDF5 dataset, a sparse one a group of three, whose rows can be read from the file
            # one after the other only where they were written so.
            if hasattr(stored, "shape"):
                source = stored
            elif stored.attrs.get("encoding-type") == "csr_matrix":
                from anndata.io import sparse_dataset

                source = sparse_dataset(stored)
            else:
                source = read_elem(stored).tocsr()
            shape = len(self._obs), len(self._names)
            if tuple(source.shape) != shape:
                raise DataError(
                    f"{self.path}: {self._layer or 'X'} has the shape {tuple(source.shape)}, but obs has {shape[0]} "
                    f"rows and var has {shape[1]}; write the file again"
                )
            for start in range(0, self.n_rows, size):
                block = source[start : start + size]
                yield block.toarray() if hasattr(block, "toarray") else block

    def _stored(self, file: Any) -> Any:
        place = "X" if self._layer is None else f"layers/{self._layer}"
        if place in file:
            return file[place]
        layers = list(file["layers"]) if "layers" in file else []
        asked = "X" if self._layer is None else f"layer {self._layer!r}"
        hint = did_you_mean(self._layer or "", layers) or "; it has no layers"
        raise DataError(f"{self.path} has no {asked}{hint}; set data.layer to where the targets are")

    @contextmanager
    def _open(self) -> Iterator[tuple[Any, Any]]:
        try:
            import h5py
            from anndata.io import read_elem
        except ImportError:
            raise MissingDependencyError(
                f"reading {self.path.name} needs anndata: pip install 'perturbation-kit[h5ad]'"
            ) from None

        def read_quietly(element: Any) -> Any:
            # Not about the whole block: who reads a file piece by piece wants other warnings in between.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # that a file is of an older layout does not matter
                return read_elem(element)

        try:
            with h5py.File(self._source.file(), "r") as file:
                yield file, read_quietly
        except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
            if isinstance(error, DataError):
                raise
            reason = " ".join(str(error).split())[:200]
            raise DataError(f"{self.path} is damaged or no AnnData file ({reason}); write it again") from None


def _as_frame(part: str, read: Any, file: Any) -> pd.DataFrame:
    """Return ``obs`` or ``var`` as a data frame, also where anndata before 0.7 wrote it: as an array of records."""
    if isinstance(read, pd.DataFrame):
        return read
    named = {name: read[name] for name in read.dtype.names} if isinstance(read, np.ndarray) else dict(read)
    index = next((name for name in ("index", "_index") if name in named), None)
    uns = file.get("uns", {})
    columns: dict[str, Any] = {}
    for name, values in named.items():
        # Categories were kept apart, and numbers stood in their places.
        categories = f"{name}_categories"
        known = _decoded(uns[categories][()]) if categories in uns else None
        columns[name] = _decoded(values) if known is None else pd.Categorical.from_codes(values, known)
    if len({len(values) for values in columns.values()}) > 1:
        raise ValueError(f"the columns of {part} have different lengths")
    frame = pd.DataFrame(columns)
    return frame if index is None else frame.set_index(index)


def _decoded(values: Any) -> Any:
    is_bytes = isinstance(values, np.ndarray) and values.dtype.kind in "SO"
    return [one.decode() if isinstance(one, bytes) else one for one in values] if is_bytes else values


def _cells(values: pd.Series | pd.Index) -> list[Any]:
    """Return a column's values, a float32 as one, categories as what they stand for."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        categories = list(values.dtype.categories.to_numpy())
        return [None if code < 0 else categories[code] for code in pd.Categorical(values).codes]
    return list(values.to_numpy())


def _texts(values: pd.Series | pd.Index) -> list[str | None]:
    return canonical_texts(_cells(values))
