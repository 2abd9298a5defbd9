from __future__ import annotations

from typing import Any

import pytest

from kit.config.layers.overrides import apply_overrides, parse_override
from kit.config.layers.plugin_sites import normalise
from kit.config.text.nodes import Node
from kit.config.text.origins import Origin
from kit.config.text.yaml_file import parse_yaml
from kit.errors import ConfigError

BASE = """\
seed: 1
blend: {kind: weighted, params: {weights: {a: 1}}}
postprocess: [clip, {kind: clip, params: {margin: 1}}]
models: {lgb: {kind: lightgbm, params: {num_leaves: 7}}, ridge: {kind: ridge}}
"""


def base() -> Node:
    node = parse_yaml(BASE, lambda line: Origin(line=line))
    assert node is not None
    return normalise(node)


def changed(*overrides: str) -> Any:
    return apply_overrides(base(), overrides).plain()


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("seed=3", ("seed",), 3),
        ("a.b.c=1e-3", ("a", "b", "c"), 0.001),
        ("a=no", ("a",), "no"),
        ("a=x=y", ("a",), "x=y"),
        ("a=[1, {b: c}]", ("a",), [1, {"b": "c"}]),
        ("a=''", ("a",), ""),
        ("a=null", ("a",), None),
        ('m.choose."params.penalty"=[1]', ("m", "choose", "params.penalty"), [1]),
        ("m.'a=b'.c=1", ("m", "a=b", "c"), 1),
    ],
)
def test_a_text_is_a_path_and_a_yaml_value(text: str, path: tuple[str, ...], value: Any) -> None:
    found, node = parse_override(text)
    assert found == path
    assert node.plain() == value
    assert str(node.origin) == f"--set {text}"


@pytest.mark.parametrize("text", ["seed", "=3", "a..b=3", ".a=3", "a.=3", 'a."b=3', "a b=3", "extends=x.yaml", "seed="])
def test_a_text_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^--set "):
        parse_override(text)


def test_single_values_new_keys_and_list_entries_are_set() -> None:
    assert changed("seed=2")["seed"] == 2
    assert changed("models.lgb.params.max_depth=4")["models"]["lgb"]["params"] == {"num_leaves": 7, "max_depth": 4}
    assert changed("data.layer=x")["data"] == {"layer": "x"}
    expected = [{"kind": "clip"}, {"kind": "clip", "params": {"margin": 2}}]
    assert changed("postprocess.1.params.margin=2")["postprocess"] == expected
    assert changed("postprocess.1=clip")["postprocess"][1] == {"kind": "clip", "params": {"margin": 1}}


def test_later_texts_win() -> None:
    assert changed("seed=2", "seed=3")["seed"] == 3


def test_a_text_merges_like_a_file_that_extends() -> None:
    assert changed("blend=median")["blend"] == {"kind": "median"}
    assert changed("models.lgb.kind=ridge")["models"]["lgb"] == {"kind": "ridge"}
    assert changed("models.lgb={params: {max_depth: 4}}")["models"]["lgb"]["params"] == {
        "num_leaves": 7,
        "max_depth": 4,
    }
    assert list(changed("models.lgb=null")["models"]) == ["ridge"]


def test_only_what_was_set_has_the_text_as_origin() -> None:
    origins = apply_overrides(base(), ["models.lgb.params.num_leaves=9", "postprocess.0.params.margin=3"]).origins()
    set_here = {path for path in origins if origins[path].override is not None}
    assert set_here == {
        ("models", "lgb", "params", "num_leaves"),
        ("postprocess", 0, "params"),
        ("postprocess", 0, "params", "margin"),
    }
    assert origins["models", "lgb", "kind"].line == 4
