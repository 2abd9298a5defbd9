"""Designs are found by name and checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kit.data.simulate import DESIGNS, CellType, get_design
from kit.errors import InputError

DEMO = DESIGNS["demo"]


def test_a_design_is_found_by_its_name() -> None:
    assert {name: get_design(name).name for name in DESIGNS} == {
        name: name for name in ("open-problems", "open-problems-ranks", "demo")
    }


def test_an_unknown_name_is_told_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'open-problems'"):
        get_design("open_problems")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"named_anchors": ("Belinostat", "Dabrafenib", "Alvocidip")}, "did you mean 'Alvocidib'"),
        ({"controls": ("Bortezomib",)}, "Bortezomib: controls and missing anchors must be among named_anchors"),
        ({"n_anchors": 1}, "expected named anchors <= n_anchors"),
        ({"n_compounds": 12}, "n_anchors < n_compounds"),
        ({"n_compounds": 10_000}, "n_compounds <= "),
        ({"n_genes": 0}, "n_genes"),
        ({"rank": 0}, "rank"),
        ({"inequality": -1.0}, "inequality"),
        ({"strength": float("nan")}, "strength >= 0"),
        ({"mean_size": -0.1}, "mean_size >= 0"),
        ({"loading_difference": float("inf")}, "loading_difference >= 0"),
        ({"form": "rank"}, "expected form to be one of .*'ranks'.* got 'rank'"),
        ({"cell_types": DEMO.cell_types[:2]}, "at least one hidden"),
        ({"cell_types": DEMO.cell_types[2:]}, "one measured"),
        ({"cell_types": (*DEMO.cell_types, DEMO.cell_types[0])}, "must differ"),
        ({"cell_types": (*DEMO.cell_types, CellType("Dust", "-", 0.0))}, "median_cells"),
        ({"cell_types": (*DEMO.cell_types, CellType("Few", "-", 9.0, hidden=True, n_missing=40))}, "n_missing"),
    ],
)
def test_contradicting_counts_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        replace(DEMO, **changes)
