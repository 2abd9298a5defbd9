"""Cells with planted effects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kit.data import open_table
from kit.data.tables.h5ad_tables import H5adTable

GENES = [f"g{number}" for number in range(12)]
UP, DOWN = 3, 7
"""Genes that compound `a` makes four times as many, and a quarter, in T cells."""


def draw(rng: np.random.Generator, n: int = 40) -> tuple[pd.DataFrame, np.ndarray]:
    """Draw cells of two types, a control and two compounds, three donors whose expression differs."""
    records = [
        {"cell_type": cell, "sm_name": compound, "donor": donor, "SMILES": f"C{compound}", "well": f"w{index % 3}"}
        for cell in ("T", "B")
        for compound in ("DMSO", "a", "b")
        for donor in ("1", "2", "3")
        for index in range(n)
    ]
    obs = pd.DataFrame(records, index=[str(number) for number in range(len(records))])
    by_donor = {donor: rng.uniform(40, 160, len(GENES)) for donor in ("1", "2", "3")}
    rate = np.array([by_donor[donor] for donor in obs["donor"]])
    treated = ((obs["cell_type"] == "T") & (obs["sm_name"] == "a")).to_numpy()
    rate[treated, UP] *= 4
    rate[treated, DOWN] /= 4
    return obs, rng.poisson(rate).astype(np.float32)


def written(path: Path, obs: pd.DataFrame, counts: Any, layer: str | None = None) -> H5adTable:
    matrix = counts if layer is None else np.zeros(counts.shape, np.float32)
    layers = {} if layer is None else {layer: counts}
    anndata = pytest.importorskip("anndata")
    anndata.AnnData(matrix, obs=obs, var=pd.DataFrame(index=GENES), layers=layers).write_h5ad(path)
    table = open_table(path, layer)
    assert isinstance(table, H5adTable)
    return table
