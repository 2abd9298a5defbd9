"""Help for the tests of classification: a small table of labelled rows in batches, and recipes for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

CLASSES = ("alpha", "beta", "gamma", "delta")
"""The classes in the order of the generator; the kit sorts them."""

COMPETITION = """\
competition: labelled
problem_type: classification
data: {root: ., train: train.csv, test: test.csv}
columns:
  keys: [well]
  group: batch
  label: kind
  metadata: {pattern: "batch|x\\\\d"}
folds: {kind: leave_one_group_out, params: {column: batch}}
"""

FEATURES = """\
extends: competition.yaml
features:
  x: {kind: numeric, params: {columns: {pattern: "x\\\\d"}}}
"""

RECIPE = FEATURES + "models: {ridge: {kind: ridge, params: {penalty: 1.0}}, nearest: {kind: nearest, params: {k: 5}}}\n"


def make_rows(n_rows: int = 120, seed: int = 0) -> pd.DataFrame:
    """Return rows of four classes: the first two columns tell the classes apart, the third says nothing."""
    rng = np.random.default_rng(seed)
    codes = np.arange(n_rows) % len(CLASSES)
    angle = np.pi / 2 * codes
    X = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(n_rows)]) + 0.3 * rng.standard_normal((n_rows, 3))
    return pd.DataFrame(
        {
            "well": [f"w{seed}-{row}" for row in range(n_rows)],
            "batch": [f"b{row // 4 % 3}" for row in range(n_rows)],
            "kind": np.array(CLASSES)[codes],
            **{f"x{place}": X[:, place] for place in range(3)},
        }
    )


def write_labelled(folder: Path, recipe: str = RECIPE, competition: str = COMPETITION) -> Path:
    """Write tables, competition file and a recipe; return the recipe's path."""
    folder.mkdir(parents=True, exist_ok=True)
    make_rows().to_csv(folder / "train.csv", index=False)
    test = make_rows(24, seed=1).drop(columns="kind")
    test.insert(0, "id", [f"t{row}" for row in range(len(test))])
    test.to_csv(folder / "test.csv", index=False)
    (folder / "competition.yaml").write_text(competition, encoding="utf-8")
    (folder / "recipe.yaml").write_text(recipe, encoding="utf-8")
    return folder / "recipe.yaml"
