"""The simulated tables, from the generator through the reader."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kit.config.schema import SimulateConfig
from kit.data import read_competition
from kit.data.simulate import DESIGNS
from tests.data.small import small_config


def test_simulated_tables_are_generated_read_and_sound(tmp_path: Path) -> None:
    smallest = min(DESIGNS.values(), key=lambda design: design.n_genes)
    config = small_config(
        data={
            "train": "de_train.parquet",
            "test": "id_map.csv",
            "sample_submission": "sample_submission.csv",
            "noise_free_train": "train_noise_free.parquet",
        },
        columns={"metadata": ["sm_lincs_id", "SMILES", "control"]},
        simulate=SimulateConfig(like=smallest.name, seed=5),
    )
    competition = read_competition(config, tmp_path / "data", tmp_path / "cache")
    assert competition.n_targets == smallest.n_genes
    assert competition.noise_free is not None
    assert competition.test["SMILES"].notna().all()
    # Noise is what the two tables differ by: they agree in direction and not in value.
    assert np.corrcoef(competition.Y.ravel(), competition.noise_free.ravel())[0, 1] > 0.2
    assert not np.allclose(competition.Y, competition.noise_free)
    again = read_competition(config, tmp_path / "data", tmp_path / "cache")
    assert again.fingerprint == competition.fingerprint
