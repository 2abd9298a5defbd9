"""A competition of eight training rows and four genes, small enough to damage in every way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kit.config.schema import ColumnsConfig, CompetitionConfig, DataConfig, FoldsConfig, SimulateConfig

GENES = ["A1BG", "HLA", "HLA.1", "ZYX"]
SMILES = {"aspirin": "CC(=O)Oc1ccccc1C(=O)O", "ethanol": "CCO", "benzene": "c1ccccc1", "urea": "NC(N)=O"}


def train_table() -> pd.DataFrame:
    rng = np.random.default_rng(7)
    pairs = [(cell, name) for cell in ("T cells", "NK cells") for name in SMILES]
    frame = pd.DataFrame(pairs, columns=["cell_type", "sm_name"])
    frame["SMILES"] = frame["sm_name"].map(SMILES)
    frame["control"] = frame["sm_name"] == "ethanol"
    frame["dose"] = np.arange(8) / 4
    values = rng.normal(size=(8, len(GENES)))
    return pd.concat([frame, pd.DataFrame(values, columns=GENES)], axis=1)


def pairs_table() -> pd.DataFrame:
    return pd.DataFrame(
        {"id": [0, 1, 2], "cell_type": ["B cells"] * 3, "sm_name": ["aspirin", "ethanol", "urea"]},
    )


def sample_table() -> pd.DataFrame:
    return pd.DataFrame({"id": [0, 1, 2], **dict.fromkeys(GENES, 0.0)})


def write_tables(
    folder: Path,
    train: pd.DataFrame | None = None,
    test: pd.DataFrame | None = None,
    sample: pd.DataFrame | None = None,
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (train_table() if train is None else train).to_parquet(folder / "train.parquet")
    (pairs_table() if test is None else test).to_csv(folder / "test.csv", index=False)
    (sample_table() if sample is None else sample).to_csv(folder / "sample.csv", index=False)


def small_config(
    data: dict[str, Any] | None = None, columns: dict[str, Any] | None = None, simulate: SimulateConfig | None = None
) -> CompetitionConfig:
    files = {"train": "train.parquet", "test": "test.csv", "sample_submission": "sample.csv", **(data or {})}
    meaning = {
        "keys": ["cell_type", "sm_name"],
        "group": "cell_type",
        "compound": "sm_name",
        "smiles": "SMILES",
        "metadata": ["control", "dose"],
        **(columns or {}),
    }
    return CompetitionConfig(
        competition="small",
        data=DataConfig(simulate=simulate, **files),
        columns=ColumnsConfig(**meaning),
        folds=FoldsConfig(kind="any"),
    )
