"""How many components of the targets a model should see: fixed ranks, the optimal threshold, and ``auto``.

    python -m benchmarks.target_rank screen        # ten cell lines, 500 genes (benchmarks/own_tables.py)
    python -m benchmarks.target_rank simulated     # 614 x 18,211, as `kit data simulate --like open-problems`
    python -m benchmarks.target_rank FOLDER        # de_train.parquet and id_map.csv of the ranks data

Ridge on what a compound does elsewhere and on how each cell type answers to it, behind an SVD of each rank, its penalty
by leave-one-out errors; everything is fitted on the training rows of a fold, which hides a quarter of the anchors in
the cell types of the rows to predict.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks._measure import machine
from benchmarks.own_tables import screen
from kit.data.simulate import simulate
from kit.features import OneHot, TargetProfile
from kit.metrics.rowwise import MRRMSE
from kit.models import Ridge
from kit.splits import HeldOutCompounds
from kit.targets import TargetSVD

RANKS: tuple[Any, ...] = (8, 16, 32, 64, 128, 256, 500, "gavish_donoho", "auto")


def main() -> None:
    """Print one line a rank: components kept, score, and what the basis alone loses."""
    (which,) = sys.argv[1:]
    rows, Y, test, keys = read(which)
    splitter = HeldOutCompounds(4, cell_type=keys[0], compound=keys[1], random_state=0, test_rows=test)
    folds = splitter.folds(rows, Y)
    print(f"{which}: {Y.shape[0]} rows x {Y.shape[1]} targets, {machine()}\n")
    print("| n_components | kept | MRRMSE of ridge | of the basis alone |\n|---|---|---|---|")
    for rank in RANKS:
        scores, alone, kept = [], [], []
        for fold in folds:
            target = TargetSVD(rank).fit(Y[fold.train])
            score, lost = scored(target, rows, Y, fold.train, fold.validation, keys)
            scores.append(score)
            alone.append(lost)
            kept.append(target.n_components_)
        weights = [fold.weight for fold in folds]
        counts = str(kept[0]) if len(set(kept)) == 1 else f"{min(kept)} to {max(kept)}"
        means = (np.average(values, weights=weights) for values in (scores, alone))
        print(f"| {rank} | {counts} | {' | '.join(f'{mean:.4f}' for mean in means)} |", flush=True)


def read(which: str) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame, list[str]]:
    """Return training keys, targets, the rows to predict, and the names of the two keys."""
    if which == "screen":
        table = screen()
        keys = ["cell_line", "compound"]
        return table.train[keys], table.train[list(table.truth.columns)].to_numpy(np.float32), table.test, keys
    keys = ["cell_type", "sm_name"]
    if which == "simulated":
        drawn = simulate("open-problems", 0)
        return drawn.train[keys], drawn.train_targets, drawn.test, keys
    frame = pd.read_parquet(Path(which) / "de_train.parquet")
    targets = frame.drop(columns=[*keys, "sm_lincs_id", "SMILES", "control"])
    return frame[keys], targets.to_numpy(np.float32), pd.read_csv(Path(which) / "id_map.csv"), keys


def scored(
    target: TargetSVD, rows: pd.DataFrame, Y: np.ndarray, train: np.ndarray, validation: np.ndarray, keys: list[str]
) -> tuple[float, float]:
    """Return the score of ridge on a fold, and of the targets themselves after the transform and back."""
    known, asked = (rows.iloc[part].reset_index(drop=True) for part in (train, validation))
    profile = TargetProfile(by=keys[1], projector=target)
    of_known = profile.fit_transform(known, Y[train])
    cells = OneHot([keys[0]]).fit(known)
    X, X_new = (
        features(block, cells.transform(part)) for block, part in ((of_known, known), (profile.transform(asked), asked))
    )
    model = Ridge(penalty="auto").fit(X, target.transform(Y[train]))
    predicted, truth = target.inverse_transform(model.predict(X_new)), Y[validation]
    metric = MRRMSE()
    return metric(truth, predicted), metric(truth, target.inverse_transform(target.transform(truth)))


def features(profile: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Return profiles, their products with the cell types, and the cell types."""
    products = (profile[:, :, None] * cells[:, None, :]).reshape(len(profile), -1)
    return np.hstack([profile, products, cells])


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
