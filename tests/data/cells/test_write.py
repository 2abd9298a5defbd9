from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.data import open_table
from kit.data.cells import write_rows
from kit.errors import InputError

ROWS = pd.DataFrame({"cell": ["T", "B"], "n_cells": [12, 30]})
VALUES = np.array([[0.25, -1e-7], [3.0, 0.1]], dtype=np.float32)


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_a_written_table_is_read_again(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / "new" / f"rows{suffix}"
    write_rows(ROWS, VALUES, ("g,1", "g2"), path)
    table = open_table(path)
    assert table.columns == ["cell", "n_cells", "g,1", "g2"]
    assert table.frame(["cell", "n_cells"]).to_numpy().tolist() == [["T", "12"], ["B", "30"]]
    np.testing.assert_array_equal(table.matrix(["g,1", "g2"])[0], VALUES)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("mine")
    with pytest.raises(InputError, match="is there already"):
        write_rows(ROWS, VALUES, ("a", "b"), path)
    with pytest.raises(InputError, match="must end in"):
        write_rows(ROWS, VALUES, ("a", "b"), tmp_path / "rows.h5ad")
    assert path.read_text() == "mine"
