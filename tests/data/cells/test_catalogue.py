"""The cells of many files as one table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from kit.data.cells import write_catalogue
from kit.errors import InputError

anndata = pytest.importorskip("anndata")


def write(path: Path, values: np.ndarray, **obs: list[object]) -> Path:
    frame = pd.DataFrame(obs, index=[f"{path.stem}-{number}" for number in range(len(values))])
    var = pd.DataFrame(index=[f"g{number}" for number in range(values.shape[1])])
    anndata.AnnData(csr_matrix(values.astype(np.float32)), obs=frame, var=var).write_h5ad(path)
    return path


def test_every_cell_and_column_is_kept(tmp_path: Path) -> None:
    one = np.array([[0, 3, 1], [2, 0, 0]])
    other = np.array([[5, 5], [0, 0], [1, 0]])
    files = [
        write(tmp_path / "one.h5ad", one, donor=["d1", "d2"], age=[3.5, 4.0]),
        write(tmp_path / "other.h5ad", other, donor=["d1"] * 3, tissue=["lung", "lung", "skin"]),
    ]
    lines = write_catalogue(files, None, tmp_path / "cells.parquet")
    cells = pd.read_parquet(tmp_path / "cells.parquet")
    assert list(cells.columns) == ["file", "obs_names", "donor", "age", "tissue", "counts", "genes"]
    assert cells["counts"].tolist() == [4, 2, 10, 0, 1]
    assert cells["genes"].tolist() == [2, 1, 2, 0, 1]
    assert cells["age"].tolist() == ["3.5", "4", None, None, None]
    assert cells["tissue"].tolist() == [None, None, "lung", "lung", "skin"]
    assert cells["file"].tolist() == [str(files[0])] * 2 + [str(files[1])] * 3
    assert lines["cells"].tolist() == [2, 3]
    assert lines["counts median"].tolist() == [3, 1]
    assert lines["genes 95%"].tolist() == [np.quantile([2, 1], 0.95), np.quantile([2, 0, 1], 0.95)]


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path / "one.h5ad", np.eye(2), donor=["a", "b"])
    named = write(tmp_path / "named.h5ad", np.eye(2), counts=[1, 2])
    for files, out, message in (
        ([file], "cells.csv", r"must end in \.parquet"),
        ([file, file], "cells.parquet", "is given twice"),
        ([named], "cells.parquet", "obs has a column 'counts' of its own"),
        ([file], "one.h5ad.parquet", "is there already"),
    ):
        (tmp_path / "one.h5ad.parquet").touch()
        with pytest.raises(InputError, match=message):
            write_catalogue(files, None, tmp_path / out)
