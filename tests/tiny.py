"""Help for the tests of training: a tiny simulated competition, recipes for it, and its standard run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from kit.config import Loaded, load_recipe
from kit.config.schema import RecipeConfig
from kit.data import Competition, read_competition
from kit.data.simulate import CellType, Design, simulate, write
from kit.training.fitting.fit_task import Outcome
from kit.training.observers import Observer
from kit.training.planning.plan import Plan, make_plan
from kit.training.planning.tasks import Task
from kit.training.train import RunResult, train

DESIGN = Design(
    name="tiny",
    cell_types=(
        CellType("NK cells", "NK", 1000),
        CellType("T cells", "T", 2000),
        CellType("B cells", "B", 300, hidden=True, n_missing=1),
        CellType("Myeloid cells", "Myeloid", 300, hidden=True, n_missing=2),
    ),
    n_compounds=14,
    n_anchors=4,
    n_genes=30,
    rank=3,
    inequality=1.0,
)

COMPETITION = """\
competition: tiny
data:
  root: data
  train: de_train.parquet
  test: id_map.csv
  sample_submission: sample_submission.csv
  noise_free_train: train_noise_free.parquet
columns:
  keys: [cell_type, sm_name]
  group: cell_type
  compound: sm_name
  smiles: SMILES
  metadata: [sm_lincs_id, SMILES, control]
folds: {kind: held_out_cell_type, params: {cell_type: cell_type, compound: sm_name}}
default_recipe: standard.yaml
"""

# A process over rows, of the categories alone; "models" may go on below it.
PROCESS = """\
target: {kind: identity}
features:
  cell_type: {kind: category_codes, params: {columns: [cell_type]}}
  sm_name: {kind: category_codes, params: {columns: [sm_name]}}
models:
  process:
    kind: coregionalized_gp
    repeats: 2
    params: {n_steps: 5, terms: [{cell_type: free}, {cell_type: free, sm_name: {low_rank: 2}}]}
"""

# A linear model, and trees that draw their rows at random, in two repeats: 6 fits on the two folds, 3 on all rows.
STANDARD = """\
extends: competition.yaml
seed: 3
target: {kind: svd, params: {n_components: 5, center: none}}
features:
  profile: {kind: target_profile, params: {by: sm_name}}
  cell: {kind: one_hot, params: {columns: [cell_type]}}
models:
  ridge: {kind: ridge, features: [profile, cell], params: {penalty: 10.0, fit_intercept: false}}
  trees:
    kind: lightgbm
    features: [profile]
    params: {n_estimators: 4, num_leaves: 3, min_data_in_leaf: 3, bagging_fraction: 0.7, bagging_freq: 1}
    repeats: 2
blend: {kind: weighted, params: {weights: {ridge: 0.7, trees: 0.3}}}
"""

# The linear model alone.
SINGLE = """\
target: {kind: svd, params: {n_components: 5, center: none}}
features:
  profile: {kind: target_profile, params: {by: sm_name}}
  cell: {kind: one_hot, params: {columns: [cell_type]}}
models:
  ridge: {kind: ridge, params: {penalty: 10.0, fit_intercept: false}}
"""


@dataclass(frozen=True)
class Tiny:
    """The competition's folder: ``competition.yaml``, ``standard.yaml``, ``data/``, ``cache/``."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    @cached_property
    def competition(self) -> Competition:
        return self.read(self.standard())

    def standard(self, *overrides: str) -> Loaded[RecipeConfig]:
        return load_recipe(self.folder / "standard.yaml", list(overrides))

    def recipe(self, text: str, name: str = "recipe", *overrides: str) -> Loaded[RecipeConfig]:
        """Load a recipe that is written beside the standard one."""
        path = self.folder / f"{name}.yaml"
        path.write_text(f"extends: competition.yaml\n{text}")
        return load_recipe(path, list(overrides))

    def read(self, loaded: Loaded[RecipeConfig], data: Path | None = None) -> Competition:
        return read_competition(loaded.config, data or self.data, self.cache)

    def plan(self, loaded: Loaded[RecipeConfig], data: Path | None = None) -> Plan:
        return make_plan(loaded.config, self.read(loaded, data))

    def train(
        self,
        out: Path,
        recipe: Loaded[RecipeConfig] | None = None,
        data: Path | None = None,
        jobs: int = 1,
        fresh: bool = False,
        observer: Observer | None = None,
    ) -> RunResult:
        recipe = recipe or self.standard()
        return train(recipe, self.read(recipe, data), out, jobs, fresh, observer)

    def with_targets(self, folder: Path, Y: np.ndarray) -> Path:
        """Write the tables once more with other training targets; return their folder."""
        folder.mkdir(parents=True)
        for path in self.data.iterdir():
            (folder / path.name).write_bytes(path.read_bytes())
        frame = pd.read_parquet(folder / "de_train.parquet")
        frame[list(self.competition.targets)] = Y
        frame.to_parquet(folder / "de_train.parquet")
        return folder


def make_tiny(folder: Path, seed: int = 1) -> Tiny:
    write(simulate(DESIGN, seed), folder / "data")
    (folder / "competition.yaml").write_text(COMPETITION)
    (folder / "standard.yaml").write_text(STANDARD)
    return Tiny(folder)


def final_tasks(plan: Plan, model: str | None = None) -> list[Task]:
    """Return the last stage's tasks on all training rows."""
    return [task for task in plan.tasks_of(model=model) if task.split.is_final]


class Notes:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.outcomes: list[Outcome] = []
        self.named: list[str] = []
        self.begun: tuple[int, int] | None = None

    def note(self, text: str) -> None:
        self.notes.append(text)

    def started(self, n_tasks: int, n_done: int) -> None:
        self.begun = (n_tasks, n_done)

    def fitting(self, task: Task) -> None:
        self.named.append(task.shown_model)

    def finished(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


def results(run: Path) -> dict[str, bytes]:
    """Return the bytes of every array in a run and of its submission, by path."""
    paths = [*run.rglob("*.npy"), run / "submission.csv"]
    return {str(path.relative_to(run)): path.read_bytes() for path in paths}
