"""Recipes in Python: from objects, names and files; what is wrong; written and read again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kit
from kit.errors import ConfigError, InputError
from kit.features import EmbeddingTable, Fingerprint, Interaction, OneHot, Similarity, TargetProfile
from kit.models import MODELS, LightGBM, Model, Ridge
from kit.splits import KFoldSplitter
from kit.targets import TargetSVD
from tests.features.compound_vectors import compound_vectors
from tests.tiny import Tiny


def built(tiny: Tiny, **parts: Any) -> kit.Recipe:
    features = {"profile": TargetProfile(by="sm_name"), "cell": OneHot(["cell_type"])}
    given = {"features": features, "models": {"ridge": Ridge(penalty=10.0, fit_intercept=False)}} | parts
    return kit.Recipe(tiny.folder / "competition.yaml", **given)


def said(recipe: kit.Recipe) -> dict[str, Any]:
    """What a recipe says, wherever its tables and files are."""
    return recipe.config.model_dump(exclude={"data": {"root"}, "default_recipe": True})


FILE = """\
extends: {}/competition.yaml
seed: 3
target: {{kind: svd, params: {{n_components: 5}}}}
features:
  profile: {{kind: target_profile, params: {{shrinkage: 0.5}}}}
  cell: {{kind: one_hot, params: {{columns: [cell_type]}}}}
models:
  ridge: {{kind: ridge, features: [profile, cell], params: {{penalty: 10.0, fit_intercept: false}}}}
  trees: {{kind: lightgbm, features: [profile], params: {{n_estimators: 4}}, repeats: 2}}
