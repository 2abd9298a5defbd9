"""Scores and floors by their formulas, in plain NumPy and SciPy."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from kit.models import Additive


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
    """The controls of the openproblems benchmark, one new row at a time, the additive one apart."""
    Y = Y.astype(float)
    cells, compounds = rows["cell_type"].to_numpy(), rows["sm_name"].to_numpy()
    mean = Y.mean(axis=0)
    of_cell = {cell: Y[cells == cell].mean(axis=0) for cell in set(cells)}
    found: dict[str, list[np.ndarray]] = {name: [] for name in ("zeros", "mean", "per cell_type", "per sm_name")}
    for cell, compound in zip(new["cell_type"], new["sm_name"], strict=True):
        mine = compounds == compound
        found["zeros"].append(0 * mean)
        found["mean"].append(mean)
        found["per cell_type"].append(of_cell.get(cell, mean))
        found["per sm_name"].append(Y[mine].mean(axis=0) if mine.any() else mean)
    predicted = {name: np.array(values) for name, values in found.items()}
    return predicted | {"additive": additive(rows, Y, new)}


def additive(rows: pd.DataFrame, Y: np.ndarray, new: pd.DataFrame) -> np.ndarray:
    """A mean and penalised effects of both columns, by their equations; the penalties are the model's own."""
    columns = ["cell_type", "sm_name"]
    levels = [np.unique(rows[column]) for column in columns]
    codes = [np.searchsorted(values, rows[column]) for values, column in zip(levels, columns, strict=True)]
    penalties = Additive().fit(np.stack(codes, axis=1), Y).penalties_

    def design(frame: pd.DataFrame) -> np.ndarray:
        blocks = [frame[[column]].to_numpy() == values for values, column in zip(levels, columns, strict=True)]
        return np.hstack([np.ones((len(frame), 1)), *blocks]).astype(float)

    diagonal = [0.0, *(np.repeat(penalties, [len(values) for values in levels]))]
    D = design(rows)
    return design(new) @ np.linalg.solve(D.T @ D + np.diag(diagonal), D.T @ Y)
