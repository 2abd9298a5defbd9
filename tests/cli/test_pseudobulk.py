"""``kit data pseudobulk``."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.data import open_table
from kit.data.cells import pseudobulk
from tests.cli.conftest import Kit
from tests.data.cells.planted import GENES, draw, written

anndata = pytest.importorskip("anndata")


@pytest.fixture(scope="module")
def drawn() -> tuple[pd.DataFrame, np.ndarray]:
    return draw(np.random.default_rng(5))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--by", "cell_typ,sm_name"], "did you mean 'cell_type'"),
        (["--control", "sm_name=DMS"], "sm_name is 'DMS' nowhere; did you mean 'DMSO'"),
        (["--control", "DMSO"], "write COLUMN=VALUE"),
        (["--control", "donor=1"], "must be columns of --by"),
        (["--layer", "logs"], "--normalised"),
        (["--replicates", "batch"], "no column 'batch'"),
        (["--min-cells", "1000"], "no row can be made"),
        (["-o", "rows.xlsx"], r"\.parquet or \.csv"),
    ],
)
def test_what_cannot_be_is_refused(
    tmp_path: Path, drawn: tuple[pd.DataFrame, np.ndarray], kit: Kit, options: list[str], message: str
) -> None:
    obs, counts = drawn
    path = tmp_path / "cells.h5ad"
    layers = {"logs": np.log1p(counts)}
    anndata.AnnData(counts, obs=obs, var=pd.DataFrame(index=GENES), layers=layers).write_h5ad(path)
    given = {"--by": "cell_type,sm_name", "--control": "sm_name=DMSO", "-o": str(tmp_path / "rows.parquet")}
    given |= dict(zip(options[::2], options[1::2], strict=True))
    result = kit("data", "pseudobulk", str(path), *(text for pair in given.items() for text in pair))
    assert result.code == 2
    assert re.search(message, " ".join(result.err.split()))
    assert not (tmp_path / "rows.parquet").exists()


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_the_command_writes_a_training_table(
    tmp_path: Path, drawn: tuple[pd.DataFrame, np.ndarray], kit: Kit, suffix: str
) -> None:
    obs, counts = drawn
    table = written(tmp_path / "cells.h5ad", obs, counts)
    out = tmp_path / f"rows{suffix}"
    command = ["data", "pseudobulk", str(table.path), "--by", "cell_type,sm_name", "--control", "sm_name=DMSO"]
    result = kit(*command, "-o", str(out))
    assert result.code == 0, result.err
    assert "4 rows x 12 targets" in result.out
    made = pseudobulk(table, ["cell_type", "sm_name"], {"sm_name": "DMSO"})
    np.testing.assert_allclose(open_table(out).matrix(GENES)[0], made.Y, atol=1e-6)
    assert kit(*command, "-o", str(out)).code == 2  # is there already
