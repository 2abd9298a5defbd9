"""``kit list``."""

from __future__ import annotations

import itertools
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from kit.cli.list import wrapped
from kit.models import MODELS
from kit.reports.plugin_page import describe_plugin, importable_from
from kit.reports.plugins import FAMILIES
from tests.cli.conftest import Kit, is_wrong_input


def test_every_plugin_is_listed(kit: Kit) -> None:
    result = kit("list")
    assert (result.code, result.err) == (0, "")
    for family, registry in FAMILIES.items():
        assert f"{family}s\n" in result.out
        assert all(f"\n  {cls.kind}: " in result.out for cls in registry)


@pytest.mark.parametrize("family", FAMILIES)
def test_one_family_by_its_name_or_the_heading_of_its_list(kit: Kit, family: str) -> None:
    one = kit("list", family)
    assert one.code == 0
    assert one.out.splitlines()[0] == f"{family}s"
    assert sum(not line.startswith(" ") for line in one.out.splitlines()) == 1
    assert kit("list", f"{family}s").out == one.out


def test_folds_by_structure_say_by_what(kit: Kit) -> None:
    lines = kit("list", "splitter").out.splitlines()
    (at,) = (index for index, line in enumerate(lines) if line.startswith("  structure_kfold: "))
    assert 'by: "structure" | "parent" | "scaffold"' in lines[at + 1]


@pytest.mark.parametrize(("family", "told"), [("modle", "'model'"), ("rigde", "'ridge'"), ("xyz", "families: ")])
def test_an_unknown_family(kit: Kit, family: str, told: str) -> None:
    result = kit("list", family)
    assert is_wrong_input(result)
    assert told in result.err


def test_a_package_that_claims_a_name_of_another_is_warned_of(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MODELS, "_classes", dict(MODELS._classes))
    monkeypatch.setattr(MODELS, "_unusable", {})
    monkeypatch.setattr(MODELS, "_entry_points_loaded", False)
    points = [
        EntryPoint("ridge", "collections:OrderedDict", MODELS.group),
        EntryPoint("svr", "nowhere:x", MODELS.group),
    ]
    monkeypatch.setattr("kit.plugins.registry.entry_points", lambda group: points)
    result = kit("list", "model")
    assert result.code == 0
    assert "\n  ridge: " in result.out  # what is wrong by itself takes no name away
    first, second = result.err.splitlines()
    assert first.startswith("warning: the entry point 'ridge' of a package (collections:OrderedDict) is no model")
    assert second.startswith("warning: the entry point 'svr' of a package (nowhere:x) cannot be loaded: ")


def test_it_fits_into_a_terminal(kit: Kit, terminal: Any) -> None:
    plain = kit("list").out
    terminal(70)
    narrow = kit("list").out
    assert max(map(len, narrow.splitlines())) <= 70
    assert narrow.split() == plain.split()


def test_parameters_are_wrapped_as_one_paragraph() -> None:
    text = "models\n  ridge: Ridge.\n      penalty: 1.0, one,\n      two,\n      three\n\ntargets"
    assert wrapped(text, 80).splitlines() == [
        "models",
        "  ridge: Ridge.",
        "      penalty: 1.0, one, two, three",
        "",
        "targets",
    ]


def test_no_line_of_a_paragraph_is_needlessly_short(kit: Kit, terminal: Any) -> None:
    terminal(70)
    lines = kit("list", "model").out.splitlines()
    for line, following in itertools.pairwise(lines):
        if line.startswith(" " * 6) and following.startswith(" " * 6):
            assert len(line) + 1 + len(following.split()[0]) > 70


def test_a_plugin_has_a_page(kit: Kit) -> None:
    page = kit("list", "ridge").out
    assert page.startswith("model ridge\n")
    assert "Minimises" in page
    assert "  fit_intercept: bool = True\n      Whether there is an intercept." in page
    assert page.endswith("in a recipe: {kind: ridge}\nin Python: from kit.models import Ridge\n")


def test_plugins_of_the_same_name_are_all_shown(kit: Kit) -> None:
    heads = [line for line in kit("list", "cosine").out.splitlines() if line.endswith(" cosine")]
    assert heads == ["kernel cosine", "metric cosine"]


def test_every_plugin_is_importable_from_where_its_page_says() -> None:
    for registry in FAMILIES.values():
        for cls in [one for one in registry if one.__module__.startswith("kit.")]:
            assert f"{cls.family} {cls.kind}\n" in describe_plugin(cls.kind)
            names: dict[str, Any] = {}
            place = importable_from(cls)
            exec(f"from {place} import {cls.__name__}", names)
            assert names[cls.__name__] is cls
            assert place.count(".") <= 2, f"{place}: hand it out by its room"
