"""How many measurements the intervals of `kit predict` cover: ``python -m benchmarks.conformal``.

A simulated competition has eight cell types that were measured with all compounds and two with anchors only. Before a
recipe is trained, eight compounds and two of the well measured cell types are taken out of the training table. So
hidden rows rest on seen parts (the two rare cell types' other compounds), on a new compound, on a new group, or on both
new; what would be measured of them, noise included, is known. Folds hide the same: anchors of the rare cell types in
five groups, whole compounds in five groups, each cell type, and thirds of the cell types with thirds of the compounds.

Printed are, over seeds, the mean share of cells inside of the interval and its standard deviation, the least and the
greatest of the seeds, the spread of the share over rows and over targets, and the mean width; beside it the width of
the best interval of one width for all rows and targets of a kind, made with the truth: the quantile of the hidden rows'
own errors.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks._measure import machine
from kit.arrays import Floats
from kit.config import load_recipe
from kit.data import read_competition
from kit.data.simulate import CellType, Design, simulate
from kit.predicting import RunPredictor
from kit.training.train import train

LEVELS = (0.9, 0.5)
MEASURED, RARE = 8, 2
N_NEW_COMPOUNDS, N_NEW_GROUPS = 8, 2

COMPETITION = """\
competition: conformal
data: {root: data, train: train.parquet, test: test.parquet}
columns: {keys: [cell_type, sm_name], group: cell_type, compound: sm_name, smiles: SMILES, metadata: [SMILES]}
folds:
  kind: mix
  params:
    schemes:
      - {kind: held_out_compounds, params: {cell_type: cell_type, compound: sm_name, n_splits: 5}}
      - {kind: group_kfold, params: {column: sm_name, n_splits: 5}}
      - {kind: leave_one_group_out, params: {column: cell_type}}
      - {kind: group_kfold, params: {column: [cell_type, sm_name], unseen: each, n_splits: 3}}
"""

RECIPES = {
    "ridge": """\
extends: competition.yaml
target: {kind: svd, params: {n_components: 12, center: none}}
features:
  profile: {kind: target_profile, params: {by: sm_name}}
  cell: {kind: one_hot, params: {columns: [cell_type]}}
  prints: {kind: fingerprint, params: {column: SMILES}}
models:
  ridge: {kind: ridge, params: {penalty: 30.0}}
""",
    "process": """\
extends: competition.yaml
target: {kind: identity}
features:
  cell_type: {kind: category_codes, params: {columns: [cell_type]}}
  sm_name: {kind: category_codes, params: {columns: [sm_name]}}
models:
  process:
    kind: coregionalized_gp
    params: {terms: [{cell_type: free}, {sm_name: identity}, {cell_type: free, sm_name: {low_rank: 4}}]}
""",
}


@dataclass(frozen=True)
class Covered:
    """What became of the hidden rows of one kind.

    Attributes:
        share: The share of cells inside of the interval.
        over_rows: The standard deviation of that share over rows.
        over_targets: The same over targets.
        width: The mean width of the intervals.
        best: The width of the best interval that is the same for all cells.
        n_rows: The number of hidden rows.
    """

    share: float
    over_rows: float
    over_targets: float
    width: float
    best: float
    n_rows: int

    @classmethod
    def of(cls, truth: Floats, values: Floats, half_widths: Floats, level: float) -> Covered:
        """Count the cells of (n_rows, n_targets) measurements inside of intervals."""
        errors = np.abs(truth - values)
        inside = errors <= half_widths
        best = 2 * float(np.quantile(errors, level))
        over_rows, over_targets = float(inside.mean(axis=1).std()), float(inside.mean(axis=0).std())
        return cls(float(inside.mean()), over_rows, over_targets, 2 * float(half_widths.mean()), best, len(truth))


def design(rng: np.random.Generator, n_genes: int) -> Design:
    """Return a design whose cell types differ in their numbers of cells at random."""
    cells = np.exp(rng.normal(np.log(500), 0.6, MEASURED + RARE))
    types = [
        CellType(f"type {index}", f"lineage {index % 3}", float(cells[index]), hidden=index >= MEASURED)
        for index in range(MEASURED + RARE)
    ]
    return Design("conformal", tuple(types), n_compounds=60, n_anchors=16, n_genes=n_genes, rank=8, inequality=1.0)


def tables(seed: int, n_genes: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the training table, the hidden rows, and their measurements, row by row."""
    rng = np.random.default_rng(seed)
    made = simulate(replace(design(rng, n_genes)), seed)
    keys = pd.concat([made.train[["cell_type", "sm_name"]], made.test[["cell_type", "sm_name"]]], ignore_index=True)
    keys = keys.merge(made.compounds[["sm_name", "SMILES"]], how="left")
    values = pd.DataFrame(np.vstack([made.train_targets, made.test_targets]), columns=list(made.genes))
    compounds = rng.choice(made.compounds["sm_name"], N_NEW_COMPOUNDS, replace=False)
    groups = rng.choice([f"type {index}" for index in range(MEASURED)], N_NEW_GROUPS, replace=False)
    hidden = keys["sm_name"].isin(compounds) | keys["cell_type"].isin(groups)
    hidden |= np.arange(len(keys)) >= len(made.train)
    train_table = pd.concat([keys, values], axis=1)[~hidden].reset_index(drop=True)
    rows = keys[hidden].reset_index(drop=True)
    rows.insert(0, "id", np.arange(len(rows)))
    return train_table, rows, values[hidden].reset_index(drop=True)


