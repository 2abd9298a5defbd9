"""Names that a recipe gives become files: wherever one stands, it is checked, at file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from kit.blending.directory import check_name
from kit.comparing.comparison_files import comparison_directory
from kit.config import load_competition, load_recipe
from kit.config.search_recipe import load_search
from kit.errors import ConfigError, InputError
from tests.config.conftest import COMPETITION, Write

PLACES = {
    "a block": "features:\n  {name}: {{kind: one_hot, params: {{columns: [a]}}}}\nmodels: {{m: ridge}}\n",
    "a model": "features: {{c: {{kind: one_hot, params: {{columns: [a]}}}}}}\nmodels:\n  {name}: ridge\n",
    "a stage": "features: {{c: {{kind: one_hot, params: {{columns: [a]}}}}}}\nmodels: {{m: ridge}}\nstages:\n"
    "  {name}: {{models: {{m: ridge}}}}\n",
    "a stage's model": "features: {{c: {{kind: one_hot, params: {{columns: [a]}}}}}}\nstages: {{t: {{models: {{\n"
    "  {name}: ridge}}}}}}\nmodels: {{m: ridge}}\npseudo_labels: {{stage: t}}\n",
    "the competition": "features: {{c: {{kind: one_hot, params: {{columns: [a]}}}}}}\nmodels: {{m: ridge}}\n"
    "competition:\n  {name}\n",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", ["../../evil", "/abs/olute", "''", ".", "'\"\\x1b[31m\"'", "n" * 300, "a\\b", "ü"])
def test_a_name_that_names_no_file_is_refused_where_it_stands(place: str, name: str, write: Write) -> None:
    text = PLACES[place].format(name=name)
    line = 1 + next(i for i, one in enumerate(text.splitlines(), 1) if one.strip().startswith(name))
    with pytest.raises(ConfigError) as caught:
        load_recipe(write(f"extends: competition.yaml\n{text}"))
    # A scalar's place is that of its key.
    line -= place == "the competition"
    found = [one for one in str(caught.value).splitlines() if "it names files" in one]
    assert found
    assert found[0].startswith(f"recipe.yaml:{line}:")


@pytest.mark.parametrize("stem", ["r" * 100, "a b", "-x", "größe"])
def test_a_recipe_file_names_its_run(stem: str, write: Write) -> None:
    Path(f"{stem}.yaml").write_text(
        write("extends: competition.yaml\n" + PLACES["a model"].format(name="m")).read_text()
    )
    for load in (load_recipe, load_search):
        with pytest.raises(ConfigError, match=r"a recipe's file name without its ending: .*rename it"):
            load(Path(f"{stem}.yaml"))


def test_a_competition_alone_is_checked(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text(COMPETITION.replace("op2", "../op2"))
    with pytest.raises(ConfigError, match=r"c.yaml:1: competition: .* it names files too"):
        load_competition(tmp_path / "c.yaml")


@pytest.mark.parametrize("name", ["../x", "", "x" * 80, "a b"])
def test_names_given_on_the_command_line_follow_the_same_rule(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it names files"):
        check_name(name)
    with pytest.raises(InputError, match="it names files"):
        comparison_directory(tmp_path, "c", name)
