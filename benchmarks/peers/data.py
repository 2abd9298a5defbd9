"""The tables that all peers learn, the folds, and the score."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.bench.side_by_side import ROOT
from kit.api import load_competition, load_recipe
from kit.arrays import Doubles, Floats
from kit.config.build import build_metric
from kit.data.simulate import get_design, is_complete, simulate, write
from kit.metrics.rowwise import RowMetric
from kit.training.planning.plan import make_folds

COMPETITIONS = {"ranks": "open_problems_ranks", "simulated": "open_problems"}
"""The folder in competitions/, by the name of the data set."""


@dataclass(frozen=True)
class Data:
    """A competition whose folds are written to a file.

    Attributes:
        name: A key of `COMPETITIONS`.
        tables: The folder of the tables.
        folds: The file: by name, positions of the training and validation rows.
        truths: Targets by task, (n_asked, n_targets): each fold, and the test where its truth may be looked at.
        compounds: The compound of each row of each task.
        metric: The competition's metric.
    """

    name: str
    tables: Path
    folds: Path
    truths: dict[str, Floats]
    compounds: dict[str, pd.Series]
    metric: RowMetric

    def recipe(self, name: str) -> Path:
        """Return the file of a recipe."""
        return ROOT / "competitions" / COMPETITIONS[self.name] / f"{name}.yaml"

    def scores(self, predictions: Path) -> dict[str, Doubles]:
        """Return the metric of each row of each task whose predictions were written.

        Raises:
            ValueError: A prediction is not finite, or of the wrong shape.
        """
        found = {}
        for task, truth in self.truths.items():
            file = predictions / f"{task}.npy"
            if file.exists():
                predicted = np.load(file)
                if predicted.shape != truth.shape or not np.isfinite(predicted).all():
                    raise ValueError(f"{task}: {predicted.shape}, {np.isnan(predicted).mean():.0%} NaN")
                found[task] = self.metric.per_row(truth, predicted)
        return found


def prepare(name: str, folder: Path) -> Data:
    """Read or simulate the tables, and write the folds.

    The real data's hidden rows stay hidden: nothing is to be chosen by them, and a table of this kind is a choice.

    Args:
        name: A key of `COMPETITIONS`.
        folder: Where the folds, and simulated tables, are kept.

    Raises:
        InputError: The tables are not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if name != "simulated":
        return described(name, None, folder)
    tables = folder / "data"
    if not is_complete(tables, get_design("open-problems"), 0):
        write(simulate("open-problems", 0), tables)
    return described(name, tables, folder)


def described(name: str, tables: Path | None, folder: Path) -> Data:
    """Write the folds of a competition, and return what is known of it.

    Args:
        name: A key of `COMPETITIONS`.
        tables: The folder of the tables; None for the competition's own.
        folder: Where the folds are written.
    """
    file = ROOT / "competitions" / COMPETITIONS[name] / "competition.yaml"
    config, competition = load_recipe(file).config, load_competition(file, data=tables)
    made = make_folds(config, competition.tables)
    positions = {fold.name: {"train": fold.train.tolist(), "validation": fold.validation.tolist()} for fold in made}
    folds = folder / "folds.json"
    folds.write_text(json.dumps(positions), encoding="utf-8")
    truths = {fold.name: competition.tables.Y[fold.validation] for fold in made}
    compounds = {fold.name: competition.rows["sm_name"].iloc[fold.validation] for fold in made}
    hidden = competition.tables.root / "truth.parquet"
    if hidden.exists():
        truth = pd.read_parquet(hidden).astype({"id": str}).set_index("id").loc[competition.test["id"]]
        truths["test"], compounds["test"] = truth.to_numpy(np.float32), competition.test["sm_name"]
    return Data(name, competition.tables.root, folds, truths, compounds, build_metric(config))
