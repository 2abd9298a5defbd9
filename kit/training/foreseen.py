"""Checks of a recipe against its tables before anything is fitted, so that a run fails at once and not after hours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from kit.config.build import build_plugin
from kit.errors import InputError, at_place
from kit.models.base import MODELS, Model
from kit.models.controls import Zeros
from kit.plugins import inner_plugins
from kit.postprocess.rows import for_rows
from kit.targets.base import TARGETS
from kit.training.fitting.pipeline import fit_target
from kit.training.joining.join import fit_postprocess, postprocess
from kit.training.planning.recipe_model import RecipeModel
from kit.training.workspace import Workspace


def refuse_hopeless(workspace: Workspace) -> None:
    """Check what would fail in a fit or at the very end.

    Args:
        workspace: The run; nothing of it needs to be on disk.

    Raises:
        InputError: A model cannot take as many outputs as its target transform has, or every model predicts zero and
            no competition takes the submission. The error knows its place in the recipe.
    """
    plan = workspace.plan
    for stage in plan.stages:
        for name, spec in stage.models.items():
            splits = [task.split for task in plan.tasks_of(stage.name, model=name)]
            with at_place(*stage.place, "models", name):
                _check_outputs(spec, max(len(split.train) for split in splits), workspace.competition.n_targets)
    with at_place("models"):
        _check_not_zero(workspace)


def _check_outputs(spec: RecipeModel, n_rows: int, n_targets: int) -> None:
    """Check a model's limit of outputs on the largest of its sets of training rows."""
    for chosen in _each_target(spec):
        tried = spec.with_values(chosen)
        n_outputs = build_plugin(TARGETS, tried.target, {}).expected_components(n_rows, n_targets)
        for model in _models(tried):
            if n_outputs is not None and model.most_outputs is not None and n_outputs > model.most_outputs:
                raise InputError(
                    f"{model.kind!r} takes at most {model.most_outputs} outputs, and the target transform "
                    f"{tried.target.kind!r} gives it {n_outputs}: take one with {model.most_outputs} components or "
                    "fewer ({kind: svd, params: {n_components: …}}), or 'xgboost_sketch'"
                )


def _each_target(spec: RecipeModel) -> Iterator[dict[str, Any]]:
    """Yield values for all that a model chooses: every candidate of its target transform, the first of all else."""
    first = {key: values[0] for key, values in spec.entry.choose.items()}
    yield first
    for key, values in spec.entry.choose.items():
        if key.startswith("target."):
            yield from (first | {key: value} for value in values[1:])


def _check_not_zero(workspace: Workspace) -> None:
    """Check that not every model of the last stage predicts zero, with a submission of one value only."""
    specs = [spec.with_values(next(_each_target(spec))) for spec in workspace.plan.last.models.values()]
    if not all(isinstance(_models(spec)[-1], Zeros) for spec in specs):
        return
    competition = workspace.competition
    if not competition.hands_in:
        return  # no submission is written
    Y, groups = np.array(competition.Y), workspace.group_labels(competition.test)
    steps = for_rows(fit_postprocess(workspace.recipe.postprocess, Y, competition.rows), competition.test)
    for spec in specs:
        target = fit_target(spec, competition.rows, Y)
        width = target.transform(Y[:1], workspace.group_labels(competition.rows.head(1))).shape[1]
        zeros = np.zeros((len(competition.test), width), dtype=np.float32)
        if np.ptp(postprocess(steps, target.inverse_transform(zeros, groups))) > 0:
            return
    raise InputError(
        "every model predicts zero: all values of the submission would be the same, which no competition takes; add a "
        "model that predicts something (the floor `zeros` stands in every table of scores)"
    )


def _models(spec: RecipeModel) -> list[Model]:
    """Return a model and the models inside of it, the innermost last."""
    model = build_plugin(MODELS, spec.entry, {"random_state": 0, "blocks": None})
    return [plugin for plugin in inner_plugins(model) if isinstance(plugin, Model)]
