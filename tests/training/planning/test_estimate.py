from __future__ import annotations

import pytest

from kit.models import KernelRidge
from kit.training.fitting.pipeline import fit_pipeline
from kit.training.planning.estimate import _FIT_S, estimate
from kit.training.planning.plan import make_plan
from kit.training.planning.recipe_model import RecipeModel
from tests.tiny import Tiny

BLOCKS = """
features:
  profile: {kind: target_profile, params: {by: sm_name}}
  cell: {kind: one_hot, params: {columns: [cell_type]}}
  both: {kind: interaction, params: {left: profile, right: cell}}
"""


@pytest.mark.parametrize(
    ("features", "override"),
    [
        ("[profile]", "title=x"),
        ("[profile, cell]", "title=x"),
        ("[both, cell]", "title=x"),
        ("[profile]", "features.profile.space=full"),
        ("[profile]", "target=identity"),
        ("[both]", "target={kind: svd, params: {n_components: 3}}"),
    ],
)
def test_knows_the_width_of_the_matrix_and_the_outputs(tiny: Tiny, features: str, override: str) -> None:
    text = (
        BLOCKS
        + f"target: {{kind: svd, params: {{n_components: 5}}}}\nmodels: {{m: {{kind: ridge, features: {features}}}}}"
    )
    unused = {"profile", "cell", "both"} - set(features.strip("[]").split(", "))
    if "both" not in unused:
        unused = set()
    for name in unused:
        text = text.replace(next(line for line in text.splitlines() if line.startswith(f"  {name}:")) + "\n", "")
    loaded = tiny.recipe(text, "estimated", override)
    plan = make_plan(loaded.config, tiny.competition)
    [cost] = estimate(plan, tiny.competition)
    spec = RecipeModel.of(loaded.config, "m")
    pipeline = fit_pipeline(spec, tiny.competition.rows, tiny.competition.Y, 0)
    n_outputs = pipeline.predict_reduced(tiny.competition.test).shape[1]
    assert (cost.n_features, cost.n_outputs) == (pipeline.matrix(tiny.competition.test).shape[1], n_outputs)


def test_counts_fits_and_what_choosing_adds(tiny: Tiny) -> None:
    costs = {cost.model: cost for cost in estimate(tiny.plan(tiny.standard()), tiny.competition)}
    assert {name: (cost.kind, cost.fits) for name, cost in costs.items()} == {
        "ridge": ("ridge", 3),
        "trees": ("lightgbm", 6),
    }
    more = {
        cost.model: cost
        for cost in estimate(
            tiny.plan(tiny.standard("models.ridge.choose={params.fit_intercept: [true, false]}")), tiny.competition
        )
        if cost.model == "ridge"
    }
    assert more["ridge"].fits == 3
    directories = 3 * _FIT_S
    assert more["ridge"].cpu_seconds - directories > 2 * (costs["ridge"].cpu_seconds - directories)
    # Beside the trees every fit takes some time, however many there are.
    few, some, many = (
        estimate(tiny.plan(tiny.standard(f"models.trees.params.n_estimators={n}")), tiny.competition)[1].cpu_seconds
        for n in (4, 104, 404)
    )
    assert few == costs["trees"].cpu_seconds
    assert many - few == pytest.approx(4 * (some - few))


def test_matrices_of_pairs_of_rows_are_counted(tiny: Tiny) -> None:
    text = BLOCKS + "models: {r: {kind: ridge}, k: {kind: kernel_ridge}}"
    ridge, kernel = estimate(make_plan(tiny.recipe(text, "pairs").config, tiny.competition), tiny.competition)
    n_rows = len(tiny.competition.rows)
    held = KernelRidge().estimate_memory(n_rows, kernel.n_features, kernel.n_outputs)
    assert kernel.memory_bytes - ridge.memory_bytes == round(held) > 40 * n_rows**2


def test_pseudo_labelled_rows_are_fitted_on_too(tiny: Tiny) -> None:
    text = """\
features: {cell: {kind: one_hot, params: {columns: [cell_type]}}}
stages: {teachers: {models: {t: {kind: ridge}}, repeats: 2}}
models: {m: {kind: catboost, params: {iterations: 100}}}
"""
    taught = text + "pseudo_labels: {stage: teachers, keep: {agreement: 1.0}}\n"
    plain = tiny.recipe(text.replace("stages: {teachers: {models: {t: {kind: ridge}}, repeats: 2}}\n", ""), "plain")
    seconds = [
        estimate(tiny.plan(loaded), tiny.competition)[-1].cpu_seconds
        for loaded in (plain, tiny.recipe(taught, "taught_estimate"))
    ]
    assert seconds[0] < seconds[1]
