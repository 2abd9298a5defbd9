"""What every script of a peer reads and writes, and the features that a careful user would build.

python NAME.py DATA FOLDS OUT SECONDS: the folder of the tables, the file of the folds, the folder of the predictions,
and the CPU seconds that the script may take.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

DATA, FOLDS, OUT = (Path(text) for text in sys.argv[1:4])
SECONDS = float(sys.argv[4])
KEYS = ["cell_type", "sm_name"]
NO_TARGETS = [*KEYS, "sm_lincs_id", "SMILES", "control"]


def tasks() -> Iterator[tuple[str, pd.DataFrame, np.ndarray, pd.DataFrame]]:
    """Yield a name, keys and targets of the known rows, keys of those to predict: each fold, then the test."""
    table = pd.read_parquet(DATA / "de_train.parquet")
    keys, Y = table[KEYS], table.drop(columns=NO_TARGETS).to_numpy(np.float32)
    for name, rows in json.loads(FOLDS.read_text()).items():
        yield name, keys.iloc[rows["train"]], Y[rows["train"]], keys.iloc[rows["validation"]]
    yield "test", keys, Y, pd.read_csv(DATA / "id_map.csv")[KEYS]


def features(
    known: pd.DataFrame, Z: np.ndarray, asked: pd.DataFrame, products: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return the features of the known rows and of those asked for: cell type, and the compound's mean elsewhere.

    Args:
        known: (n_known, 2) keys.
        Z: (n_known, n_components) what is averaged over the compound's other rows: a row never sees itself.
        asked: (n_asked, 2) keys.
        products: Whether linear models get the mean times each cell type besides.
    """
    rows = pd.concat([known, asked], ignore_index=True)
    cells = pd.get_dummies(rows["cell_type"], dtype=float).to_numpy()
    same = rows["sm_name"].to_numpy()[:, None] == known["sm_name"].to_numpy()
    np.fill_diagonal(same, False)
    profiles = same @ Z / same.sum(axis=1, keepdims=True).clip(1)
    parts = [cells, profiles]
    if products:
        parts += [profiles * of_one[:, None] for of_one in cells.T]
    X = np.hstack(parts)
    return X[: len(known)], X[len(known) :]


def save(name: str, predictions: np.ndarray) -> None:
    """Write the predictions of a task, (n_asked, n_targets)."""
    np.save(OUT / f"{name}.npy", predictions.astype(np.float32))
