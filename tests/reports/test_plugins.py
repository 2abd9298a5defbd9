from __future__ import annotations

from typing import Annotated, Literal

import pytest
from annotated_types import Ge, Gt, Le, MinLen

from kit.errors import UnknownPluginError
from kit.models.base import MODELS
from kit.plugins import Plugin, PluginOf, Registry, Supplied
from kit.reports.plugins import FAMILIES, describe_plugins, type_name


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (int, "int"),
        (None.__class__, "null"),
        (float | None, "float | null"),
        (Annotated[int, Ge(1)], "int >= 1"),
        (Annotated[float, Gt(0), Le(1)], "float > 0 and <= 1"),
        (Annotated[int, Ge(0)] | None, "int >= 0 | null"),
        (Literal["mean", "median"], '"mean" | "median"'),
        (list[str], "list[str]"),
        (dict[str, Annotated[float, Ge(0)]], "dict[str, float >= 0]"),
        (Annotated[list[Annotated[float, Gt(0)]], MinLen(1)], "list[float > 0] of at least 1"),
        (tuple[float, float], "tuple[float, float]"),
    ],
)
def test_types_read_as_a_person_writes_them(annotation: object, text: str) -> None:
    assert type_name(annotation) == text


def test_a_plugin_is_described_by_its_first_line_and_what_a_recipe_may_set(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forest(Plugin):
        """Grows trees.

        Args:
            n_trees: How many.
        """

        def __init__(
            self,
            n_trees: Annotated[int, Ge(1)],
            depth: int | None = None,
            inner: Annotated[Plugin | None, PluginOf("model")] = None,
            random_state: Annotated[int | None, Supplied("the seed")] = None,
        ) -> None: ...

    class Plain(Plugin):
        """Takes nothing."""

    monkeypatch.setattr(MODELS, "_classes", {})
    monkeypatch.setattr(MODELS, "_entry_points_loaded", True)
    MODELS.register("forest")(Forest)
    MODELS.register("a_plain")(Plain)
    assert describe_plugins("model").splitlines() == [
        "models",
        "  a_plain: Takes nothing.",
        "  forest: Grows trees.",
        "      n_trees: int >= 1, depth: int | null = None, inner: a model = None",
    ]


def test_every_plugin_of_the_kit_is_listed_with_one_line_of_help() -> None:
    text = describe_plugins()
    lines = text.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == [f"{family}s" for family in FAMILIES]
    for registry in FAMILIES.values():
        assert isinstance(registry, Registry)
        for cls in registry:
            [line] = [
                line for line in describe_plugins(registry.family).splitlines() if line.startswith(f"  {cls.kind}:")
            ]
            assert line in lines
            assert line.endswith("."), f"{cls.__name__}: the first line of the docstring is its help, a sentence"
    assert "random_state" not in text
    assert max(map(len, lines)) <= 130


def test_an_unknown_family_is_told_the_nearest() -> None:
    with pytest.raises(UnknownPluginError, match=r"no plug-in family 'modle' .did you mean 'model'"):
        describe_plugins("modle")
