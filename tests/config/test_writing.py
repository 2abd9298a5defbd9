from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest

from kit.config import Loaded, load_recipe
from kit.config.search.dimensions import Dimension
from kit.config.search_recipe import load_search
from kit.errors import ConfigError
from tests.config.conftest import Write
from tests.config.test_search_recipe import CHOSEN, RECIPE

COMMENTED = """\
# What this is.

extends: "competition.yaml"  # the tables
repeats: 0x2
target:   {kind: 'svd',   params: {n_components: {choice: [8, auto]}}} # the size
features:
  # the file
  file: {kind: vectors, params: {path: ./vectors.npz}}
  drug:
    kind: profile
    params:
      by: sm_name  # by compound
      shrinkage:  # towards zero
        search: [0, 1.0]
        step: 0.25

  # the cells
  cell: {kind: one_hot, params: {columns: [cell_type]}}
models:

  lgb:
    kind: lightgbm
    features:
      - file
      - {choice: [drug, cell]}  # one of the two
    params:
      library_params:
      max_depth: ~
      learning_rate:
        search: [1.0e-3, 1]
        log: true
      # after

      bounds: [0, 1.5]
  ridge: {kind: ridge, features: [drug, cell], enabled: {choice: [true, false]}}

# the end
"""


def meaning(loaded: Loaded[Any]) -> tuple[dict[str, Any], str]:
    """Return all that a recipe says; the tables' folder as a whole path, because it is relative to a file."""
    data = {key: value for key, value in loaded.tree["data"].items() if key != "root"}
    return {**loaded.tree, "data": data}, os.path.abspath(loaded.root)


def written(path: Path, values: dict[str, Any], target: str = "written.yaml", overrides: tuple[str, ...] = ()) -> str:
    """Write a recipe, check that what was written means what it should, and return its text."""
    search = load_search(path, overrides)
    file = Path(target)
    search.write(values, file)
    assert meaning(load_recipe(file)) == meaning(search.fill(values))
    assert [one.name for one in file.parent.iterdir() if one.name.endswith(".part")] == []
    return file.read_text()


def test_comments_order_quotes_and_spacing_stay(write: Write) -> None:
    values = {
        "target.params.n_components": "auto",
        "features.drug.params.shrinkage": 0.5,
        "models.lgb.features.1": "drug",
        "models.lgb.params.learning_rate": 1e-05 * 1000,
        "models.ridge.enabled": True,
    }
    expected = COMMENTED.replace("{choice: [8, auto]}", "auto")
    expected = expected.replace(
        "      shrinkage:  # towards zero\n        search: [0, 1.0]\n        step: 0.25\n",
        "      shrinkage: 0.5  # towards zero\n",
    )
    expected = expected.replace("- {choice: [drug, cell]}  # one", "- drug  # one")
    expected = expected.replace(
        "learning_rate:\n        search: [1.0e-3, 1]\n        log: true\n", "learning_rate: 0.01\n"
    )
    expected = expected.replace("{choice: [true, false]}", "true")
    assert written(write(COMMENTED), values) == expected


def test_a_block_that_only_other_values_read_is_switched_off(write: Write) -> None:
    values = {
        "target.params.n_components": 8,
        "features.drug.params.shrinkage": 0.0,
        "models.lgb.features.1": "cell",
        "models.lgb.params.learning_rate": 0.5,
        "models.ridge.enabled": False,
    }
    text = written(write(COMMENTED), values)
    assert "enabled: false}\n" in text
    assert "      shrinkage: 0.0  # towards zero\n    enabled: false\n\n  # the cells\n" in text


def test_what_is_inherited_becomes_an_override(write: Write) -> None:
    text = written(write("# mine\nextends: base.yaml\n", base=RECIPE), CHOSEN)
    assert text.startswith("# mine\nextends: base.yaml\n")
    assert "models: {lgb: {features: [both, cell]}}" not in text  # one entry a section
    assert "postprocess: [{kind: clip, params: {margin: 0}}]" in text


def test_overrides_are_written(write: Write) -> None:
    overrides = ("models.lgb.params.learning_rate=1e-05", "models.more=ridge", "title='no: # 1e-3'", "blend=median")
    values = {name: value for name, value in CHOSEN.items() if not name.startswith("blend")}
    del values["models.lgb.params.learning_rate"]
    text = written(write(RECIPE), values, overrides=overrides)
    assert "learning_rate: 1e-05\n" in text
    assert "blend: {kind: median}\n" in text


def test_a_removed_model_and_a_changed_kind_are_written(write: Write) -> None:
    overrides = ("models.ridge=null", "models.lgb.kind=ridge", "blend=null")
    values = {name: CHOSEN[name] for name in CHOSEN if "lgb.params" not in name and "ridge" not in name}
    del values["blend"]
    for base in (RECIPE, "extends: base.yaml\n"):
        text = written(write(base, base=RECIPE), values, overrides=overrides)
        assert "learning_rate" not in text
        assert ("ridge: null" in text) == (base != RECIPE)


def test_a_chosen_preset_is_written_and_no_longer_chosen(write: Write) -> None:
    presets = (
        "presets: {small: {repeats: 1, models: {lgb: {params: {num_leaves: {search: [2, 3]}}}}}, other: {seed: 3}}\n"
    )
    values = {name: value for name, value in CHOSEN.items() if name != "repeats"} | {"models.lgb.params.num_leaves": 3}
    for recipe in (RECIPE + presets, RECIPE + presets + "preset: small\n", "extends: base.yaml\nseed: 5\n"):
        text = written(
            write(recipe, base=RECIPE + presets + "preset: small\n"), values, overrides=("preset=small", "seed=9")
        )
        assert "preset: small" not in text
        assert "seed: 9" in text


