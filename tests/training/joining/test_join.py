from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kit.blends.base import BLENDS, Blend
from kit.config.build import build_plugin
from kit.config.schema import RecipeConfig
from kit.data.columns import group_labels
from kit.files import read_json
from kit.postprocess import Assign
from kit.postprocess.clip import Clip
from kit.postprocess.rows import for_rows
from kit.training.fitting.target_store import TargetTransformCache, load_target
from kit.training.joining.join import (
    Aggregators,
    Coordinates,
    blend_models,
    disagreement,
    fit_postprocess,
    join_blend,
    joined_models,
    postprocess,
)
from kit.training.planning.row_sets import TEST
from kit.training.planning.stages import stages_of
from kit.training.train import RunResult
from tests.tiny import Tiny, final_tasks

N_ROWS, N_TARGETS, K = 150, 7, 3
"""More than one block of rows."""

BASIS = np.linalg.qr(np.random.default_rng(9).standard_normal((N_TARGETS, K)))[0].T.astype(np.float32)


def decode(Z: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """A transform that reads the groups."""
    return Z @ BASIS + (groups == "B")[:, None].astype(np.float32)


@pytest.fixture
def groups() -> np.ndarray:
    return np.where(np.arange(N_ROWS) % 3, "A", "B")


@pytest.fixture
def fits() -> dict[str, list[list[Coordinates]]]:
    """Two models, of 2 folds × 3 repeats and of 2 folds × 1 repeat."""
    rng = np.random.default_rng(1)

    def one() -> Coordinates:
        return Coordinates(rng.standard_normal((N_ROWS, K)).astype(np.float32), decode)

    return {"a": [[one() for _ in range(3)] for _ in range(2)], "b": [[one()] for _ in range(2)]}


def blend_of(recipe: RecipeConfig) -> Blend:
    return build_plugin(BLENDS, recipe.blend, {})


STEPS: dict[str, Any] = {"mean": np.mean, "median": np.median}


@pytest.mark.parametrize("repeats", ["mean", "median"])
@pytest.mark.parametrize("folds", ["mean", "median"])
@pytest.mark.parametrize("blend", ["mean", "{kind: weighted, params: {weights: {a: 1.0, b: 0.3}, normalize: false}}"])
def test_joins_repeats_then_folds_then_models_then_clips(
    tiny: Tiny, fits: dict, groups: np.ndarray, repeats: str, folds: str, blend: str
) -> None:
    recipe = tiny.recipe(
        "models: {a: {kind: zeros}, b: {kind: zeros}}\n"
        "features: {c: {kind: one_hot, params: {columns: [sm_name]}}}\n"
        f"repeats_blend: {repeats}\nfolds_blend: {folds}\nblend: {blend}\nfinal: folds"
    ).config
    clip = Clip().fit(np.array([[-0.5] * N_TARGETS, [0.7] * N_TARGETS], dtype=np.float32))
    aggregators = Aggregators.of(recipe, stages_of(recipe)[-1])
    models = joined_models(fits, aggregators, groups)
    blended = blend_models(models, {}, groups, blend_of(recipe), [clip])
    expected = {
        name: STEPS[folds](
            [
                STEPS[repeats]([one.values.astype(float) @ BASIS + (groups == "B")[:, None] for one in fold], axis=0)
                for fold in of
            ],
            axis=0,
        )
        for name, of in fits.items()
    }
    weights = (0.5, 0.5) if blend == "mean" else (1.0, 0.3)
    total = weights[0] * expected["a"] + weights[1] * expected["b"]
    np.testing.assert_array_equal(join_blend(fits, aggregators, groups, blend_of(recipe), [clip]), blended)
    # Clipped once, after the blend: a blend of clipped predictions would be another.
    np.testing.assert_allclose(blended, np.clip(total, -0.5, 0.7), atol=2e-6)
    for name, values in expected.items():
        # The models' own are what a blend is made of: not clipped.
        np.testing.assert_allclose(models[name], values, atol=2e-6)
    assert blended.dtype == np.float32
    assert blended.shape == (N_ROWS, N_TARGETS)


@pytest.mark.parametrize(("n_models", "n_repeats"), [(2, 1), (20, 1), (2, 40), (200, 3)])
def test_of_many_predictions_few_rows_are_held_at_a_time(groups: np.ndarray, n_models: int, n_repeats: int) -> None:
    decoded: list[int] = []

    def counted(Z: np.ndarray, of_rows: np.ndarray) -> np.ndarray:
        decoded.append(len(Z))
        return decode(Z, of_rows)

    rng = np.random.default_rng(2)
    values = rng.standard_normal((n_models, n_repeats, N_ROWS, K)).astype(np.float32)
    fits = {
        f"m{number:03d}": [[Coordinates(one, counted) for one in of_model]] for number, of_model in enumerate(values)
    }
    mean = BLENDS.get("mean")()
    joined = join_blend(fits, Aggregators(mean, mean), groups, mean, [])
    np.testing.assert_allclose(joined, decode(values.mean(axis=(0, 1)), groups), atol=1e-6)
    assert max(decoded) * (n_models + n_repeats) <= max(600, 16 * (n_models + n_repeats))
    assert sum(decoded) == n_models * n_repeats * N_ROWS


def test_disagreement_is_the_deviation_of_all_fits(fits: dict, groups: np.ndarray) -> None:
    every = [decode(one.values, groups) for of in fits.values() for fold in of for one in fold]
    expected = np.sqrt(np.var(np.stack(every).astype(np.float64), axis=0).mean(axis=1))
    np.testing.assert_allclose(disagreement(fits, groups), expected, rtol=1e-6)
    alone = {"b": [fits["b"][0]]}
    np.testing.assert_array_equal(disagreement(alone, groups), np.zeros(N_ROWS))


def test_one_fit_of_one_model_passes_through(tiny: Tiny, fits: dict, groups: np.ndarray) -> None:
    recipe = tiny.standard("blend=mean").config
    models = joined_models({"a": [fits["b"][0]]}, Aggregators.of(recipe, stages_of(recipe)[-1]), groups)
    np.testing.assert_allclose(models["a"], decode(fits["b"][0][0].values, groups), atol=1e-6)
    np.testing.assert_array_equal(blend_models(models, {}, groups, blend_of(recipe), []), models["a"])


def test_steps_are_fitted_on_the_given_targets_and_done_in_order(tiny: Tiny) -> None:
    Y = np.array([[0.0, 10.0], [1.0, 30.0]], dtype=np.float32)
    recipe = tiny.standard("postprocess=[{kind: clip, params: {margin: 1.0}}, clip]").config
    steps = fit_postprocess(recipe.postprocess, Y, pd.DataFrame(index=range(len(Y))))
    wide, narrow = steps
    np.testing.assert_array_equal(wide.transform(np.array([[-5.0, 70.0]], dtype=np.float32)), [[-1.0, 50.0]])
    np.testing.assert_array_equal(postprocess(steps, np.array([[-5.0, 70.0]], dtype=np.float32)), [[0.0, 30.0]])
    np.testing.assert_array_equal(narrow.transform(np.array([[0.5, 20.0]], dtype=np.float32)), [[0.5, 20.0]])
    assert fit_postprocess([], Y, pd.DataFrame()) == []


def test_steps_that_look_at_several_rows_get_all_of_them(groups: np.ndarray) -> None:
    """A batch goes over the blocks in which predictions are joined."""
    n_classes = N_ROWS + 10
    Y = np.eye(n_classes, dtype=np.float32)
    rows = pd.DataFrame({"plate": ["p"] * n_classes})
    given = np.random.default_rng(0).dirichlet(np.ones(n_classes), N_ROWS).astype(np.float32)
    step = Assign(within=["plate"]).fit(Y, rows)
    [for_these] = for_rows([step], rows.iloc[:N_ROWS])
    blended = blend_models({"a": given}, {}, groups, BLENDS.get("mean")(), [for_these])
    np.testing.assert_array_equal(blended, step.transform(given, rows.iloc[:N_ROWS]))
    assert len(set(blended.argmax(axis=1))) == N_ROWS


def test_reads_what_a_task_wrote(tiny: Tiny, finished: RunResult) -> None:
    plan = tiny.plan(tiny.standard())
    task = final_tasks(plan, "ridge")[0]
    found = Coordinates.of(finished.path, task, TEST, TargetTransformCache(finished.path))
    directory: Path = finished.path / task.path
    np.testing.assert_array_equal(found.values, np.load(directory / TEST))
    groups = group_labels(tiny.competition.test, "cell_type")
    target = load_target(finished.path, read_json(directory / "metrics.json")["target"])
    np.testing.assert_array_equal(found.decode(found.values, groups), target.inverse_transform(found.values, groups))
