from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from kit.config import load_recipe
from kit.config.search_recipe import MISSING, load_search
from kit.errors import ConfigError
from tests.config.conftest import Write

RECIPE = """\
extends: competition.yaml
repeats: {search: [1, 4], value: 2}
target: {kind: svd, params: {n_components: {choice: [8, auto], value: auto}}}
features:
  drug: {kind: profile, params: {by: sm_name, shrinkage: {search: [0.0, 1.0], step: 0.25}}}
  cell: {kind: one_hot, params: {columns: [cell_type]}}
  both: {kind: interaction, params: {left: drug, right: cell}}
models:
  lgb:
    kind: lightgbm
    features: {choice: [[drug], [drug, cell], [both, cell]], value: [drug, cell]}
    params:
      learning_rate: {search: [1.0e-3, 1], log: true, value: 1.0e-2}
      num_leaves: {search: [2, 64], step: 2, value: 32}
      max_depth: {choice: [null, 4, 8], value: null}
      bounds: {choice: [null, [0, 1.5]], value: null}
  ridge:
    kind: ridge
    enabled: {choice: [true, false], value: true}
    features: [cell]
blend: {choice: [mean, median, {kind: weighted, params: {weights: {lgb: 1, ridge: 2}}}], value: mean}
postprocess: [{kind: clip, params: {margin: {search: [0, 3]}}}]
"""

CHOSEN: dict[str, Any] = {
    "repeats": 3,
    "target.params.n_components": 8,
    "features.drug.params.shrinkage": 0.5,
    "models.lgb.features": [["both", "cell"]][0],
    "models.lgb.params.learning_rate": 0.5,
    "models.lgb.params.num_leaves": 8,
    "models.lgb.params.max_depth": 4,
    "models.lgb.params.bounds": [0, 1.5],
    "models.ridge.enabled": False,
    "blend": "median",
    "postprocess.0.params.margin": 0,
}


def test_every_search_node_is_a_dimension(write: Write) -> None:
    found = {one.name: one for one in load_search(write(RECIPE)).dimensions}
    assert list(found) == list(CHOSEN)
    rate = found["models.lgb.params.learning_rate"]
    assert (rate.kind, rate.low, rate.high, rate.log, rate.step, rate.present) == (
        "float",
        0.001,
        1.0,
        True,
        None,
        0.01,
    )
    assert rate.path == ("models", "lgb", "params", "learning_rate")
    leaves = found["models.lgb.params.num_leaves"]
    assert (leaves.kind, leaves.low, leaves.high, leaves.log, leaves.step, leaves.present) == (
        "int",
        2,
        64,
        False,
        2,
        32,
    )
    assert isinstance(leaves.high, int)
    depth = found["models.lgb.params.max_depth"]
    assert (depth.kind, depth.choices, depth.present, depth.low) == ("choice", (None, 4, 8), None, None)
    assert found["postprocess.0.params.margin"].present is MISSING
    assert found["models.lgb.features"].choices[1] == ["drug", "cell"]


def test_values_fill_the_recipe(write: Write) -> None:
    search = load_search(write(RECIPE))
    filled = search.fill(CHOSEN)
    config = filled.config
    assert (config.repeats, config.target.params, config.blend.kind) == (3, {"n_components": 8}, "median")
    assert list(config.models) == ["lgb"]
    assert config.models["lgb"].features == ["both", "cell"]
    assert config.models["lgb"].params["bounds"] == [0, 1.5]
    assert str(filled.origins["models", "lgb", "params", "num_leaves"]) == "recipe.yaml:14"


def test_what_only_other_values_read_is_left_out(write: Write) -> None:
    search = load_search(write(RECIPE))
    kept = search.fill(CHOSEN | {"models.lgb.features": ["drug"]}).config
    assert list(kept.features) == ["drug"]
    kept = search.fill(CHOSEN | {"models.lgb.features": ["drug"], "models.ridge.enabled": True, "blend": "mean"}).config
    assert list(kept.features) == ["drug", "cell"]


def test_present_values(write: Write) -> None:
    text = RECIPE.replace("{search: [0, 3]}", "{search: [0, 3], value: 1}")
    assert load_search(write(text)).present_values() is None
    text = text.replace("step: 0.25", "step: 0.25, value: 1")
    present = load_search(write(text)).present_values()
    assert present is not None
    assert present["features.drug.params.shrinkage"] == 1
    assert present["models.lgb.features"] == ["drug", "cell"]
    loaded = load_recipe(Path("recipe.yaml"))
    assert loaded.tree == load_search(Path("recipe.yaml")).fill(present).tree
    assert loaded.config.repeats == 2


def test_without_present_values_a_recipe_is_for_kit_tune(write: Write) -> None:
    with pytest.raises(ConfigError) as caught:
        load_recipe(write(RECIPE))
    lines = str(caught.value).splitlines()
    assert [line.split(": this")[0] for line in lines] == [
        "recipe.yaml:5: features.drug.params.shrinkage",
        "recipe.yaml:22: postprocess.0.params.margin",
    ]
    assert "`kit tune recipe.yaml` finds one" in lines[0]


