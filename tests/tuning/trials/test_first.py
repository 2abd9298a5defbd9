"""The first trials vary one value at a time."""

from __future__ import annotations

from typing import Any

from kit.config.search.dimensions import Dimension, Kind
from kit.config.text.nodes import Node
from kit.config.text.origins import DEFAULT
from kit.tuning.trials.first import one_at_a_time


def dimension(name: str, kind: Kind, *bounds: Any, **details: Any) -> Dimension:
    return Dimension(("models", name), name, kind, *bounds, **details, node=Node(None, DEFAULT))


RATE = dimension("rate", "float", 1e-4, 1.0, log=True)
SHARE = dimension("share", "float", 0.0, 1.0)
UNITS = dimension("units", "int", 8, 64, step=8)
KIND = dimension("kind", "choice", choices=("a", "b", "c", "d", "e"))
START = {"rate": 0.01, "share": 0.5, "units": 32, "kind": "b"}


def test_each_trial_differs_from_the_start_in_one_value_and_every_value_has_its_turn_first() -> None:
    trials = one_at_a_time([RATE, SHARE, UNITS, KIND], START)
    changed = [[name for name in START if trial[name] != START[name]] for trial in trials]
    assert changed[:4] == [["rate"], ["share"], ["units"], ["kind"]]
    assert all(len(names) == 1 for names in changed)
    assert [trial["rate"] for trial in trials if trial["rate"] != 0.01] == [0.001, 0.1]
    assert [trial["share"] for trial in trials if trial["share"] != 0.5] == [0.25, 0.75]
    assert [trial["units"] for trial in trials if trial["units"] != 32] == [16, 40]
    assert [trial["kind"] for trial in trials if trial["kind"] != "b"] == ["a", "c", "d"]


def test_values_stay_inside_and_are_not_the_start_again() -> None:
    at_the_edge = one_at_a_time([RATE, SHARE], START | {"rate": 1.0, "share": 0.1})
    assert [trial["rate"] for trial in at_the_edge if trial["rate"] != 1.0] == [0.1]
    assert [trial["share"] for trial in at_the_edge if trial["share"] != 0.1] == [0.0, 0.35]
    assert one_at_a_time([dimension("n", "int", 1, 2)], {"n": 1}) == []
