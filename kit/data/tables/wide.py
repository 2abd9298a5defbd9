"""Key columns and a matrix of values as one wide table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO, Any

import pandas as pd
import pyarrow as pa

from kit.arrays import Floats


def wide_table(rows: pd.DataFrame, values: Floats, names: Sequence[str]) -> pa.Table:
    """Return key columns and one float32 column a target as a table of Arrow's, which is quick where pandas is not."""
    by_target = values.T.copy()
    columns = [*(pa.array(rows[name]) for name in rows.columns), *map(pa.array, by_target)]
    return pa.table(columns, [*map(str, rows.columns), *names])


def write_zeros(ids: Iterable[Any], names: Sequence[str], file: IO[bytes]) -> None:
    """Write a sample submission as CSV: ``id`` and a zero for every target."""
    file.write((",".join(["id", *names]) + "\n").encode())
    zeros = ",0.0" * len(names) + "\n"
    for row in ids:
        file.write(f"{row}{zeros}".encode())
