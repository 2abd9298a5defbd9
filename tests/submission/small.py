"""A competition in memory, as small as a submission allows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from kit.config.schema import ColumnsConfig, CompetitionConfig, DataConfig, FoldsConfig
from kit.data import Competition

GENES = ("A1BG", "HLA.1", "ZYX")
IDS = ("0", "1", "2", "3")
PREDICTIONS = np.array([[0.1, -2.5, 1e-7], [3.0, 0.3, 1.1], [-0.7, 0.0, 2.2], [0.2, 1.3, -1.4]], dtype=np.float32)
PREDICTIONS.flags.writeable = False


def small_competition(
    targets: tuple[str, ...] = GENES, ids: tuple[str, ...] = IDS, sample_columns: tuple[str, ...] | None = None
) -> Competition:
    values = np.random.default_rng(0).normal(size=(6, len(targets))).astype(np.float32)
    values[0, 0], values[1, 0] = -4, 4
    return Competition(
        config=CompetitionConfig(
            competition="small",
            data=DataConfig(train="train.parquet", test="test.csv", sample_submission="sample.csv"),
            columns=ColumnsConfig(keys=["cell_type"], group="cell_type"),
            folds=FoldsConfig(kind="any"),
        ),
        root=Path("data"),
        rows=pd.DataFrame({"cell_type": list("abcdef")}),
        Y=values,
        targets=targets,
        test=pd.DataFrame({"id": list(ids), "cell_type": list("ghij")[: len(ids)]}),
        sample_columns=sample_columns or ("id", *targets),
        sample_ids=ids,
        noise_free=None,
        hashes={},
        fingerprint="",
    )


def submission_frame() -> pd.DataFrame:
    frame = pd.DataFrame(PREDICTIONS.copy(), columns=list(GENES))
    frame.insert(0, "id", [int(name) for name in IDS])
    return frame
