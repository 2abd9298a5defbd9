from __future__ import annotations

from kit.config.schema import FeatureConfig
from kit.training.planning.recipe_model import RecipeModel, needed_blocks
from tests.tiny import Tiny

RECIPE = """
target: {kind: svd, params: {n_components: 3}}
features:
  profile: {kind: target_profile, params: {by: sm_name}}
  cell: {kind: one_hot, params: {columns: [cell_type]}}
  both: {kind: interaction, params: {left: profile, right: cell}}
  compound: {kind: one_hot, params: {columns: [sm_name]}}
models:
  all: ridge
  one: {kind: ridge, features: [both], params: {penalty: 2.0}, target: {kind: identity}}
  open: {kind: ridge, features: [cell], choose: {params.penalty: [1.0, 2.0], target.params.n_components: [1, 2]}}
folds: {kind: kfold, params: {n_splits: 3}}
"""


def test_joins_an_entry_with_the_recipes_defaults(tiny: Tiny) -> None:
    config = tiny.recipe(RECIPE, "joins").config
    everything, one = RecipeModel.of(config, "all"), RecipeModel.of(config, "one")
    assert everything.features == ("profile", "cell", "both", "compound")
    assert (everything.target.kind, one.target.kind) == ("svd", "identity")
    assert (one.features, one.group) == (("both",), "cell_type")
    assert set(one.blocks) == {"both", "profile", "cell"}
    assert (one.inner.kind, one.inner.params) == ("kfold", {"n_splits": 3})
    inner = tiny.recipe(RECIPE, "joins", "folds.inner={kind: kfold, params: {n_splits: 2}}").config
    assert RecipeModel.of(inner, "one").inner.params == {"n_splits": 2}


def test_blocks_are_followed_through_references_and_listed_once() -> None:
    def interaction(left: str, right: str) -> FeatureConfig:
        return FeatureConfig(kind="interaction", params={"left": left, "right": right})

    one_hot = FeatureConfig(kind="one_hot", params={"columns": ["c"]})
    blocks = {"c": interaction("a", "b"), "b": interaction("a", "d"), "a": one_hot, "d": one_hot, "unused": one_hot}
    assert needed_blocks(blocks, ("c", "a")) == ["c", "a", "b", "d"]


def test_values_are_put_in_by_path_and_the_original_stays(tiny: Tiny) -> None:
    spec = RecipeModel.of(tiny.recipe(RECIPE, "joins").config, "open")
    chosen = spec.with_values({"params.penalty": 2.0, "target.params.n_components": 1}).without_choices()
    assert chosen.entry.params == {"penalty": 2.0}
    assert chosen.target.params == {"n_components": 1}
    assert chosen.entry.choose == {}
    assert (spec.entry.params, spec.target.params) == ({}, {"n_components": 3})
    assert len(spec.entry.choose) == 2


def test_content_is_all_that_a_fit_depends_on(tiny: Tiny) -> None:
    def content(*overrides: str) -> dict:
        return RecipeModel.of(tiny.recipe(RECIPE, "joins", *overrides).config, "one").content()

    assert content() == content("models.all.params={penalty: 9.0}") == content("blend=median")
    for override in (
        "models.one.params.penalty=3.0",
        "models.one.target={kind: svd, params: {n_components: 2}}",
        "features.cell.params.columns=[sm_name]",
        "models.one.features=[profile]",
        "models.one.choose={params.fit_intercept: [true, false]}",
    ):
        assert content() != content(override)


def test_blocks_and_stages_inside_of_inline_plugins_are_needed_too(tiny: Tiny) -> None:
    text = """\
features:
  cell: {kind: one_hot, params: {columns: [cell_type]}}
  nested:
    kind: concatenated
    params:
      of: [{kind: interaction, params: {left: cell, right: {kind: stage_predictions, params: {stage: first}}}}]
stages: {first: {models: {a: {kind: ridge, features: [cell]}}}}
models: {m: {kind: ridge, features: [nested]}}
"""
    spec = RecipeModel.of(tiny.recipe(text, "inline").config, "m")
    assert set(spec.blocks) == {"nested", "cell"}
    assert spec.reads == ("first",)
