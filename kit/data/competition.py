"""A competition in memory: rows, targets, the pairs to predict, the layout of a submission."""

from __future__ import annotations

import hashlib
import json
import mmap
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Floats, Ints
from kit.config.schema import ColumnsConfig, CompetitionConfig
from kit.gaps import has_gaps


@dataclass(frozen=True, eq=False)
class Competition:
    """The tables of a competition, checked against each other.

    Pickling is cheap: the memory-maps travel as paths and are opened again on the other side, which must see the same
    cache directory.

    Attributes:
        config: What the columns mean, the metric, the folds.
        root: The folder of the tables.
        rows: The training rows' keys (strings; none where a row's number is its key) and metadata; RangeIndex, row i
            belongs to ``Y[i]``.
        Y: The targets, float32 (n_rows, n_targets), a read-only memory-map; every value is finite, or NaN where it was
            not measured and ``columns.missing_targets`` allows that. Every row and every target has a measured value.
            Where labels are learnt, 1 in the column of a row's class and 0 elsewhere.
        targets: The target columns' names, or the classes', in the order of the columns of ``Y``.
        test: The rows to predict: id and keys (strings), and the metadata columns that the test table has or that are
            constant for every compound (None or NaN where unknown). No rows where there is no test table.
        sample_columns: The columns of a submission in order, the id among them.
        sample_ids: The ids of a submission in order, as `kit.values` reads them.
        n_replicates: With ``columns.replicate`` the number of measurements of each row's keys, (n_rows,).
        replicate_ceiling: With ``columns.replicate`` what replicates say of each row, like ``Y``; see
            `kit.data.replicates`.
        noise_free: For simulated data the targets without noise, like ``Y``; else None.
        hashes: The SHA-256 of every file that was read, by its name in the configuration.
        fingerprint: One SHA-256 over the files and what their columns mean.
        warnings: What is odd about the tables and no error.
        unlabelled: More rows without targets: the keys (strings) and metadata that their table has; None without one.
        written_ids: The ids as the sample writes them, for the submission.
    """

    config: CompetitionConfig
    root: Path
    rows: pd.DataFrame
    Y: Floats
    targets: tuple[str, ...]
    test: pd.DataFrame
    sample_columns: tuple[str, ...]
    sample_ids: tuple[str, ...]
    noise_free: Floats | None
    hashes: dict[str, str]
    fingerprint: str
    warnings: tuple[str, ...] = ()
    n_replicates: Ints | None = None
    replicate_ceiling: Floats | None = None
    written_ids: tuple[str, ...] = ()
    unlabelled: pd.DataFrame | None = None

    @property
    def hands_in(self) -> bool:
        """Whether there are rows to predict, and their predictions make a submission."""
        return self.config.problem.hands_in and len(self.test) > 0

    @property
    def n_targets(self) -> int:
        """The number of target columns."""
        return len(self.targets)

    @property
    def n_rows(self) -> int:
        """The number of training rows."""
        return len(self.rows)

    @property
    def without_targets(self) -> dict[str, pd.DataFrame | None]:
        """The tables of rows without targets, by the parameters with which plug-ins ask to be supplied with them."""
        return {"test_rows": self.test, "unlabelled_rows": self.unlabelled}

    @property
    def has_gaps(self) -> bool:
        """Whether some target of some row was not measured."""
        return self.config.columns.missing_targets == "allow" and has_gaps(self.Y)

    @property
    def weights(self) -> Doubles | None:
        """(n_rows,) float64 what each row counts, with the mean 1; None without ``columns.weight``."""
        if self.config.columns.weight is None:
            return None
        weights: Doubles = self.rows[self.config.columns.weight].to_numpy(dtype=np.float64)
        return np.asarray(weights / weights.mean())

    def arrays_in_memory(self) -> dict[str, np.ndarray]:
        """Return the arrays that are memory-maps, by the attribute's name, copied: for machines that see no cache."""
        maps = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: np.array(value) for name, value in maps.items() if isinstance(value, np.memmap)}

    def forget_pages(self) -> None:
        """Take the pages of memory-maps that were read out of this process's memory; they are read again when needed.

        Where the system has no such call nothing is done.
        """
        for field in fields(self):
            value = getattr(self, field.name)
            # Of a map that may be written to, changes would be lost.
            read_only = isinstance(value, np.memmap) and value.mode == "r"
            if read_only and isinstance(value.base, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
                value.base.madvise(mmap.MADV_DONTNEED)

    def __getstate__(self) -> dict[str, Any]:
        return {field.name: _by_path(getattr(self, field.name)) for field in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value.open() if isinstance(value, _ArrayFile) else value)


@dataclass(frozen=True)
class _ArrayFile:
    """Stands for a memory-map in a pickle, which would otherwise hold a copy of the array."""

    path: str

    def open(self) -> np.memmap:
        mapped: np.memmap = np.load(self.path, mmap_mode="r", allow_pickle=False)
        return mapped


def _by_path(value: Any) -> Any:
    # A slice of a memory-map names the whole file too; only the whole map may be replaced by its path.
    if isinstance(value, np.memmap) and value.filename is not None and not isinstance(value.base, np.memmap):
        return _ArrayFile(str(value.filename))
    return value


def fingerprint_of(config: CompetitionConfig, hashes: dict[str, str]) -> str:
    """Return one SHA-256 over the content of the tables and what their columns mean.

    Args:
        config: The competition; only ``columns``, ``data.layer`` and ``data.target_names`` count.
        hashes: The files' SHA-256 by their part (train, test, …), so that renaming a file changes nothing.
    """
    columns = config.columns.model_dump(mode="json")
    for name in ("sets", "replicate", "average_replicates", "missing_targets", "weight", "label"):
        if columns[name] == ColumnsConfig.model_fields[name].get_default(call_default_factory=True):
            del columns[name]  # what says nothing of it is what it was before it could be said
    described: dict[str, Any] = {
        "columns": columns,
        "layer": config.data.layer,
        "files": hashes,
    }
    if config.data.target_names is not None:
        described["target_names"] = config.data.target_names
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()
