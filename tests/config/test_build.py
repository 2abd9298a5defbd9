from __future__ import annotations

import pytest

from kit.config.build import as_annotated, build_plugin
from kit.config.schema import FeatureConfig, PluginConfig
from kit.errors import InputError, UnknownPluginError
from kit.models.base import MODELS
from tests.config import toys


def entry(kind: str, **params: object) -> PluginConfig:
    return PluginConfig(kind=kind, params=params)


def test_every_plugin_gets_what_it_has_a_supplied_parameter_for() -> None:
    built = build_plugin(MODELS, entry("per_group", model="ridge"), {"random_state": 5, "other": 1})
    assert isinstance(built, toys.PerGroup)
    assert isinstance(built.model, toys.Ridge)
    assert built.model.random_state == 5


def test_references_are_resolved_and_supplied_too() -> None:
    blocks = {
        "drug": FeatureConfig(kind="profile", params={"by": "sm_name"}),
        "both": FeatureConfig(
            kind="interaction", params={"left": "drug", "right": {"kind": "one_hot", "params": {"columns": ["a"]}}}
        ),
    }
    built = build_plugin("feature", entry("stack", parts=["both", "drug"], extra=None), {"random_state": 3}, blocks)
    both, drug = built.parts
    assert (both.left.by, both.left.random_state, both.right.columns) == ("sm_name", 3, ["a"])
    assert drug is not both.left
    assert built.extra is None


def test_what_is_not_given_keeps_its_default_and_tuples_are_tuples() -> None:
    built = build_plugin("model", entry("lightgbm", bounds=[0.0, 1.0]), {})
    assert (built.bounds, built.num_leaves, built.random_state) == ((0.0, 1.0), 31, None)


@pytest.mark.parametrize(
    ("annotation", "value"),
    [(list[int], [1]), (list[int] | tuple[int, ...], [1]), (dict[str, int], {"a": 1}), (int | None, None)],
)
def test_only_what_must_be_a_tuple_becomes_one(annotation: object, value: object) -> None:
    assert as_annotated(annotation, value) is value


def test_unknown_names() -> None:
    with pytest.raises(UnknownPluginError, match="did you mean 'ridge'"):
        build_plugin(MODELS, entry("rigde"), {})
    with pytest.raises(InputError, match="no feature block 'x'"):
        build_plugin("feature", entry("stack", parts=["x"]), {})