def covered(name: str, seed: int, n_genes: int) -> tuple[dict[tuple[str, float], Covered], float]:
    """Train a recipe on one simulated competition; return what intervals cover, by kind and level, and CPU seconds."""
    train_table, rows, truth = tables(seed, n_genes)
    begun = time.process_time()
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        root = Path(folder)
        (root / "data").mkdir()
        train_table.to_parquet(root / "data" / "train.parquet")
        parts = [rows[name].isin(train_table[name]) for name in ("cell_type", "sm_name")]
        rows[parts[0] & parts[1]].to_parquet(root / "data" / "test.parquet")
        (root / "competition.yaml").write_text(COMPETITION)
        (root / "recipe.yaml").write_text(RECIPES[name])
        recipe = load_recipe(root / "recipe.yaml")
        competition = read_competition(recipe.config, root / "data", root / "cache")
        predictor = RunPredictor.load(train(recipe, competition, root / "out", jobs=1).path)
        found = {}
        for level in LEVELS:
            predicted = predictor.predict(rows, warn=False, interval=level)
            assert predicted.half_widths is not None
            kinds = predicted.rows["rests_on"]
            for kind in kinds.unique():
                own = (kinds == kind).to_numpy()
                parts = (truth.to_numpy()[own], predicted.values[own], predicted.half_widths[own])
                found[kind, level] = Covered.of(*parts, level)
    return found, time.process_time() - begun


HEAD = (
    "| recipe | rests on | rows | nominal | covered | sd over seeds | least, greatest | sd over rows | sd over targets "
    "| width | best one width |"
)


def line(name: str, kind: str, level: float, seeds: list[Covered]) -> str:
    """Return a line of the table."""
    shares = np.array([one.share for one in seeds])
    mean = {
        field: float(np.mean([getattr(one, field) for one in seeds]))
        for field in ("n_rows", "over_rows", "over_targets", "width", "best")
    }
    if np.isnan(mean["width"]):
        return f"| `{name}` | {kind} | {mean['n_rows']:.0f} | {level:.0%} | not calibrated | | | | | | |"
    cells = [f"`{name}`", kind, f"{mean['n_rows']:.0f}", f"{level:.0%}", f"{shares.mean():.1%}", f"{shares.std():.1%}"]
    cells += [f"{shares.min():.1%}, {shares.max():.1%}", f"{mean['over_rows']:.1%}", f"{mean['over_targets']:.1%}"]
    cells += [f"{mean['width']:.3f}", f"{mean['best']:.3f}"]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--recipes", nargs="+", choices=RECIPES, default=list(RECIPES))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--genes", type=int, default=300)
    given = parser.parse_args()
    print(f"# What intervals cover\n\n{machine()}; {given.seeds} seeds, {given.genes} targets\n")
    print(f"{HEAD}\n|{'---|' * (HEAD.count('|') - 1)}")
    seconds = {}
    for name in given.recipes:
        found = [covered(name, seed, given.genes) for seed in range(given.seeds)]
        seconds[name] = np.mean([cpu for _, cpu in found])
        for kind, level in sorted(found[0][0], key=lambda key: (-key[1], key[0])):
            print(line(name, kind, level, [one[kind, level] for one, _ in found if (kind, level) in one]), flush=True)
    print("\nCPU seconds a seed, training included: " + ", ".join(f"{n} {s:.0f}" for n, s in seconds.items()))


if __name__ == "__main__":
    main()
