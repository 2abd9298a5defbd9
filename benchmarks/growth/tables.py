"""A simulated screen of any size, written block by block: a compound acts through a few numbers, noise lies on top."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from kit.arrays import Ints
from kit.data.tables.wide import wide_table

N_CONTEXTS = 8
RANK = 12
"""Numbers through which a compound acts."""
PREDICTED = 16
"""One pair in so many is a row to predict."""
NOISE_SD = 1.0
BLOCK_ROWS = 4096


def write_tables(n_rows: int, n_targets: int, folder: Path, seed: int = 0) -> None:
    """Draw a screen and write train.parquet, of `BLOCK_ROWS` rows a row group, and test.csv.

    The response of a context to a compound is the context's mean and the compound's `RANK` numbers times loadings, half
    of which all contexts share; signal and noise have about the same variance. One block is in memory at a time.

    Args:
        n_rows: Training rows.
        n_targets: Targets.
        folder: An existing folder.
        seed: Of what is drawn.
    """
    rng = np.random.default_rng(seed)
    train, test = _pairs(n_rows, rng)
    effects = rng.standard_normal((-(-(len(train) + len(test)) // N_CONTEXTS), RANK), dtype=np.float32)
    shared = rng.standard_normal((1, RANK, n_targets), dtype=np.float32)
    loadings = shared + rng.standard_normal((N_CONTEXTS, RANK, n_targets), dtype=np.float32)
    loadings *= np.float32(1 / np.sqrt(2 * RANK))
    means = rng.standard_normal((N_CONTEXTS, n_targets), dtype=np.float32) / 2
    names = [f"G{number:05d}" for number in range(1, n_targets + 1)]
    writer: parquet.ParquetWriter | None = None
    for start in range(0, n_rows, BLOCK_ROWS):
        compound, context = np.divmod(train[start : start + BLOCK_ROWS], N_CONTEXTS)
        values = NOISE_SD * rng.standard_normal((len(compound), n_targets), dtype=np.float32)
        for number in range(N_CONTEXTS):
            of_context = context == number
            values[of_context] += effects[compound[of_context]] @ loadings[number] + means[number]
        table = wide_table(_keys(compound, context), values, names)
        writer = writer or _writer(folder / "train.parquet", table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()
    rows = _keys(*np.divmod(test, N_CONTEXTS))
    rows.insert(0, "id", np.arange(len(rows)))
    rows.to_csv(folder / "test.csv", index=False, lineterminator="\n")


def _pairs(n_rows: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Return the training pairs and those to predict, each as compound × `N_CONTEXTS` + context."""
    n_test = max(1, n_rows // (PREDICTED - 1))
    drawn = rng.permutation(n_rows + n_test)
    return np.sort(drawn[n_test:]), np.sort(drawn[:n_test])


def _keys(compound: Ints, context: Ints) -> pd.DataFrame:
    return pd.DataFrame({"context": [f"context {i}" for i in context], "compound": [f"compound {i}" for i in compound]})


def _writer(path: Path, schema: pa.Schema) -> parquet.ParquetWriter:
    """Open a file without what costs time and saves nothing on noise."""
    return parquet.ParquetWriter(path, schema, use_dictionary=False, write_statistics=False, compression="none")
