"""How the number of cells that are sampled of a well changes what is found, on simulated single cells.

python -m benchmarks.cell_painting.cells [--seeds 2] [--compounds 60] [--steps 150]

Aggregates and a deep set see at most so many cells of a well; the deep set is taught once by draws of up to 300 cells,
and then asked for vectors of wells of fewer cells, of compounds that it has never seen.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks._measure import machine
from kit.arrays import Floats
from kit.data.simulate.scenarios import CellPainting
from kit.features import Aggregate, Bags, Scaled
from kit.metrics import MeanAveragePrecision, PercentReplicating
from kit.models import DeepSet
from kit.splits import LabelsOut

NUMBERS = (10, 30, 60, 100, 200, 300, 600, 1200)
"""The most cells of a well."""

_TAUGHT = 300
"""The most cells of a well that the deep set is taught by."""

_STATISTICS: Mapping[str, list[Any]] = {
    "mean": ["mean"],
    "median": ["median"],
    "log covariance": ["log_covariance"],
    "mean and log covariance, scaled": ["mean", "log_covariance"],
}


def vectors(path: Path, wells: pd.DataFrame, train: np.ndarray, number: int) -> dict[str, Floats]:
    """Return the vectors of all wells by each aggregate of so many cells.

    Args:
        path: The table of cells.
        wells: (n_wells, …) plate and well.
        train: The positions of training wells, which say how "scaled" scales.
        number: The most cells of a well.
    """
    found = {}
    for name, statistics in _STATISTICS.items():
        block = Aggregate(
            str(path), ["plate", "well"], {"pattern": r"f\d+"}, statistics, sample=number, within=["plate"]
        )
        scaled = Scaled(block) if "scaled" in name else block
        found[name] = scaled.fit(wells.iloc[train]).transform(wells)
    return found


def bags(path: Path, number: int) -> Bags:
    """Return the block of at most so many cells of each well."""
    return Bags(str(path), ["plate", "well"], {"pattern": r"f\d+"}, sample=number, within=["plate"])


def lines(seed: int, n_compounds: int, n_steps: int, folder: Path) -> pd.DataFrame:
    """Return the scores of every fold: method, number, map, percent replicating, of one simulated screen."""
    scenario = CellPainting("cells", n_compounds=n_compounds)
    tables = scenario.tables(seed)
    print(scenario.describe(tables), flush=True)
    path = folder / f"cells-{seed}.parquet"
    tables["cells.parquet"].to_parquet(path, index=False)
    wells = tables["wells.csv"]
    Y = pd.get_dummies(wells["compound"]).to_numpy(dtype=np.float32)
    found = []
    for fold in LabelsOut(n_splits=3, random_state=0).folds(wells, Y):
        model = DeepSet(
            scenario.n_dims, n_outputs=32, n_steps=n_steps, n_sets=2, sample=150, sample_sd=70, sample_min=20
        )
        taught = bags(path, _TAUGHT).fit(wells.iloc[fold.train])
        model.fit(taught.transform(wells.iloc[fold.train]), Y[fold.train])
        held = wells.iloc[fold.validation].reset_index(drop=True)
        for number in NUMBERS:
            of_method = {name: all_[fold.validation] for name, all_ in vectors(path, wells, fold.train, number).items()}
            of_method["deep set"] = model.predict(bags(path, number).fit_transform(held))
            for name, values in of_method.items():
                scores = [
                    metric(Y[fold.validation], values) for metric in (MeanAveragePrecision(), PercentReplicating())
                ]
                found.append((name, number, *scores))
    path.unlink()
    return pd.DataFrame(found, columns=["method", "cells", "map", "replicating"])


def main() -> None:
    """Print a table of mean average precision and one of percent replicating."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--compounds", type=int, default=60)
    parser.add_argument("--steps", type=int, default=150)
    given = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        tables = [lines(seed, given.compounds, given.steps, Path(folder)) for seed in range(given.seeds)]
    table = pd.concat(tables)
    for score in ("map", "replicating"):
        means = table.pivot_table(index="method", columns="cells", values=score, sort=False)
        print(f"\n| {score}: cells | {' | '.join(map(str, means.columns))} |\n|{'---|' * (len(means.columns) + 1)}")
        for name, values in means.iterrows():
            print(f"| {name} | {' | '.join(f'{value:.3f}' for value in values)} |")


if __name__ == "__main__":
    main()
