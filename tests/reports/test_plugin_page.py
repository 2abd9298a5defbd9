"""The page of one plug-in (more in tests/cli/test_list)."""

from __future__ import annotations

import pytest

from kit.errors import UnknownPluginError
from kit.reports.plugin_page import describe_plugin, family_of, plugin_page
from kit.reports.plugins import FAMILIES


def test_what_a_plugin_needs_is_in_its_example() -> None:
    entry = "{kind: interaction, params: {left: {kind: …}, right: {kind: …}}}"
    assert f"in a recipe: {entry}" in describe_plugin("interaction")
    assert "in a recipe: {kind: one_hot, params: {columns: …}}" in describe_plugin("one_hot")


def test_families_by_name_and_heading() -> None:
    assert [family_of(name) for name in ("model", "models", "ridge")] == ["model", "model", None]


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(UnknownPluginError, match=r"'ligthgbm' \(did you mean 'lightgbm'\?\)"):
        describe_plugin("ligthgbm")


@pytest.mark.parametrize("family", FAMILIES)
def test_what_python_is_told_to_import_is_the_plugin(family: str) -> None:
    for cls in FAMILIES[family]:
        names: dict[str, object] = {}
        exec(plugin_page(cls).statement, names)
        assert names[cls.__name__] is cls
