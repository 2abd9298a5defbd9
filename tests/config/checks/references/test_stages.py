from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kit.config import dump, load_recipe, render
from kit.config.text.origins import Origin
from kit.config.text.yaml_file import parse_yaml
from tests.config.conftest import Write

RECIPE = """\
extends: competition.yaml
repeats: 2
features:
  cell: {kind: one_hot, params: {columns: [cell_type]}}
  drug: {kind: profile, params: {by: sm_name}}
  first: {kind: stage_predictions, params: {stage: teachers}}
  both: {kind: interaction, params: {left: first, right: cell}}
stages:
  teachers:
    models:
      a: {kind: ridge, features: [cell], target: svd, choose: {params.penalty: [1, 2]}}
      b: {kind: gaussian, features: [cell, drug]}
    repeats: 10
    repeats_blend: median
    blend: {kind: weighted, params: {weights: {a: .4, b: .6}}}
    out_of_fold: {kind: kfold, params: {n_splits: 3}}
  students:
    models: {a: {kind: gaussian, features: [first]}}
    pseudo_labels: {stage: teachers, keep: {agreement: 0.5, variance: 0.5}, rounds: 2}
models:
  lgb: {kind: lightgbm, features: [both]}
pseudo_labels: {stage: students, rows: more/rows.csv, weight: 0.5}
"""


def plain(text: str) -> Any:
    node = parse_yaml(text, lambda line: Origin(line=line))
    assert node is not None
    return node.plain()


def test_a_recipe_with_stages(write: Write) -> None:
    config = load_recipe(write(RECIPE)).config
    assert list(config.stages) == ["teachers", "students"]
    teachers, students = config.stages.values()
    assert (teachers.repeats, teachers.repeats_blend, teachers.blend.kind) == (10, "median", "weighted")
    assert teachers.models["a"].target is not None
    assert teachers.models["a"].target.kind == "svd"
    assert (students.blend.kind, students.out_of_fold.params, students.repeats) == ("mean", {"n_splits": 5}, None)
    assert students.pseudo_labels is not None
    assert (students.pseudo_labels.rows, students.pseudo_labels.rounds) == ("test", 2)
    assert config.pseudo_labels is not None
    assert config.pseudo_labels.rows == str(Path("more/rows.csv").absolute())


