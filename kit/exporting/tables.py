"""Predictions of a run as tables of the field: long, AnnData, and what cell-eval reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from kit.arrays import Floats
from kit.data import Competition
from kit.errors import InputError, MissingDependencyError
from kit.files import new_file, write_json
from kit.gaps import has_gaps
from kit.large import room, row_blocks, stacked, take_rows

CONTROL = "non-targeting"
"""What cell-eval takes for the control's name where nothing else is said."""

_HIGHEST = 14.9
"""cell-eval takes values from 0 to below 15 alone, as logarithms of expression are."""

_ROWS = 64


def write_long(rows: pd.DataFrame, values: Floats, targets: tuple[str, ...], path: Path) -> None:
    """Write a parquet file with one line a row and target: the row's columns, ``target``, ``value``.

    Args:
        rows: (n_rows, …) id, keys and metadata.
        values: (n_rows, n_targets).
        targets: The targets' names.
        path: The file.
    """
    names = pa.array(list(targets), pa.string())
    index = np.arange(len(targets), dtype=np.int32)
    with new_file(path) as temporary:
        writer: pq.ParquetWriter | None = None
        for start in range(0, len(rows), _ROWS):
            part, block = rows.iloc[start : start + _ROWS], np.asarray(values[start : start + _ROWS], dtype=np.float32)
            repeated = {
                name: pa.array(part[name].astype(str).repeat(len(targets)), pa.string()) for name in part.columns
            }
            target = pa.DictionaryArray.from_arrays(pa.array(np.tile(index, len(part))), names)
            table = pa.table(repeated | {"target": target, "value": pa.array(block.ravel())})
            writer = writer or pq.ParquetWriter(temporary, table.schema)
            writer.write_table(table)
        if writer is not None:
            writer.close()


def write_anndata(rows: pd.DataFrame, values: Floats, targets: tuple[str, ...], path: Path) -> None:
    """Write an .h5ad file: ``obs`` the rows' columns, ``var`` the targets, a layer ``predictions``."""
    _write(path, rows, targets, layers={"predictions": np.asarray(values, dtype=np.float32)})


def write_cell_eval(
    tables: Competition, positions: np.ndarray, predictions: Floats, perturbation: str, folder: Path
) -> None:
    """Write ``predicted.h5ad`` and ``real.h5ad`` of validated rows as cell-eval reads them.

    Rows are differences to a control, so each context gets a control row of zeros, in both files. cell-eval refuses
    negative values: what it reads is ``shift + scale × difference`` (the same two numbers for every row of both files,
    and the control too; kept in ``scale.json``). Everything that it compares with the control is the same as of the
    differences, errors (MAE, MSE) are in units of the scale, which is 1 where the differences' range allows. The layer
    ``difference`` holds them as they are.

    Args:
        tables: The competition's tables.
        positions: (n_rows,) positions of the validated rows in the training table.
        predictions: (n_rows, n_targets) their out-of-fold predictions.
        perturbation: The column of what was done to the cells.
        folder: Where to.

    Raises:
        InputError: A perturbation is called as the control is, or a target of these rows was not measured.
    """
    rows = tables.rows.iloc[positions].reset_index(drop=True)
    group = tables.config.columns.group
    if (rows[perturbation] == CONTROL).any():
        raise InputError(f"a {perturbation} is called {CONTROL!r}, which is the name of the control row; rename it")
    real = take_rows(tables.Y, positions)
    if has_gaps(real):
        raise InputError("some targets of the validated rows were not measured, and cell-eval takes no gaps")
    contexts = ["all"] if group is None else sorted(rows[group].astype(str).unique())
    obs = pd.DataFrame(
        {
            "target_gene": [*rows[perturbation].astype(str), *[CONTROL] * len(contexts)],
            "context": [*(rows[group].astype(str) if group else ["all"] * len(rows)), *contexts],
        }
    )
    both = {"predicted": predictions, "real": real}
    ends = [(float(values.min()), float(values.max())) for values in both.values()]
    lowest = min(0.0, *(low for low, _ in ends))
    span = max(high for _, high in ends) - lowest
    scale = 1.0 if span <= _HIGHEST else _HIGHEST / span
    for name, values in both.items():
        # The controls' rows, below the others, are zeros.
        difference = stacked([values, np.zeros((len(contexts), values.shape[1]), dtype=np.float32)], len(obs))
        read = room(difference.shape)
        for block in row_blocks(difference):
            read[block] = (difference[block] - lowest) * scale
        _write(folder / f"{name}.h5ad", obs, tables.targets, X=read, layers={"difference": difference})
    write_json(folder / "scale.json", {"shift": -lowest * scale, "scale": scale})


def _write(path: Path, rows: pd.DataFrame, targets: tuple[str, ...], **content: Any) -> None:
    try:
        import anndata
    except ImportError:
        raise MissingDependencyError("writing .h5ad needs anndata: pip install 'perturbation-kit[h5ad]'") from None
    obs = rows.astype(str).set_index(pd.Index([str(number) for number in range(len(rows))]))
    made = anndata.AnnData(obs=obs, var=pd.DataFrame(index=list(targets)), **content)
    with new_file(path) as temporary:
        made.write_h5ad(temporary)
