from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kit.config.show.json_schema import schema
from kit.config.text.yaml_file import read_yaml
from tests.config.checks.references.test_stages import RECIPE as STAGES
from tests.config.conftest import COMPETITION, Write
from tests.config.test_load import RECIPE
from tests.config.test_search_recipe import RECIPE as SEARCH


def refers(node: Any) -> set[str]:
    if isinstance(node, dict):
        inner = set().union(*map(refers, node.values())) if node else set()
        return inner | ({node["$ref"]} if isinstance(node.get("$ref"), str) else set())
    return set().union(*map(refers, node)) if isinstance(node, list) and node else set()


def test_parameters_have_ranges_and_descriptions_and_no_supplied_ones() -> None:
    found = schema()["$defs"]
    one_hot = found["params_feature_one_hot"]["properties"]
    count, search = one_hot["min_count"]["anyOf"]
    assert count["minimum"] == 1
    assert search == {"$ref": "#/$defs/search"}
    assert one_hot["min_count"]["description"] == "Rows that a category needs."
    rate, _ = found["params_model_lightgbm"]["properties"]["learning_rate"]["anyOf"]
    assert (rate["exclusiveMinimum"], rate["maximum"]) == (0, 1)
    assert "random_state" not in found["params_model_lightgbm"]["properties"]


def test_every_definition_is_used_and_every_reference_defined() -> None:
    whole = schema()
    assert refers(whole) == {f"#/$defs/{name}" for name in whole["$defs"]}


class TestWithJsonschema:
    @pytest.fixture
    def validator(self) -> Any:
        jsonschema = pytest.importorskip("jsonschema")
        whole = schema()
        jsonschema.Draft202012Validator.check_schema(whole)
        return jsonschema.Draft202012Validator(whole)

    @pytest.mark.parametrize(
        "recipe",
        [
            RECIPE,
            COMPETITION,
            "extends: [a.yaml, b.yaml]\nmodels: {lgb: null, ridge: {params: {penalty: 3}}}\nblend: median\n",
            STAGES,
            SEARCH,
        ],
    )
    def test_accepts(self, recipe: str, validator: Any, write: Write) -> None:
        assert [error.message for error in validator.iter_errors(self.read(recipe, write))] == []

    @pytest.mark.parametrize(
        "recipe",
        [
            COMPETITION.replace("competition: op2\n", ""),
            COMPETITION.replace("train: train.parquet, ", ""),
            RECIPE + "blnd: median\n",
            RECIPE.replace("kind: lightgbm", "kind: lightgmb"),
            RECIPE.replace("learning_rate: 1", "learning_rate: 2"),
            RECIPE.replace("learning_rate: 1", "learning_rte: 1"),
            RECIPE.replace("{model: ridge}", "{model: {kind: ridge, params: {penalty: 0}}}"),
            RECIPE.replace("kind: groups", "kind: group"),
        ],
    )
    def test_refuses(self, recipe: str, validator: Any, write: Write) -> None:
        assert list(validator.iter_errors(self.read(recipe, write)))

    def read(self, recipe: str, write: Write) -> Any:
        return read_yaml(Path(write(recipe))).plain()
