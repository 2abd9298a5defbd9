"""Rows made of cells: planted effects are found, against scipy and a plain loop; what has no control is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

from kit.data.cells import Pseudobulk, pseudobulk
from kit.data.tables.h5ad_tables import H5adTable
from tests.data.cells.planted import DOWN, GENES, UP, draw, written

pytest.importorskip("anndata")


@pytest.fixture(scope="module")
def drawn() -> tuple[pd.DataFrame, np.ndarray]:
    return draw(np.random.default_rng(5))


def make(table: H5adTable, **options: Any) -> Pseudobulk:
    return pseudobulk(table, ["cell_type", "sm_name"], {"sm_name": "DMSO"}, **options)


def logs(counts: np.ndarray) -> np.ndarray:
    counts = counts.astype(np.float64)
    return np.log1p(counts / counts.sum(axis=1, keepdims=True) * 10_000)


@pytest.mark.parametrize("stored", [np.asarray, sparse.csr_matrix, sparse.csc_matrix], ids=["dense", "csr", "csc"])
def test_planted_changes_are_found(tmp_path: Path, drawn: tuple[pd.DataFrame, np.ndarray], stored: Any) -> None:
    obs, counts = drawn
    made = make(written(tmp_path / "cells.h5ad", obs, stored(counts)), replicates="donor")
    assert made.rows[["cell_type", "sm_name"]].to_numpy().tolist() == [["B", "a"], ["B", "b"], ["T", "a"], ["T", "b"]]
    assert made.rows["n_cells"].tolist() == [120] * 4
    # A structure belongs to a row; a donor and a well do not.
    assert list(made.rows) == ["cell_type", "sm_name", "SMILES", "n_cells"]
    others = np.delete(np.arange(len(GENES)), [UP, DOWN])
    # All of a cell's genes are scaled to one total, so what one gene gains the others lose.
    special = made.Y[2] - made.Y[2, others].mean()
    assert special[UP] == pytest.approx(np.log(4), abs=0.1)
    assert special[DOWN] == pytest.approx(-np.log(4), abs=0.1)
    assert np.abs(special[others]).max() < 0.1
    assert np.abs(made.Y[[0, 1, 3]]).max() < 0.1
    assert not made.left_out


def test_changes_and_p_values_are_those_of_a_plain_loop(tmp_path: Path, drawn: tuple[pd.DataFrame, np.ndarray]) -> None:
    obs, counts = drawn
    table = written(tmp_path / "cells.h5ad", obs, counts, layer="counts")
    values = logs(counts)
    over_cells, over_donors = make(table, value="signed-p"), make(table, value="signed-p", replicates="donor")
    changes = make(table)
    for index, row in changes.rows.iterrows():
        same = (obs["cell_type"] == row["cell_type"]).to_numpy()
        treated = values[same & (obs["sm_name"] == row["sm_name"]).to_numpy()]
        control = values[same & (obs["sm_name"] == "DMSO").to_numpy()]
        change = treated.mean(axis=0) - control.mean(axis=0)
        welch = stats.ttest_ind(treated, control, equal_var=False).pvalue
        np.testing.assert_allclose(changes.Y[index], change, atol=1e-5)
        np.testing.assert_allclose(over_cells.Y[index], -np.sign(change) * np.log10(welch), rtol=1e-3, atol=1e-5)
        by_donor = [
            values[same & (obs["sm_name"] == compound).to_numpy() & (obs["donor"] == donor).to_numpy()].mean(axis=0)
            for compound in (row["sm_name"], "DMSO")
            for donor in ("1", "2", "3")
        ]
        paired = stats.ttest_rel(by_donor[:3], by_donor[3:])
        expected = -np.sign(paired.statistic) * np.log10(paired.pvalue)
        np.testing.assert_allclose(over_donors.Y[index], expected, rtol=1e-3, atol=1e-5)


def test_differences_are_taken_within_a_donor(tmp_path: Path, drawn: tuple[pd.DataFrame, np.ndarray]) -> None:
    """Where a compound was given to one donor alone, donors' differences are no effect of the compound."""
    obs, counts = drawn
    kept = ~((obs["sm_name"] == "b") & (obs["donor"] != "1")).to_numpy()
    table = written(tmp_path / "cells.h5ad", obs[kept], counts[kept])
    within, between = make(table, replicates="donor"), make(table)
    assert np.abs(within.Y[3]).max() < 0.1
    assert np.abs(between.Y[3]).max() > 0.3


def test_logarithms_are_taken_as_they_are(tmp_path: Path, drawn: tuple[pd.DataFrame, np.ndarray]) -> None:
    obs, counts = drawn
    from_logs = make(written(tmp_path / "logs.h5ad", obs, logs(counts)), normalised=True)
    np.testing.assert_allclose(from_logs.Y, make(written(tmp_path / "counts.h5ad", obs, counts)).Y, atol=1e-5)


def test_rows_without_enough_cells_or_controls_are_left_out_and_named(
    tmp_path: Path, drawn: tuple[pd.DataFrame, np.ndarray]
) -> None:
    obs, counts = drawn
    no_control = ((obs["cell_type"] == "B") & (obs["sm_name"] == "DMSO")).to_numpy()
    few = ((obs["cell_type"] == "T") & (obs["sm_name"] == "b")).to_numpy()
    kept = ~no_control & ~(few & (np.cumsum(few) > 6))
    made = make(written(tmp_path / "cells.h5ad", obs[kept], counts[kept]))
    assert made.rows["sm_name"].tolist() == ["a"]
    assert made.left_out == (
        "B, a: fewer than 10 control cells beside them",
        "B, b: fewer than 10 control cells beside them",
        "T, b: fewer than 10 cells",
    )
