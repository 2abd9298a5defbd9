"""AnnData files: ``obs`` holds the keys and metadata, ``X`` or a layer the targets, ``var_names`` their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kit.arrays import Floats
from kit.data.tables.table import MISSING_TEXTS, Table, TextCell
from kit.errors import DataError, MissingDependencyError, did_you_mean

_BLOCK_ROWS = 256


class H5adTable(Table):
    """An .h5ad file; the matrix is read in blocks of rows, never whole.

    Args:
        path: The file.
        layer: The layer that holds the targets (default: ``X``).

    Raises:
        DataError: The file is damaged.
        MissingDependencyError: anndata is not installed.
    """

    def __init__(self, path: Path, layer: str | None = None) -> None:
        self.path = path
        self._layer = layer
        with self._open() as (file, read_elem):
            self._obs: pd.DataFrame = read_elem(file["obs"])
            self._names = [str(name) for name in read_elem(file["var"]).index]
        self.columns = [str(name) for name in self._obs.columns]

    @property
    def candidates(self) -> list[str]:
        """The columns that may be targets: ``var_names``."""
        return self._names

    @property
    def n_rows(self) -> int:
        """The number of rows of ``obs``."""
        return len(self._obs)

    def frame(self, text: Sequence[str], natural: Sequence[str] = ()) -> pd.DataFrame:
        """Read a few columns of ``obs``; see `Table.frame`."""
        columns: dict[str, list[Any] | pd.Series] = {}
        for name in text:
            values = self._obs[name].astype(object)
            strings = [None if pd.isna(value) else str(value) for value in values]
            columns[name] = pd.Series([None if s in MISSING_TEXTS else s for s in strings], dtype=object)
        for name in natural:
            values = self._obs[name].reset_index(drop=True)
            if not pd.api.types.is_numeric_dtype(values):  # categories and text alike
                values = pd.Series([None if pd.isna(value) else value for value in values], dtype=object)
            columns[name] = values
        return pd.DataFrame(columns, columns=[*text, *natural], index=pd.RangeIndex(len(self._obs)))

    def fill(self, names: Sequence[str], out: Floats) -> list[TextCell]:
        """Read number columns into a matrix; see `Table.fill`. A matrix in an .h5ad file never holds text.

        Raises:
            DataError: The file has no such layer.
        """
        position = {name: index for index, name in enumerate(self._names)}
        chosen = np.array([position[name] for name in names], dtype=np.intp)
        with self._open() as (file, read_elem), np.errstate(over="ignore"):
            stored = self._stored(file)
            # A dense matrix is an HDF5 dataset, a sparse one a group of three.
            source = stored if hasattr(stored, "shape") else read_elem(stored).tocsr()
            for start in range(0, self.n_rows, _BLOCK_ROWS):
                block = source[start : start + _BLOCK_ROWS]
                dense = block.toarray() if hasattr(block, "toarray") else block
                out[start : start + _BLOCK_ROWS] = dense[:, chosen]
        return []

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
        try:
            with h5py.File(self.path, "r") as file:
                yield file, read_elem
        except (OSError, KeyError) as error:
            reason = " ".join(str(error).split())[:200]
            raise DataError(f"{self.path} is damaged or no AnnData file ({reason}); write it again") from None
