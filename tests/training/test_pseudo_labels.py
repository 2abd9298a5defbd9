"""Planted truths: where pseudo-labelled rows must help, and where they must not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kit.config.schema import RecipeConfig
from kit.data import Competition
from kit.data.simulate import simulate
from kit.testing.competitions import HEAD, TINY, put_competition
from kit.training.planning.plan import make_plan
from kit.training.scoring.fold_evaluation import evaluate_fold
from kit.training.workspace import Workspace

SEEDS = (0, 1, 2)


def competition(folder: Path, seed: int, noise: bool) -> Competition:
    """Draw a competition; with ``noise`` its targets have nothing to do with its rows."""
    drawn = simulate(replace(TINY, n_genes=60, n_compounds=24, n_anchors=8), seed)
    targets = drawn.train_targets
    if noise:
        targets = np.random.default_rng(seed).standard_normal(targets.shape).astype(np.float32) * targets.std()
    return put_competition(folder, drawn, targets)


def trees(n_trees: int, repeats: int = 1) -> dict[str, Any]:
    """Return the entry of a model that learns its training rows by heart, the more so the fewer trees it has."""
    params = {"n_estimators": n_trees}
    return {"kind": "extra_trees", "features": ["cell", "profile"], "repeats": repeats, "params": params}


def score(place: Path, tables: Competition, student: dict[str, Any], teacher: dict[str, Any] | None) -> float:
    content = HEAD | {
        "target": {"kind": "svd", "params": {"n_components": 6}},
        "features": {
            "cell": {"kind": "one_hot", "params": {"columns": ["cell_type"]}},
            "profile": {"kind": "target_profile"},
        },
        "models": {"student": student},
    }
    if teacher is not None:
        content |= {"stages": {"teachers": {"models": {"teacher": teacher}}}, "pseudo_labels": {"stage": "teachers"}}
    recipe = RecipeConfig.model_validate(content)
    plan = make_plan(recipe, tables)
    label = "alone" if teacher is None else f"taught {teacher['repeats']}"
    folds = range(len(plan.folds))
    found = [
        evaluate_fold(Workspace(recipe, tables, plan, place / label / str(fold)), fold, place / "shared").score
        for fold in folds
    ]
    return float(np.mean(found))


@pytest.mark.parametrize("seed", SEEDS)
def test_an_ensemble_of_teachers_helps_a_student_that_varies_much(tmp_path: Path, seed: int) -> None:
    tables = competition(tmp_path, seed, noise=False)
    alone = score(tmp_path, tables, trees(1), None)
    taught = score(tmp_path, tables, trees(1), trees(1, repeats=25))
    assert taught < alone - 0.01


def test_one_teacher_of_noise_does_not_help(tmp_path: Path) -> None:
    changes = []
    for seed in SEEDS:
        place = tmp_path / str(seed)
        tables = competition(place, seed, noise=True)
        alone = score(place, tables, trees(20), None)
        changes.append(score(place, tables, trees(20), trees(1)) - alone)
    # What the teacher makes of noise is noise, and the student learns it.
    assert np.mean(changes) > 0.005
