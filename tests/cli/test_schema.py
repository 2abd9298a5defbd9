"""``kit schema``."""

from __future__ import annotations

import json

from tests.cli.conftest import Kit


def test_it_is_a_json_schema_that_knows_the_plugins(kit: Kit) -> None:
    result = kit("schema")
    assert (result.code, result.err) == (0, "")
    schema = json.loads(result.out)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert {"extends", "models", "folds"} <= set(schema["properties"])
    assert "params_model_ridge" in schema["$defs"]
    data = schema["$defs"]["DataConfig"]["properties"]
    assert ".zip" in data["train"]["description"]
    assert "column of `var`" in data["target_names"]["description"]


def test_it_takes_no_argument(kit: Kit) -> None:
    assert kit("schema", "x").code == 2