def test_rows_are_relative_to_the_file_or_for_an_override_to_the_current_folder(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("")
    Path("sub").mkdir()
    Path("sub/recipe.yaml").write_text(RECIPE.replace("competition.yaml", "../competition.yaml"))

    def rows(*overrides: str) -> str | None:
        labels = load_recipe(Path("sub/recipe.yaml"), overrides).config.pseudo_labels
        return labels and labels.rows

    assert rows() == str(Path("sub/more/rows.csv").absolute())
    assert rows("pseudo_labels.rows=more.csv") == str(Path("more.csv").absolute())
    assert rows("pseudo_labels.rows=test") == "test"


def test_files_that_extend_a_recipe_change_its_stages(write: Write) -> None:
    child = """\
extends: base.yaml
stages:
  teachers:
    models: {a: null, b: lightgbm, c: {kind: ridge, features: [cell]}}
    blend: median
  students: null
pseudo_labels: {stage: teachers, keep: {agreement: 0.5}}
"""
    config = load_recipe(
        write(child, base=RECIPE.replace("{kind: gaussian,", "{kind: gaussian, params: {penalty: 2},"))
    )
    teachers = config.config.stages["teachers"]
    assert list(config.config.stages) == ["teachers"]
    assert {name: model.kind for name, model in teachers.models.items()} == {"b": "lightgbm", "c": "ridge"}
    assert teachers.models["b"].params == {}
    assert teachers.models["b"].features == ["cell", "drug"]
    assert teachers.blend.params == {}
    assert teachers.repeats == 10


def test_overrides_reach_into_stages(write: Write) -> None:
    overrides = ["stages.teachers.models.b.params.penalty=3", "stages.teachers.models.a.kind=lightgbm"]
    loaded = load_recipe(write(RECIPE), overrides)
    teachers = loaded.config.stages["teachers"]
    assert teachers.models["b"].params == {"penalty": 3}
    assert teachers.models["a"].choose == {}
    assert str(loaded.origins["stages", "teachers", "models", "b", "params", "penalty"]) == f"--set {overrides[0]}"


def test_what_is_resolved_is_the_same_again(write: Write) -> None:
    loaded = load_recipe(write(RECIPE))
    Path("again.yaml").write_text(dump(loaded))
    again = load_recipe(Path("again.yaml"))
    assert again.config.stages == loaded.config.stages
    assert list(again.config.stages) == ["teachers", "students"]
    assert dump(again) == dump(loaded)
    text = render(loaded)
    assert all(line.endswith(":") or "  # " in line for line in text.splitlines())
    teachers = plain(text)["stages"]["teachers"]
    assert teachers["models"]["a"]["params"] == {"fit_intercept": True}  # the penalty is chosen
    assert teachers["models"]["b"]["params"] == {"penalty": 1.0, "fit_intercept": True}
    Path("rendered.yaml").write_text(text)
    rendered = load_recipe(Path("rendered.yaml"))
    assert rendered.config.stages["students"].pseudo_labels == loaded.config.stages["students"].pseudo_labels
    assert render(rendered).count("# default") == 0


class TestEnabled:
    def test_what_is_switched_off_is_left_out_wherever_it_is_named(self, write: Write) -> None:
        overrides = ["stages.teachers.models.a.enabled=false", "features.drug.enabled=false"]
        loaded = load_recipe(write(RECIPE), overrides)
        teachers = loaded.config.stages["teachers"]
        assert list(teachers.models) == ["b"]
        assert teachers.models["b"].features == ["cell"]
        assert teachers.blend.params == {"weights": {"b": 0.6}}
        assert list(loaded.config.features) == ["cell", "first", "both"]
        assert "enabled" not in dump(loaded)

    def test_weights_inside_of_a_blend_go_too(self, write: Write) -> None:
        inner = "{kind: of_groups, params: {blend: {kind: weighted, params: {weights: {a: .4, b: .6}}}}}"
        text = RECIPE.replace("{kind: weighted, params: {weights: {a: .4, b: .6}}}", inner)
        teachers = load_recipe(write(text), ["stages.teachers.models.a.enabled=false"]).config.stages["teachers"]
        assert teachers.blend.params["blend"]["params"] == {"weights": {"b": 0.6}}

    def test_a_model_of_the_same_name_in_another_stage_stays(self, write: Write) -> None:
        config = load_recipe(write(RECIPE), ["stages.teachers.models.a.enabled=false"]).config
        assert list(config.stages["students"].models) == ["a"]

    def test_what_only_it_read_goes_with_it(self, write: Write) -> None:
        text = RECIPE.replace("  lgb:", "  plain: {kind: ridge, features: [drug]}\n  lgb:")
        text = text[: text.index("  students:")] + text[text.index("models:\n  plain") :]
        text = text.replace("{stage: students, ", "{stage: teachers, ")
        loaded = load_recipe(write(text), ["models.lgb.enabled=false", "pseudo_labels=null"])
        assert list(loaded.config.features) == ["drug"]
        assert loaded.config.stages == {}
        assert load_recipe(Path("recipe.yaml")).config.stages != {}

    def test_true_is_as_if_it_were_not_written(self, write: Write) -> None:
        loaded = load_recipe(write(RECIPE), ["models.lgb.enabled=true"])
        assert loaded.tree == load_recipe(Path("recipe.yaml")).tree


class TestPresets:
    PRESETS = """\
presets:
  small:
    repeats: 1
    stages: {students: {pseudo_labels: {keep: {agreement: null}, rounds: 1}}}
    models: {lgb: {kind: ridge, params: {penalty: 4}}}
  other: {blend: median}
"""

    def test_a_preset_is_laid_over_the_recipe(self, write: Write) -> None:
        path = write(RECIPE + self.PRESETS)
        loaded = load_recipe(path, ["preset=small", "models.lgb.params.penalty=5"])
        config = loaded.config
        assert (config.repeats, config.models["lgb"].kind, config.models["lgb"].params) == (1, "ridge", {"penalty": 5})
        labels = config.stages["students"].pseudo_labels
        assert labels is not None
        assert (labels.keep.agreement, labels.keep.variance, labels.rounds) == (None, 0.5, 1)
        assert str(loaded.origins[("repeats",)]) == "recipe.yaml:25"
        assert loaded.path == path.absolute()

    def test_nothing_of_presets_remains(self, write: Write) -> None:
        without = load_recipe(write(RECIPE))
        unchosen = load_recipe(write(RECIPE + self.PRESETS))
        assert (unchosen.tree, dump(unchosen)) == (without.tree, dump(without))
        chosen = load_recipe(write(RECIPE + self.PRESETS + "preset: other\n"))
        assert chosen.tree == load_recipe(write(RECIPE), ["blend=median"]).tree

    def test_presets_are_inherited_and_changed(self, write: Write) -> None:
        child = "extends: base.yaml\npresets: {small: {repeats: 3}, other: null}\npreset: small\n"
        config = load_recipe(write(child, base=RECIPE + self.PRESETS)).config
        assert (config.repeats, config.models["lgb"].kind) == (3, "ridge")

    def test_overrides_reach_into_presets_and_can_unchoose(self, write: Write) -> None:
        path = write(RECIPE + self.PRESETS + "preset: small\n")
        assert load_recipe(path, ["presets.small.repeats=7"]).config.repeats == 7
        assert load_recipe(path, ["preset=null"]).config.repeats == 2
        assert load_recipe(path, ["preset=other"]).config.blend.kind == "median"

    def test_an_inherited_preset_that_no_longer_fits_is_wrong_only_when_it_is_chosen(self, write: Write) -> None:
        presets = "presets: {deep: {models: {lgb: {params: {num_leaves: 9}}}}}\n"
        path = write("extends: base.yaml\nmodels: {lgb: {kind: ridge}}\n", base=RECIPE + presets)
        assert load_recipe(path).config.models["lgb"].kind == "ridge"
        with pytest.raises(
            ValueError, match=r"^base\.yaml:23: models\.lgb\.params\.num_leaves: Ridge has no parameter"
        ):
            load_recipe(path, ["preset=deep"])

    def test_a_preset_can_hold_searches(self, write: Write) -> None:
        presets = "presets: {tuned: {repeats: {search: [2, 4]}}}\n"
        loaded = load_recipe(write(RECIPE + presets), ["preset=tuned"])
        assert loaded.config.repeats == 2  # what it replaces is the present value
