from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from kit.comparing.candidates import Candidate, check_comparable, default_name, labels, load_with_seeds
from kit.comparing.comparison_files import comparison_directory
from kit.config import Loaded, load_recipe
from kit.config.schema import RecipeConfig
from kit.errors import ConfigError, InputError
from tests.tiny import Tiny

KFOLD = "folds={kind: kfold, params: {n_splits: 3}}"


def copied(tiny: Tiny, path: Path) -> Loaded[RecipeConfig]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"extends: {tiny.folder / 'standard.yaml'}\n")
    return load_recipe(path)


def candidate(tiny: Tiny, label: str, *overrides: str, seeds: int = 1) -> Candidate:
    recipes = load_with_seeds(tiny.folder / "standard.yaml", overrides, seeds)
    return Candidate(label, recipes, tiny.read(recipes[0]))


def test_seeds_go_on_from_the_recipes_own(tiny: Tiny) -> None:
    recipes = load_with_seeds(tiny.folder / "standard.yaml", ["repeats=2"], 3)
    assert [recipe.config.seed for recipe in recipes] == [3, 4, 5]
    assert {recipe.config.repeats for recipe in recipes} == {2}
    recipes = load_with_seeds(tiny.folder / "standard.yaml", ["seed=7"], 2)
    assert [recipe.config.seed for recipe in recipes] == [7, 8]
    with pytest.raises(ConfigError, match="nothing"):
        load_with_seeds(tiny.folder / "standard.yaml", ["nothing=1"], 2)


def test_a_label_is_the_files_name_with_as_many_folders_as_it_needs(tiny: Tiny, tmp_path: Path) -> None:
    paths = ["one/mlp.yaml", "two/mlp.yaml", "three/one/mlp.yaml", "ridge.yaml"]
    recipes = [copied(tiny, tmp_path / path) for path in paths]
    found = labels(recipes)
    assert found[1:] == ["two/mlp", "three/one/mlp", "ridge"]
    assert found[0].endswith("/one/mlp")
    assert len(set(found)) == 4
    assert labels(recipes[1:]) == ["two/mlp", "one/mlp", "ridge"]
    with pytest.raises(InputError, match="ridge is given twice"):
        labels([*recipes, recipes[-1]])


def test_the_default_name_differs_where_anything_does(tiny: Tiny) -> None:
    a, b = candidate(tiny, "a"), candidate(tiny, "two/b")
    assert re.fullmatch(r"a-[0-9a-f]{8}", default_name([a]))
    assert re.fullmatch(r"a-vs-two-b-[0-9a-f]{8}", default_name([a, b]))
    assert re.fullmatch(r"a-vs-2-others-[0-9a-f]{8}", default_name([a, b, replace(b, label="c")]))
    others = [[b, a], [a, candidate(tiny, "two/b", "repeats=2")], [candidate(tiny, "a", seeds=2), b]]
    names = {default_name(candidates) for candidates in ([a, b], *others)}
    assert len(names) == 4
    assert default_name([candidate(tiny, "a"), b]) == default_name([a, b])


def test_the_default_name_of_long_and_odd_labels_names_a_folder(tiny: Tiny, tmp_path: Path) -> None:
    recipe = tiny.standard()
    labels = ["my folder/" + "m" * 60, "n" * 64]
    name = default_name([Candidate(label, [recipe], tiny.competition) for label in labels])
    assert comparison_directory(tmp_path, "tiny", name).name == name


def test_the_same_folds_can_be_compared(tiny: Tiny) -> None:
    check_comparable([candidate(tiny, "a", seeds=2), candidate(tiny, "b", "models.trees=null", "blend=mean", seeds=2)])
    check_comparable([candidate(tiny, "a", KFOLD, seeds=2), candidate(tiny, "b", KFOLD, "repeats=2", seeds=2)])


def test_other_folds_are_named(tiny: Tiny) -> None:
    with pytest.raises(InputError) as caught:
        check_comparable([candidate(tiny, "a"), candidate(tiny, "b", "folds.params.cells=[NK cells]")])
    assert "a and b are not validated on the same folds" in str(caught.value)
    assert "the fold 'T cells' is one of a only" in str(caught.value)
    assert "NK" not in str(caught.value)


def test_other_rows_in_a_fold_are_counted(tiny: Tiny) -> None:
    with pytest.raises(InputError) as caught:
        check_comparable([candidate(tiny, "a"), candidate(tiny, "b", "folds.params.anchors=drop")])
    assert re.search(r"the fold 'NK cells' trains on other rows: \d+ and \d+, \d+ in common", str(caught.value))
    assert "validates" not in str(caught.value)


def test_folds_drawn_by_other_seeds_differ_and_the_seeds_are_named(tiny: Tiny) -> None:
    with pytest.raises(InputError) as caught:
        check_comparable([candidate(tiny, "a", KFOLD), candidate(tiny, "b", KFOLD, "seed=5")])
    assert "validates other rows" in str(caught.value)
    assert "the same seed (these have 3 and 5)" in str(caught.value)


def test_other_weights_are_told(tiny: Tiny) -> None:
    held_out = "{kind: held_out_cell_type, params: {cell_type: cell_type, compound: sm_name}}"

    def mixed(weight: float) -> str:
        return f"folds={{kind: mix, params: {{schemes: [{held_out}], weights: [{weight}]}}}}"

    with pytest.raises(InputError, match="weighs"):
        check_comparable([candidate(tiny, "a", mixed(1.0)), candidate(tiny, "b")])


def test_competition_metric_tables_and_seeds_must_be_the_same(tiny: Tiny, tmp_path: Path) -> None:
    a = candidate(tiny, "a")
    with pytest.raises(InputError, match="a and b are recipes of different competitions, tiny and other"):
        check_comparable([a, candidate(tiny, "b", "competition=other")])
    with pytest.raises(InputError, match="a and b are scored by different metrics, mrrmse and mae"):
        check_comparable([a, candidate(tiny, "b", "metric=mae")])
    with pytest.raises(InputError, match="numbers of seeds, 1 and 2"):
        check_comparable([a, candidate(tiny, "b", seeds=2)])
    moved = tiny.with_targets(tmp_path / "moved", tiny.competition.Y + 1)
    other = Candidate("b", a.recipes, tiny.read(a.recipes[0], moved))
    with pytest.raises(InputError, match="a and b do not read the same tables"):
        check_comparable([a, other])


def test_folds_that_cannot_be_made_name_the_recipe(tiny: Tiny) -> None:
    with pytest.raises(InputError, match="b: "):
        check_comparable([candidate(tiny, "a"), candidate(tiny, "b", "folds={kind: kfold, params: {n_splits: 10000}}")])