blend: {{kind: weighted, params: {{weights: {{ridge: 0.7, trees: 0.3}}}}}}
"""


def test_objects_and_words_make_the_recipe_that_a_file_makes(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "file.yaml").write_text(FILE.format(tiny.folder))
    recipe = built(
        tiny,
        seed=3,
        target=TargetSVD(n_components=np.int64(5)),
        features={"profile": TargetProfile(shrinkage=0.5), "cell": OneHot(("cell_type",))},
        models={
            "ridge": {"kind": Ridge(penalty=10.0, fit_intercept=False), "features": ["profile", "cell"]},
            "trees": {"kind": "lightgbm", "features": ["profile"], "params": {"n_estimators": 4}, "repeats": 2},
        },
        blend={"kind": "weighted", "params": {"weights": {"ridge": 0.7, "trees": 0.3}}},
    )
    assert said(recipe) == said(kit.load_recipe(tmp_path / "file.yaml"))


def test_a_competition_that_was_loaded_stands_for_its_file(tiny: Tiny) -> None:
    competition = kit.load_competition(tiny.folder / "competition.yaml")
    recipe = kit.Recipe(competition, models=["ridge"], features={"cell": OneHot(["cell_type"])})
    assert recipe.config.competition == "tiny"


def test_a_list_gives_each_the_name_of_its_kind(tiny: Tiny) -> None:
    recipe = built(tiny, features=[OneHot(["cell_type"])], models=[Ridge, "mean_outcome"])
    assert list(recipe.config.features) == ["one_hot"]
    assert {name: model.kind for name, model in recipe.config.models.items()} == {
        "ridge": "ridge",
        "mean_outcome": "mean_outcome",
    }


def test_plugins_inside_of_plugins(tiny: Tiny) -> None:
    features = {
        "like": Similarity(Fingerprint(n_bits=64)),
        "both": Interaction(OneHot(["cell_type"]), "like"),
    }
    recipe = built(tiny, features=features)
    params = recipe.config.features["both"].params
    assert params == {"left": {"kind": "one_hot", "params": {"columns": ["cell_type"]}}, "right": "like"}
    assert recipe.config.features["like"].params["of"] == {"kind": "fingerprint", "params": {"n_bits": 64}}


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"models": {"ridge": "rigde"}}, r"^recipe: models\.ridge\.kind: no model 'rigde' \(did you mean"),
        (
            {"models": {"ridge": Ridge(penalty=-1.0)}},
            r"models\.ridge\.params\.penalty: expected .*a number above 0.*got -1",
        ),
        ({"models": [Ridge(), Ridge(penalty=2.0)]}, "models: two are 'ridge'; give a dict with a name for each"),
        ({"models": []}, "models: expected a mapping of texts to entries"),
        ({"features": ["numeric"]}, "features\\.numeric: Numeric needs the parameter 'columns'"),
        ({"models": "ridge"}, "expected a dict by name, or a list"),
        ({"models": Ridge()}, "expected a dict by name, or a list"),
        ({"models": {"ridge": {"kind": Ridge(), "params": {"penalty": 3.0}}}}, "remove params"),
        ({"models": {"ridge": {"kind": Ridge(), "features": ["profil"]}}}, "'profil'.*did you mean 'profile'"),
        ({"models": {"ridge": lambda: None}}, r"models\.ridge: a function cannot be part of a recipe"),
        ({"models": [3]}, r"models\.0: expected a plug-in or its name, got 3"),
        ({"sede": 3}, "sede.*did you mean 'seed'"),
        ({"folds": KFoldSplitter(n_splits=1)}, r"folds\.params\.n_splits"),
        ({"name": "a/b"}, "the recipe's name 'a/b'"),
    ],
)
def test_what_is_wrong_is_named_at_its_place(tiny: Tiny, parts: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        built(tiny, **parts)


def test_a_class_without_a_name_is_refused(tiny: Tiny) -> None:
    class Nameless(Ridge):
        pass

    class Unregistered(Model):
        def fit(self, X: Any, Y: Any, sample_weight: Any = None) -> Unregistered:
            return self

        def predict(self, X: Any) -> Any:
            return X

    for model in (Nameless(), Unregistered()):
        with pytest.raises(ConfigError, match=r"models\.mine: \w+ has no name in a registry"):
            built(tiny, models={"mine": model})


def test_a_class_of_the_session_is_trained(tiny: Tiny, tmp_path: Path) -> None:
    @MODELS.register("of_this_session")
    class Halved(Ridge):
        """Half of what ridge predicts."""

        def predict(self, X: Any) -> Any:
            return super().predict(X) / 2

    try:
        mine = built(tiny, models=[Halved(penalty=10.0, fit_intercept=False)], postprocess=[])
        halves, wholes = (
            kit.train(recipe, out=tmp_path, progress=False).out_of_fold
            for recipe in (mine, built(tiny, postprocess=[]))
        )
    finally:
        del MODELS._classes["of_this_session"]
    targets = list(tiny.competition.targets)
    np.testing.assert_allclose(halves[targets], wholes[targets] / 2, rtol=1e-5)


def test_values_are_changed_by_their_paths(tiny: Tiny) -> None:
    for recipe in (built(tiny), kit.load_recipe(tiny.folder / "standard.yaml")):
        changed = recipe.changed({"models.ridge.params.penalty": 3.0, "folds.kind": "kfold", "postprocess": []})
        assert changed.config.models["ridge"].params["penalty"] == 3.0
        assert changed.config.folds.kind == "kfold"
        assert changed.config.postprocess == []
        assert recipe.config.models["ridge"].params["penalty"] == 10.0
        with pytest.raises(ConfigError, match=r"penallty.*did you mean 'penalty'"):
            recipe.changed({"models.ridge.params.penallty": 3.0})


def test_none_removes_an_entry(tiny: Tiny) -> None:
    recipe = built(tiny).changed({"features.cell": None})
    assert list(recipe.config.features) == ["profile"]


def test_an_object_may_be_the_new_value(tiny: Tiny) -> None:
    changed = built(tiny).changed({"models.trees": LightGBM(n_estimators=4), "target": TargetSVD(n_components=3)})
    assert changed.config.models["trees"].params == {"n_estimators": 4}
    assert changed.config.target.params == {"n_components": 3}


def test_what_is_written_is_read_again(tiny: Tiny, tmp_path: Path) -> None:
    features = {"cell": OneHot(["cell_type"]), "vectors": EmbeddingTable(Path(compound_vectors()))}
    recipe = built(tiny, features=features, name="mine", seed=4).changed({"repeats": 2, "blend": "median"})
    file = recipe.to_yaml(tmp_path / "deep" / "mine.yaml")
    again = kit.load_recipe(file)
    assert said(again) == said(recipe)
    assert again.name == "mine"
    assert again.load().root.resolve() == tiny.data.resolve()
    text = file.read_text()
    assert text.startswith("extends: ")
    assert "path: ../" in text, "a path is relative to the file"


def test_a_file_with_changes_keeps_its_comments(tiny: Tiny, tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(f"# why\nextends: {tiny.folder}/standard.yaml\nseed: 3  # lucky\n")
    recipe = kit.load_recipe(tmp_path / "one.yaml", {"seed": 5})
    text = recipe.to_yaml(tmp_path / "two.yaml").read_text()
    assert text.startswith("# why\n")
    assert "seed: 5  # lucky" in text
    assert said(kit.load_recipe(tmp_path / "two.yaml")) == said(recipe)


def test_the_file_that_a_recipe_extends_is_not_written_over(tiny: Tiny) -> None:
    before = (tiny.folder / "competition.yaml").read_text()
    with pytest.raises(ConfigError, match="extends this file"):
        built(tiny).to_yaml(tiny.folder / "competition.yaml")
    assert (tiny.folder / "competition.yaml").read_text() == before


def test_it_shows_itself(tiny: Tiny) -> None:
    recipe = built(tiny, name="mine")
    assert repr(recipe) == "<Recipe mine of tiny: ridge>"
    assert "penalty: 10.0" in recipe.text
    assert "ridge (ridge)" in recipe._repr_html_()
