"""Small competitions on disk, read the way every competition is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kit.arrays import Floats
from kit.config.schema import CompetitionConfig
from kit.data import Competition, read_competition
from kit.data.simulate import CellType, Design, SimulatedCompetition, simulate, write

TINY = Design(
    name="tiny",
    cell_types=(
        CellType("NK cells", "NK", 1000),
        CellType("T cells CD4+", "T", 2000),
        CellType("T cells CD8+", "T", 500),
        CellType("B cells", "B", 300, hidden=True),
    ),
    n_compounds=14,
    n_anchors=5,
    n_genes=30,
    rank=3,
    inequality=1.0,
)
"""Three cell types with 14 compounds, a hidden one with 5 of them: 47 training rows, 9 to predict, 30 targets."""

TABLES, CACHE = "tables", "cache"
"""The folders of the tables and of the cache within a tiny competition's directory."""

TRAIN = f"{TABLES}/de_train.parquet"
"""The training table within a tiny competition's directory."""

HEAD: dict[str, Any] = {
    "competition": "tiny",
    "data": {
        "root": TABLES,
        "train": "de_train.parquet",
        "test": "id_map.csv",
        "sample_submission": "sample_submission.csv",
    },
    "columns": {
        "keys": ["cell_type", "sm_name"],
        "group": "cell_type",
        "compound": "sm_name",
        "smiles": "SMILES",
        "metadata": ["sm_lincs_id", "SMILES", "control"],
    },
    "folds": {"kind": "held_out_cell_type"},
}
"""The competition's part of a recipe, as plain values."""


def make_competition(directory: Path, design: Design = TINY, seed: int = 0) -> Competition:
    """Draw a synthetic competition, write its tables and read it.

    Args:
        directory: Where its folders ``tables`` and ``cache`` go.
        design: What it measures; the default takes milliseconds to fit.
        seed: Another one gives other compounds, effects and noise.

    Returns:
        The competition, with the folds of held-out cell types and the metric MRRMSE.
    """
    return put_competition(directory, simulate(design, seed))


def put_competition(
    directory: Path, simulated: SimulatedCompetition, targets: Floats | None = None, config: Any = None
) -> Competition:
    """Write a synthetic competition over whatever is there, with other training targets if they are given, and read it.

    Args:
        directory: Where its folders ``tables`` and ``cache`` go.
        simulated: The competition.
        targets: (n_train, n_genes) float32 training targets instead of its own.
        config: A `CompetitionConfig` or a recipe's instead of that of `HEAD`.
    """
    if targets is not None:
        simulated = replace(simulated, train_targets=np.ascontiguousarray(targets, dtype=np.float32))
    write(simulated, Path(directory) / TABLES)
    config = CompetitionConfig.model_validate(HEAD) if config is None else config
    return read_competition(config, Path(directory) / TABLES, cache=Path(directory) / CACHE)
