"""How long it takes to name 100,000 cells of an AnnData file: read, embedded by their genes, classified, written.

python -m benchmarks.cell_inference [N_CELLS]

Cells and donors are simulated (`kit data simulate --like cell-typing`); the file is sparse, as cells are kept.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd

from benchmarks._measure import machine, measure
from kit.config import load_recipe
from kit.data import read_competition
from kit.data.simulate.scenarios import CellTyping
from kit.predicting import RunPredictor
from kit.predicting.streaming import predict_table
from kit.training.train import train

RECIPES = Path(__file__).parents[1] / "competitions" / "cell_typing"

_MODELS = {
    "weighted embedding of 64, logistic": (),
    "the same, truncated to 16": ("features.texts.params.of.params.truncate=16",),
    "the same of 64, MLP": (
        "models.logistic=null",
        "models.mlp={kind: mlp, params: {loss: cross_entropy, hidden: [128], n_epochs: 10}}",
    ),
}


def write_cells(n_cells: int, path: Path) -> None:
    """Write simulated cells of one new donor as a sparse .h5ad file."""
    import anndata
    from scipy.sparse import csr_matrix

    scenario = replace(CellTyping("many"), n_donors=1, n_test_donors=1, n_cells=10_000)
    drawn = scenario.tables(1)["test.parquet"]
    table = pd.concat([drawn] * (1 + n_cells // len(drawn)), ignore_index=True).iloc[:n_cells]
    genes = [name for name in table if name.startswith("GENE")]
    obs = pd.DataFrame({"donor": "new"}, index=pd.Index([f"c{number}" for number in range(n_cells)], name="cell"))
    values = csr_matrix(table[genes].to_numpy())
    anndata.AnnData(values, obs=obs, var=pd.DataFrame(index=genes)).write_h5ad(path)


def main() -> None:
    """Print a line for each model."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n_cells", type=int, nargs="?", default=100_000)
    given = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in RECIPES.glob("*.yaml"):
            (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
        write_cells(given.n_cells, folder / "cells.h5ad")
        print(f"\n| {given.n_cells:,} cells, 450 genes | CPU s | wall s | cells a CPU second |\n|---|---|---|---|")
        for model, changes in _MODELS.items():
            loaded = load_recipe(folder / "genes.yaml", changes)
            competition = read_competition(loaded.config, loaded.root, folder / "cache")
            predictor = RunPredictor.load(train(loaded, competition, folder / "out", jobs=1).path)
            start = time.perf_counter()
            taken = measure(
                lambda of=predictor: predict_table(of, folder / "cells.h5ad", folder / "named.h5ad", overwrite=True), 1
            )
            wall = time.perf_counter() - start
            print(f"| {model} | {taken.cpu:.1f} | {wall:.1f} | {given.n_cells / taken.cpu:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
