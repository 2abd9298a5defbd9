"""Recipes of classes and of vectors with nearly all parts that there are for them, on small tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kit.config import load_recipe
from kit.data import read_competition
from kit.training.train import RunResult, train
from tests.extras import HAS_TORCH
from tests.labelled import make_rows

_CLASSES = """\
competition: road
problem_type: classification
data: {root: ., train: train.csv, test: test.csv}
columns:
  keys: [well]
  group: batch
  label: kind
  metadata: {pattern: "batch|quartet|x\\\\d"}
folds: {kind: leave_one_group_out, params: {column: batch}, inner: {kind: kfold, params: {n_splits: 2}}}
metric: {kind: hierarchical_f1, params: {ontology: letters.csv}}
"""
_VECTORS = """\
competition: road
problem_type: retrieval
data: {root: ., train: train.csv, test: test.csv}
columns:
  keys: [well]
  group: batch
  label: kind
  metadata: {pattern: "batch|x\\\\d"}
folds: {kind: leave_one_group_out, params: {column: batch}}
"""
_LETTERS = "child,parent\nalpha,early\nbeta,early\ngamma,late\ndelta,late\nearly,letter\nlate,letter\n"

_BLOCKS = """\
extends: competition.yaml
features:
  x: {kind: scaled, params: {of: {kind: numeric, params: {columns: {pattern: "x\\\\d"}}}}}
  normal: {kind: normalised, params: {path: ./wells.csv, by: [well], values: {pattern: "x\\\\d"}, within: [batch]}}
"""
_BATCH = "  batch: {kind: one_hot, params: {columns: [batch]}}\n"
_STAGES = """\
stages:
  first: {models: {ridge: {kind: ridge, params: {penalty: 1.0}}, nearest: {kind: nearest, params: {k: 5}}}}
pseudo_labels: {stage: first, keep: {agreement: 0.5}}
"""
_ALL_CLASSIFIERS = """\
models:
  logistic: {kind: logistic, params: {class_weight: balanced}}
  lda: {kind: lda, features: [normal], params: {shrinkage: auto}}
  svc: {kind: svc, features: [x]}
  lightgbm:
    kind: lightgbm_classifier
    params: {n_estimators: 8, num_leaves: 4, min_data_in_leaf: 3, early_stopping_rounds: 3}
  xgboost: {kind: xgboost_classifier, params: {n_estimators: 8, max_depth: 2, early_stopping_rounds: 3}}
  catboost: {kind: catboost_classifier, params: {iterations: 8, depth: 2, early_stopping_rounds: 3}}
  trees: {kind: balanced, params: {model: {kind: extra_trees, params: {n_estimators: 10}}, max_per_class: 15}}
  nearest: {kind: nearest, choose: {params.k: [3, 7]}}
  by_batch: {kind: per_group, features: [x, batch], params: {by: batch, model: {kind: lda, params: {shrinkage: 0.5}}}}
"""
_NETWORK = "  network: {kind: mlp, params: {loss: cross_entropy, n_epochs: 2, hidden: [8]}}\n"
_ASSIGN = "postprocess: [probabilities, {kind: assign, params: {within: [quartet]}}]\n"
_BLEND = "blend: nnls\n"

_BAGS = "  bags: {kind: bags, params: {path: ./points.csv, by: [well], values: [p0, p1]}}\n"
_MOMENTS = """\
  moments: {kind: aggregate, params: {path: ./points.csv, by: [well], values: [p0, p1], statistics: [mean, covariance]}}
"""
_ALL_VECTORS = """\
models:
  raw: {kind: as_is, features: [normal]}
  moments: {kind: as_is, features: [moments]}
  ridge: {kind: ridge, features: [x, moments], repeats: 2, params: {penalty: 1.0}}
"""
_DEEPSET = "  deepset: {kind: deepset, features: [bags], params: {point_size: 2, n_steps: 4, width: 8, n_outputs: 4}}\n"


@dataclass(frozen=True)
class Road:
    """A kind of problem: its competition file and a recipe."""

    competition: str
    recipe: str

    def write(self, folder: Path, poisoned: str | None = None) -> Path:
        """Write tables and files; of the given batch other labels. Return the recipe's path."""
        folder.mkdir(parents=True, exist_ok=True)
        rows, new = (_with_quartets(frame) for frame in (make_rows(), make_rows(24, seed=1)))
        pd.concat([rows, new]).drop(columns="kind").to_csv(folder / "wells.csv", index=False)
        _points([*rows["well"], *new["well"]]).to_csv(folder / "points.csv", index=False)
        if poisoned is not None:
            hidden = rows["batch"] == poisoned
            rows.loc[hidden, "kind"] = np.roll(rows.loc[hidden, "kind"].to_numpy(), 1)
        rows.to_csv(folder / "train.csv", index=False)
        new.drop(columns="kind").assign(id=[f"t{row}" for row in range(len(new))]).to_csv(
            folder / "test.csv", index=False
        )
        for name, text in {
            "competition.yaml": self.competition,
            "recipe.yaml": self.recipe,
            "letters.csv": _LETTERS,
        }.items():
            (folder / name).write_text(text, encoding="utf-8")
        return folder / "recipe.yaml"

    def train(self, folder: Path, poisoned: str | None = None) -> RunResult:
        """Write the files and carry the recipe out."""
        loaded = load_recipe(self.write(folder, poisoned))
        return train(loaded, read_competition(loaded.config, loaded.root, folder / "cache"), folder / "out", jobs=1)


def _with_quartets(rows: pd.DataFrame) -> pd.DataFrame:
    """Four rows that follow each other have each class once."""
    return rows.assign(quartet=[f"q{row // 4}" for row in range(len(rows))])


def _points(wells: list[str]) -> pd.DataFrame:
    """Return three to six points of each well."""
    rng = np.random.default_rng(3)
    names = np.repeat(wells, rng.integers(3, 7, len(wells)))
    values = rng.standard_normal((len(names), 2))
    return pd.DataFrame({"well": names, "p0": values[:, 0], "p1": values[:, 1]})


CLASSES = Road(_CLASSES, _BLOCKS + _BATCH + _STAGES + _ALL_CLASSIFIERS + (_NETWORK if HAS_TORCH else "") + _ASSIGN)
"""Every classifier, chosen rounds and neighbours, a teacher and an assignment."""

VECTORS = Road(_VECTORS, _BLOCKS + _MOMENTS + (_BAGS + _ALL_VECTORS + _DEEPSET if HAS_TORCH else _ALL_VECTORS))
"""Profiles of plates, of bags, learnt and as they are."""

FEW_CLASSES = Road(
    _CLASSES,
    _BLOCKS
    + _STAGES
    + "models: {logistic: {kind: logistic}, trees: {kind: extra_trees, params: {n_estimators: 5}}}\n"
    + _ASSIGN
    + _BLEND,
)
"""The same road with less to fit, and a learnt blend."""

FEW_VECTORS = Road(_VECTORS, _BLOCKS + _MOMENTS + _ALL_VECTORS)