def test_an_inherited_value_is_the_present_one(write: Write) -> None:
    child = """\
extends: base.yaml
models:
  lgb: {params: {num_leaves: {search: [2, 64]}, learning_rate: {search: [0.5, 1.0]}}}
blend: {choice: [mean, median]}
"""
    base = RECIPE.replace(
        "blend: {choice: [mean, median, {kind: weighted, params: {weights: {lgb: 1, ridge: 2}}}], value: mean}",
        "blend: median",
    )
    base = base.replace("value: 32", "value: 16").replace("{search: [2, 64], step: 2, value: 16}", "16")
    search = load_search(write(child, base=base))
    found = {one.name: one for one in search.dimensions}
    assert found["models.lgb.params.num_leaves"].present == 16
    assert found["blend"].present == "median"
    # the range is the child's alone, the value it inherits lies outside
    rate = found["models.lgb.params.learning_rate"]
    assert (rate.low, rate.log, rate.present) == (0.5, False, 0.01)
    values = {one.name: one.present for one in search.dimensions if one.present is not MISSING}
    values |= {"features.drug.params.shrinkage": 0, "postprocess.0.params.margin": 0}
    loaded = search.fill(values)
    assert loaded.config.models["lgb"].params["learning_rate"] == 0.01
    assert str(loaded.origins["models", "lgb", "params", "num_leaves"]) == "base.yaml:14"


def test_a_value_takes_the_place_of_an_inherited_search(write: Write) -> None:
    child = "extends: base.yaml\nmodels: {lgb: {params: {num_leaves: 7}}}\nblend: median\n"
    names = [one.name for one in load_search(write(child, base=RECIPE)).dimensions]
    assert "models.lgb.params.num_leaves" not in names
    assert "blend" not in names
    assert "repeats" in names


def test_a_file_or_an_override_may_change_details_of_a_search(write: Write) -> None:
    child = "extends: base.yaml\nmodels: {lgb: {params: {num_leaves: {value: 4, step: null}}}}\n"
    search = load_search(write(child, base=RECIPE), ["repeats.value=1"])
    found = {one.name: one for one in search.dimensions}
    leaves = found["models.lgb.params.num_leaves"]
    assert (leaves.low, leaves.high, leaves.step, leaves.present) == (2, 64, None, 4)
    assert found["repeats"].present == 1


def test_an_override_may_be_a_search(write: Write) -> None:
    search = load_search(write(RECIPE), ["models.ridge.params.penalty={search: [1e-4, 1e-2], log: true}", "seed=4"])
    [penalty] = [one for one in search.dimensions if one.path[-1] == "penalty"]
    assert (penalty.low, penalty.high, penalty.present) == (1e-4, 1e-2, MISSING)
    penalties = {"models.ridge.params.penalty": 1e-3, "models.ridge.enabled": True}
    assert search.fill(CHOSEN | penalties).config.models["ridge"].params == {"penalty": 1e-3}


def test_what_is_switched_off_is_not_searched(write: Write) -> None:
    search = load_search(write(RECIPE), ["models.lgb.enabled=false", "models.ridge.enabled=true", "blend=mean"])
    names = [one.name for one in search.dimensions]
    assert not any(name.startswith("models.lgb") for name in names)
    assert list(search.fill({name: CHOSEN[name] for name in names}).config.features) == ["cell"]


def test_a_recipe_without_searches_has_no_dimensions(write: Write) -> None:
    path = write("extends: competition.yaml\nfeatures: {d: {kind: profile, params: {by: a}}}\nmodels: {m: ridge}\n")
    search = load_search(path)
    assert search.dimensions == ()
    assert search.present_values() == {}
    assert search.fill({}).tree == load_recipe(path).tree


def test_names_of_ones_own_may_be_search_and_choice(write: Write) -> None:
    text = "extends: competition.yaml\nfeatures: {choice: {kind: profile, params: {by: a}}}\nmodels: {search: ridge}\n"
    assert load_search(write(text)).dimensions == ()
    assert list(load_recipe(Path("recipe.yaml")).config.models) == ["search"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"repeats": 5}, "recipe.yaml:2: repeats: 5 is none of the integers from 1 to 4"),
        ({"repeats": 1.5}, "repeats: 1.5 is none of"),
        ({"repeats": True}, "repeats: true is none of"),
        ({"blend": "best"}, "blend: 'best' is none of the choices"),
        ({"models.ridge.enabled": 0}, "models.ridge.enabled: 0 is none of the choices [true, false]"),
        ({"repeat": 3}, "recipe.yaml: no dimension 'repeat' to fill (did you mean 'repeats'?)"),
    ],
)
def test_values_outside_are_refused(change: dict[str, Any], message: str, write: Write) -> None:
    with pytest.raises(ConfigError) as caught:
        load_search(write(RECIPE)).fill(CHOSEN | change)
    assert message in str(caught.value)


def test_values_that_contradict_each_other_are_refused_when_filled(write: Write) -> None:
    search = load_search(write(RECIPE))
    with pytest.raises(ConfigError, match="more leaves than a tree of that depth can have"):
        search.fill(CHOSEN | {"models.lgb.params.num_leaves": 64})
    with pytest.raises(ConfigError, match="repeats: no value given"):
        search.fill({name: value for name, value in CHOSEN.items() if name != "repeats"})


def test_numbers_may_be_numpys(write: Write) -> None:
    import numpy as np

    values = CHOSEN | {"repeats": np.int64(4), "models.lgb.params.learning_rate": np.float32(0.5)}
    tree = load_search(write(RECIPE)).fill(values).tree
    assert type(tree["repeats"]) is int
    assert type(tree["models"]["lgb"]["params"]["learning_rate"]) is float


def test_a_search_can_be_sent_to_another_process(write: Write) -> None:
    search = load_search(write(RECIPE))
    again = pickle.loads(pickle.dumps(search))
    assert again.fill(CHOSEN).tree == search.fill(CHOSEN).tree
    assert again.dimensions == search.dimensions
    assert again.present_values() is None
