from __future__ import annotations

from pathlib import Path

import pytest

from kit.config import data_root, load_competition, load_recipe
from kit.config.schema import CompetitionConfig, RecipeConfig
from kit.errors import ConfigError
from tests.config.conftest import COMPETITION, Write

RECIPE = """\
extends: competition.yaml
seed: 7
target: {kind: svd, params: {n_components: 8}}
features:
  drug: {kind: profile, params: {by: sm_name}}
  cell: {kind: one_hot, params: {columns: [cell_type]}}
  both: {kind: interaction, params: {left: drug, right: {kind: one_hot, params: {columns: [a]}}}}
  hidden: {kind: stack, params: {parts: [cell, drug]}}
  all: {kind: stack, params: {parts: [], extra: hidden}}
models:
  ridge:
    kind: ridge
    features: [drug, both, all]
    target: {kind: svd}
    choose: {params.penalty: [1, 10.0], target.params.n_components: [4, auto]}
  lgb: {kind: lightgbm, features: [cell], params: {learning_rate: 1, bounds: [0, 1], library_params: {num_threads: 1}}}
  group: {kind: per_group, features: [cell], params: {model: ridge}}
blend: {kind: weighted, params: {weights: {ridge: 1, lgb: 2, group: 0}}}
folds: {inner: {kind: mix, params: {schemes: [{kind: groups, params: {column: a}}]}}}
postprocess: []
"""


def test_a_recipe_that_uses_everything(write: Write) -> None:
    loaded = load_recipe(write(RECIPE))
    config = loaded.config
    assert isinstance(config, RecipeConfig)
    assert (loaded.name, loaded.path.name) == ("recipe", "recipe.yaml")
    assert (config.competition, config.seed, config.metric.kind, config.blend.kind) == ("op2", 7, "mrrmse", "weighted")
    assert config.folds.params == {"column": "sm_name", "n_splits": 4}
    assert config.folds.inner is not None
    assert config.folds.inner.kind == "mix"
    assert config.models["ridge"].choose == {"params.penalty": [1, 10.0], "target.params.n_components": [4, "auto"]}
    assert config.features["both"].params["left"] == "drug"
    assert config.postprocess == []
    assert str(loaded.origins["models", "lgb", "params", "bounds"]) == "recipe.yaml:16"
    assert str(loaded.origins["columns", "keys"]) == "competition.yaml:4"


def test_the_short_form_stands_for_a_kind(write: Write) -> None:
    config = load_recipe(
        write(
            "extends: competition.yaml\nfeatures: {d: {kind: profile, params: {by: a}}}\n"
            "models: {m: ridge}\nblend: median\n"
        )
    ).config
    assert config.models["m"].kind == "ridge"
    assert config.blend.kind == "median"
    assert [step.kind for step in config.postprocess] == ["clip"]


def test_a_competition_file_leads_to_its_default_recipe(write: Write) -> None:
    write(RECIPE)
    Path("sub").mkdir()
    Path("sub/competition.yaml").write_text(COMPETITION + "default_recipe: ../recipe.yaml\n")
    loaded = load_recipe(Path("sub/competition.yaml"), ["seed=9"])
    assert loaded.path == Path("recipe.yaml").absolute()
    assert loaded.config.seed == 9


def test_a_default_recipe_that_is_not_there(write: Write) -> None:
    write(RECIPE, other=COMPETITION + "default_recipe: recpe.yaml\n")
    with pytest.raises(ConfigError, match=r"^other\.yaml:6: default_recipe: no such file recpe\.yaml \(did you mean"):
        load_recipe(Path("other.yaml"))


def test_a_default_recipe_whose_name_no_file_can_have(write: Write) -> None:
    write(RECIPE, other=COMPETITION + f"default_recipe: {'x' * 5000}.yaml\n")
    with pytest.raises(ConfigError, match=r"^other\.yaml:6: default_recipe: no such file"):
        load_recipe(Path("other.yaml"))


def test_a_recipe_without_models_is_not_led_away_by_an_inherited_default_recipe(write: Write) -> None:
    path = write("extends: other.yaml\nseed: 3\n", other=COMPETITION + "default_recipe: recipe.yaml\n")
    with pytest.raises(ConfigError, match=r"^recipe\.yaml: models: missing: recipe\.yaml is neither a recipe"):
        load_recipe(path)


def test_a_competition_alone_and_out_of_a_recipe(write: Write) -> None:
    path = write(RECIPE)
    alone, inside = load_competition(Path("competition.yaml")), load_competition(path)
    assert type(alone.config) is type(inside.config) is CompetitionConfig
    assert alone.config.model_copy(update={"folds": None}) == inside.config.model_copy(update={"folds": None})
    assert inside.config.folds.inner is not None


def test_a_competition_file_with_a_recipes_key(write: Write) -> None:
    write(RECIPE, other=COMPETITION + "seed: 3\n")
    with pytest.raises(ConfigError, match=r"^other\.yaml:6: seed: unknown key 'seed'"):
        load_competition(Path("other.yaml"))


class TestDataRoot:
    def test_is_relative_to_the_file_in_which_it_is_written(self, write: Write, tmp_path: Path) -> None:
        write(RECIPE)
        Path("sub").mkdir()
        Path("sub/recipe.yaml").write_text(RECIPE.replace("competition.yaml", "../competition.yaml"))
        assert data_root(load_recipe(Path("sub/recipe.yaml")), None, {}) == tmp_path / "tables"
        Path("sub/recipe.yaml").write_text(
            RECIPE.replace("competition.yaml", "../competition.yaml") + "data: {root: own}\n"
        )
        assert data_root(load_recipe(Path("sub/recipe.yaml")), None, {}) == tmp_path / "sub" / "own"
        set_here = load_recipe(Path("sub/recipe.yaml"), ["data.root=there"])
        assert data_root(set_here, None, {}) == tmp_path / "there"

    def test_defaults_to_a_folder_beside_the_competition(self, write: Write, tmp_path: Path) -> None:
        Path("sub").mkdir()
        write(RECIPE)
        Path("competition.yaml").write_text(COMPETITION.replace("root: tables, ", ""))
        Path("sub/recipe.yaml").write_text(RECIPE.replace("competition.yaml", "../competition.yaml"))
        loaded = load_recipe(Path("sub/recipe.yaml"))
        assert loaded.competition_folder == tmp_path
        assert data_root(loaded, None, {}) == tmp_path / "data"

    def test_gives_way_to_the_environment_and_that_to_the_option(self, write: Write, tmp_path: Path) -> None:
        loaded = load_recipe(write(RECIPE))
        shared = tmp_path / "shared"
        shared.mkdir()
        environ = {"KIT_DATA": str(shared)}
        assert data_root(loaded, None, environ) == shared
        (shared / "op2").mkdir()
        assert data_root(loaded, None, environ) == shared / "op2"
        assert data_root(loaded, Path("x"), environ) == Path("x")
        assert data_root(loaded, None, {"KIT_DATA": ""}) == tmp_path / "tables"
