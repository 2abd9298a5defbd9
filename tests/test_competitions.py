"""The competition files and recipes that are shipped."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kit.config import Loaded, load_competition, load_recipe
from kit.config.schema import RecipeConfig
from kit.data import read_competition
from kit.data.simulate import simulate, write
from kit.testing.competitions import TINY
from kit.training.joining.saved_run import SavedRun
from kit.training.planning.plan import make_folds
from kit.training.scoring.summarize import main_member
from kit.training.train import train
from tests.extras import marks

COMPETITIONS = Path(__file__).parents[1] / "competitions"
FILES = sorted(COMPETITIONS.glob("*/*.yaml"))
STUDIES = sorted([*COMPETITIONS.glob("*/*/*.yaml"), *(COMPETITIONS.parent / "benchmarks" / "on_top").glob("*.yaml")])


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_file_loads(path: Path) -> None:
    loaded = load_recipe(path)
    assert loaded.config.models
    assert loaded.config.competition == path.parent.name


@pytest.mark.parametrize("path", STUDIES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_recipe_of_a_study_loads(path: Path) -> None:
    assert load_recipe(path).config.models


@pytest.mark.parametrize("folder", sorted({path.parent for path in FILES}), ids=lambda path: path.name)
def test_a_competition_file_leads_to_its_default_recipe(folder: Path) -> None:
    competition = load_competition(folder / "competition.yaml")
    assert competition.config.default_recipe is not None
    by_competition = load_recipe(folder / "competition.yaml")
    assert by_competition.path == folder / competition.config.default_recipe
    assert by_competition.config == load_recipe(by_competition.path).config


def test_an_override_reaches_the_default_recipe() -> None:
    loaded = load_recipe(COMPETITIONS / "demo" / "competition.yaml", ["models.lightgbm=null"])
    assert list(loaded.config.models) == ["ridge"]


def test_an_override_names_another_recipe() -> None:
    path = COMPETITIONS / "open_problems_ranks" / "competition.yaml"
    assert load_recipe(path, ["default_recipe=baseline_cv.yaml"]).name == "baseline_cv"


@pytest.mark.parametrize(
    "file", sorted(COMPETITIONS.rglob("*.yaml")), ids=lambda file: f"{file.parent.name}-{file.stem}"
)
def test_no_file_of_a_competition_names_a_folder_outside_of_them(file: Path) -> None:
    """A clone's tables are looked for in the clone, and nowhere that only the author's machine has."""
    inside = os.path.normpath(COMPETITIONS)
    named = re.findall(r"(?:\.\./)+[\w./-]*", file.read_text(encoding="utf-8"))
    # As written: a user's data folder may be a link.
    assert all(os.path.normpath(file.parent / path).startswith(inside) for path in named), named


SOLUTIONS = (
    "first_place",
    "second_place",
    "third_place",
    "fourth_place",
    "scape",
    "pyboost",
    "controls",
    "process",
    "quick",
    "best",
)
"""The winning solutions and our own, a recipe each for both forms of the Open Problems data."""


def small(name: str) -> Loaded[RecipeConfig]:
    return load_recipe(COMPETITIONS / "open_problems" / f"{name}.yaml", ["preset=small"])


def structure(recipe: RecipeConfig) -> dict[str, list[str]]:
    """Return the models and blocks by stage."""
    return {name: list(stage.models) for name, stage in recipe.stages.items()} | {
        "last": list(recipe.models),
        "features": list(recipe.features),
    }


@pytest.mark.parametrize("competition", ["open_problems", "open_problems_ranks"])
@pytest.mark.parametrize("name", SOLUTIONS)
def test_the_small_preset_keeps_a_solutions_structure(competition: str, name: str) -> None:
    path = COMPETITIONS / competition / f"{name}.yaml"
    assert structure(load_recipe(path, ["preset=small"]).config) == structure(load_recipe(path).config)


@pytest.mark.parametrize(
    ("competition", "design", "n_anchor_rows"),
    [("open_problems", "open-problems", 34), ("open_problems_ranks", "open-problems-ranks", 26)],
)
def test_the_folds_hide_every_anchor_of_the_rare_cell_types_once(
    competition: str, design: str, n_anchor_rows: int, tmp_path: Path
) -> None:
    write(simulate(design, 0, n_genes=20), tmp_path)
    loaded = load_recipe(COMPETITIONS / competition / "baseline.yaml")
    tables = read_competition(loaded.config, tmp_path, cache=tmp_path / "cache")
    folds = make_folds(loaded.config, tables)
    hidden = np.concatenate([fold.validation for fold in folds])
    rare = np.flatnonzero(tables.rows["cell_type"].isin(tables.test["cell_type"]))
    assert len(folds) == 4
    assert sorted(hidden) == rare.tolist()
    assert len(hidden) == n_anchor_rows
    # Each of the hidden compounds is known from the well-measured cell types, as the test rows' are.
    for fold in folds:
        compounds = tables.rows["sm_name"]
        assert set(compounds.iloc[fold.validation]) <= set(compounds.iloc[fold.train])


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tables of Kaggle's layout: 312 rows, 300 genes."""
    folder = tmp_path_factory.mktemp("tables")
    write(simulate(replace(TINY, n_compounds=100, n_anchors=12, n_genes=300, rank=6), 0), folder)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param(name, marks=marks(small(name).config)) for name in SOLUTIONS])
def test_a_solution_goes_the_whole_road(name: str, tables: Path, tmp_path: Path) -> None:
    loaded = small(name)
    competition = read_competition(loaded.config, tables, cache=tables / "cache")
    run = train(loaded, competition, tmp_path, jobs=1)
    assert run.submission.is_file()
    rows = main_member(run.scores).rows
    # A few epochs teach little, but the predictions are of the right size.
    zeros = run.rows[run.rows["member"] == "zeros"]
    assert rows["mrrmse"].mean() < 1.2 * zeros["mrrmse"].mean()
    # What the run has saved predicts new rows as it predicted these.
    found = SavedRun(run.path).predict(competition.test.sample(frac=1, random_state=0))
    expected = pd.DataFrame(np.load(run.path / "test.npy")).sample(frac=1, random_state=0)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
