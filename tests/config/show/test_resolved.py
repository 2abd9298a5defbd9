from __future__ import annotations

import re
from pathlib import Path

import pytest

from kit.config import dump, load_recipe, render
from kit.config.text.origins import Origin
from kit.config.text.yaml_file import parse_yaml
from tests.config.conftest import Write
from tests.config.test_load import RECIPE


def test_what_is_dumped_loads_as_the_same_from_any_folder(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = load_recipe(write(RECIPE), ["title='no: # 1e-3'", "models.lgb.params.learning_rate=1e-05"])
    run = tmp_path / "runs" / "x"
    run.mkdir(parents=True)
    (run / "config.yaml").write_text(dump(loaded))
    monkeypatch.chdir(run)
    again = load_recipe(Path("config.yaml"))
    root = again.config.data.root
    assert Path(root) == tmp_path / "tables"
    data = loaded.config.data.model_copy(update={"root": root})
    versioned = {"data": data, "kit_version": again.config.kit_version}
    assert again.config == loaded.config.model_copy(update=versioned)
    assert dump(again) == dump(loaded)


def test_every_value_is_rendered_with_its_origin(write: Write) -> None:
    text = render(load_recipe(write(RECIPE), ["models.lgb.params.num_leaves=9"]))
    origin = {
        line.split("  #")[0].strip(): line.split("  # ")[1] for line in text.splitlines() if re.search(r"  # \S", line)
    }
    assert origin["competition: op2"] == "competition.yaml:1"
    assert origin["keys: [cell_type, sm_name]"] == "competition.yaml:4"
    assert origin["seed: 7"] == "recipe.yaml:2"
    assert origin["num_leaves: 9"] == "--set models.lgb.params.num_leaves=9"
    assert origin["num_threads: 1"] == "recipe.yaml:16"
    assert origin["max_depth: null"] == "default"
    assert origin["kind: mrrmse"] == "default"
    assert origin["params.penalty: [1, 10.0]"] == "recipe.yaml:15"
    assert "random_state" not in text


def test_every_line_that_holds_a_value_has_a_comment(write: Write) -> None:
    for line in render(load_recipe(write(RECIPE))).splitlines():
        assert line.endswith(":") or "  # " in line, line


def test_what_is_rendered_is_the_configuration_with_all_defaults(write: Write) -> None:
    loaded = load_recipe(write(RECIPE))
    node = parse_yaml(render(loaded), lambda line: Origin(line=line))
    assert node is not None
    values = node.plain()
    # parameters that are to be chosen have no default; nested plug-ins are written out
    assert values["models"]["ridge"]["params"] == {"fit_intercept": True}
    assert values["models"]["ridge"]["target"] == {"kind": "svd", "params": {"center": "none"}}
    assert values["models"]["group"]["params"] == {
        "model": {"kind": "ridge", "params": {"penalty": 1.0, "fit_intercept": True}},
        "column": "cell_type",
    }
    assert values["features"]["all"]["params"] == {"parts": [], "extra": "hidden"}
    assert values["folds"]["inner"]["params"]["schemes"] == [
        {"kind": "groups", "params": {"column": "a", "n_splits": 5}}
    ]
    Path("again.yaml").write_text(render(loaded))
    again = load_recipe(Path("again.yaml"))
    assert dump(again) == dump(load_recipe(again.path))
    assert render(again).count("# default") == 0
