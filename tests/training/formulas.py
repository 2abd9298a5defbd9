"""Scores and floors by their formulas, in plain NumPy and SciPy."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats


def row_rmse(Y: np.ndarray, P: np.ndarray) -> np.ndarray:
    return np.sqrt(((Y.astype(float) - P.astype(float)) ** 2).mean(axis=1))


def row_pearson(Y: np.ndarray, P: np.ndarray) -> np.ndarray:
    return np.array([stats.pearsonr(y, p).statistic for y, p in zip(Y.astype(float), P.astype(float), strict=True)])


def row_spearman(Y: np.ndarray, P: np.ndarray) -> np.ndarray:
    return np.array([stats.spearmanr(y, p).statistic for y, p in zip(Y.astype(float), P.astype(float), strict=True)])


def row_cosine(Y: np.ndarray, P: np.ndarray) -> np.ndarray:
    y, p = Y.astype(float), P.astype(float)
    return (y * p).sum(axis=1) / np.linalg.norm(y, axis=1) / np.linalg.norm(p, axis=1)


def floor_predictions(rows: pd.DataFrame, Y: np.ndarray, new: pd.DataFrame) -> dict[str, np.ndarray]:
    """The controls of the openproblems benchmark, one new row at a time; the additive one shrinks by one row."""
    Y = Y.astype(float)
    cells, compounds = rows["cell_type"].to_numpy(), rows["sm_name"].to_numpy()
    mean = Y.mean(axis=0)
    of_cell = {cell: Y[cells == cell].mean(axis=0) for cell in set(cells)}
    rest = Y - np.array([of_cell[cell] for cell in cells])
    found: dict[str, list[np.ndarray]] = {
        name: [] for name in ("zeros", "mean", "per cell_type", "per sm_name", "additive")
    }
    for cell, compound in zip(new["cell_type"], new["sm_name"], strict=True):
        mine = compounds == compound
        found["zeros"].append(0 * mean)
        found["mean"].append(mean)
        found["per cell_type"].append(of_cell.get(cell, mean))
        found["per sm_name"].append(Y[mine].mean(axis=0) if mine.any() else mean)
        found["additive"].append(of_cell.get(cell, mean) + rest[mine].sum(axis=0) / (mine.sum() + 1))
    return {name: np.array(values) for name, values in found.items()}