def test_paths_stay_right_in_another_folder(write: Write) -> None:
    path = write(
        COMMENTED.replace('extends: "competition.yaml"', "extends: [competition.yaml, more.yaml]")
        + "data: {root: here/tables}\n"
        + "presets: {other: {features: {file: {params: {path: ./other.npz}}}}}\n"
        + "pseudo_labels: {stage: first, rows: rows.csv}\nstages: {first: {models: {m: ridge}}}\n",
        more="seed: 3\n",
    )
    Path("sub").mkdir()
    values = {
        "target.params.n_components": "auto",
        "features.drug.params.shrinkage": 0.5,
        "models.lgb.features.1": "drug",
        "models.lgb.params.learning_rate": 0.01,
        "models.ridge.enabled": True,
    }
    text = written(path, values, "sub/deep/written.yaml", ("features.file.params.path=./vectors.npz",))
    assert "extends: [../../competition.yaml, ../../more.yaml]  # the tables\n" in text
    assert "path: ../../vectors.npz" in text
    assert "rows: ../../rows.csv" in text
    assert "root: ../../here/tables" in text
    other = load_recipe(Path("sub/deep/written.yaml"), ["preset=other"])
    assert other.config.features["file"].params["path"] == str(Path("other.npz").absolute())


def test_a_recipe_that_is_a_competition_too_keeps_its_tables(write: Write) -> None:
    write("")
    competition = Path("competition.yaml").read_text().replace("root: tables, ", "")
    path = write(competition + RECIPE.replace("extends: competition.yaml\n", ""))
    Path("sub").mkdir()
    assert "root: ../data" in written(path, CHOSEN, "sub/written.yaml")


def test_it_can_take_its_own_place_but_not_that_of_what_it_extends(write: Write) -> None:
    path = write("extends: base.yaml\n", base=RECIPE)
    search = load_search(path)
    for name in ("base.yaml", "competition.yaml"):
        before = Path(name).read_text()
        with pytest.raises(ConfigError, match="extends this file; write another one"):
            search.write(CHOSEN, Path(name))
        assert Path(name).read_text() == before
    search.write(CHOSEN, path)
    assert meaning(load_recipe(path)) == meaning(search.fill(CHOSEN))


@pytest.mark.parametrize("form", ["anchor", "merge key"])
def test_anchors(form: str, write: Write) -> None:
    searched = "{num_leaves: {search: [2, 9]}}"
    head = RECIPE[: RECIPE.index("models:")].replace("{search: [0.0, 1.0], step: 0.25}", "0.5")
    shared = {
        "anchor": f"  a: {{kind: lightgbm, params: &p {searched}}}\n  b: {{kind: lightgbm, params: *p}}\n",
        "merge key": f"  a: &a {{kind: lightgbm, params: {searched}}}\n  b: {{<<: *a, repeats: 2}}\n",
    }[form]
    values = {"repeats": 1, "target.params.n_components": 8}
    names = {"models.a.params.num_leaves": 3, "models.b.params.num_leaves": 4}
    written(write(head + "models:\n" + shared), values | names)
    written(write(head + "models:\n" + shared), values | dict.fromkeys(names, 3))


OVERRIDES = (
    "seed=3",
    "models.ridge.params.penalty={search: [0.5, 2.0], value: 1.0}",
    "models.ridge.params.penalty=3",
    "models.ridge.kind=lightgbm",
    "models.lgb.params.max_depth=null",
    "models.lgb.params.library_params={num_threads: 1}",
    "models.new={kind: per_group, params: {model: {kind: ridge, params: {penalty: {choice: [1, 2.0]}}}}}",
    "features.cell.params.min_count=2",
    "postprocess=[]",
    "postprocess.0.params.margin={choice: [1, 1.0]}",
    "target=null",
    "preset=small",
    "preset=kinds",
    "title='a, b: [c] {d} # e'",
    "blend=median",
    "data.layer='1e-3'",
)

PRESETS = """\
presets:
  small: {repeats: 1, models: {lgb: {params: {num_leaves: 4, learning_rate: 0.5}}}}
  kinds: {models: {lgb: {kind: ridge}, ridge: {kind: lightgbm}}, target: null}
"""


def drawn(draw: random.Random, one: Dimension) -> Any:
    if one.kind == "choice":
        return draw.choice(one.choices)
    assert one.low is not None
    assert one.high is not None
    return draw.randint(int(one.low), int(one.high)) if one.kind == "int" else draw.uniform(one.low, one.high)


@pytest.mark.parametrize("seed", range(30))
def test_what_is_written_always_means_what_was_filled(seed: int, write: Write) -> None:
    """Random values, overrides, presets, folders and splits of the recipe into files."""
    draw = random.Random(seed)
    Path("sub").mkdir(exist_ok=True)
    texts = [RECIPE + PRESETS, COMMENTED.replace("- file\n      - ", "- ").replace("  file:", "  #") + PRESETS]
    own = draw.choice(
        ["extends: base.yaml\nmodels: {lgb: {repeats: 2}}\n", "extends: base.yaml\nblend: mean\n", *texts]
    )
    path = write(own, base=draw.choice(texts))
    overrides = tuple(draw.sample(OVERRIDES, draw.randint(0, 4)))
    for _ in range(20):
        try:
            search = load_search(path, overrides)
            break
        except ConfigError:
            overrides = overrides[:-1]
    for _ in range(50):
        values = {one.name: drawn(draw, one) for one in search.dimensions}
        try:
            search.fill(values)
            break
        except ConfigError:
            continue
    else:
        pytest.fail("no values fit together")
    written(path, values, draw.choice(["written.yaml", "sub/written.yaml"]), overrides)
