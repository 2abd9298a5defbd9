"""How much faster two workers are than one: 40 equal fits on warm processes."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from benchmarks.bench.side_by_side import Seconds, in_turns
from kit.config import load_recipe
from kit.data import read_competition
from kit.training.engines.local import LocalEngine
from kit.training.execute import job_of
from kit.training.train import prepare

_DEMO = Path(__file__).parents[2] / "competitions" / "demo"
_RECIPE = """\
extends: {competition}
target: {{kind: svd, params: {{n_components: 10}}}}
features: {{profile: {{kind: target_profile, params: {{by: sm_name}}}}}}
models:
  trees: {{kind: lightgbm, repeats: 20, params: {{n_estimators: 60, bagging_fraction: 0.7, bagging_freq: 1}}}}
final: folds
"""


def efficiency(folder: Path) -> tuple[Seconds, Seconds, float]:
    """Return the wall seconds of one worker and of two, and the parallel efficiency."""
    recipe_file = folder / "many.yaml"
    recipe_file.write_text(_RECIPE.format(competition=_DEMO / "competition.yaml"))
    recipe = load_recipe(recipe_file)
    competition = read_competition(recipe.config, _DEMO / "data", folder / "cache")
    calls = 0

    def run(workers: int) -> None:
        nonlocal calls
        calls += 1
        workspace = prepare(recipe, competition, folder / f"out-{calls}")
        jobs = [job_of(workspace, task) for task in workspace.plan.tasks]
        LocalEngine(workers).run(jobs, lambda outcome: None)

    run(2)  # the workers start, and import what fits need
    run(1)
    one, two = in_turns(lambda: run(1), lambda: run(2), 3, time.perf_counter)
    return one, two, statistics.median(a / (2 * b) for a, b in zip(one.values, two.values, strict=True))
