from __future__ import annotations

from pathlib import Path
from typing import Any

import optuna
import pytest

from kit.config import load_recipe
from kit.config.search.dimensions import Dimension, Kind
from kit.config.text.nodes import Node
from kit.config.text.origins import DEFAULT
from kit.errors import ConfigError
from kit.tuning.trials.space import check_space, described, labels, suggest, to_params, to_values
from tests.tuning.conftest import RIDGE, MakeSearch


def dimension(name: str, kind: Kind, *bounds: Any, **details: Any) -> Dimension:
    return Dimension(("models", "mlp", "params", name), name, kind, *bounds, **details, node=Node(None, DEFAULT))


LISTS = dimension("hidden", "choice", choices=([256], [512, 256], None, {"a": 1}))
TRICKY = dimension("odd", "choice", choices=(1, True, "true", 1.0, "1"))
RATE = dimension("rate", "float", 1e-4, 1e-2, log=True)
UNITS = dimension("units", "int", 8, 64, step=8)
ALL = (LISTS, TRICKY, RATE, UNITS)


@pytest.mark.parametrize("place", range(5))
def test_a_choice_of_any_kind_goes_there_and_back(place: int) -> None:
    for one in (LISTS, TRICKY):
        value = one.choices[min(place, len(one.choices) - 1)]
        params, outside = to_params([one], {one.name: value})
        back = to_values([one], params)[one.name]
        assert (type(back), back, outside) == (type(value), value, [])


def test_labels_differ_and_words_stay_words() -> None:
    assert labels(["relu", "gelu"]) == ["relu", "gelu"]
    assert len(set(labels(TRICKY.choices))) == 5


def test_drawn_values_lie_in_the_space() -> None:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    for _ in range(30):
        values = suggest(study.ask(), ALL)
        assert any(values[LISTS.name] is choice for choice in LISTS.choices)
        assert 1e-4 <= values[RATE.name] <= 1e-2
        assert values[UNITS.name] in range(8, 65, 8)
        assert type(values[UNITS.name]) is int
        params, outside = to_params(ALL, values)
        assert not outside
        assert to_values(ALL, params) == values


@pytest.mark.parametrize(
    ("one", "value"), [(RATE, 0.5), (RATE, "x"), (UNITS, 7), (UNITS, 9.5), (UNITS, True), (LISTS, [1])]
)
def test_values_outside_are_named(one: Dimension, value: Any) -> None:
    assert to_params([one], {one.name: value}) == ({}, [one.name])


def test_a_number_without_a_point_is_in_a_range_of_floats() -> None:
    wide = dimension("wide", "float", 0.5, 20.0)
    params, _ = to_params([wide], {wide.name: 10})
    assert (type(params[wide.name]), params[wide.name]) == (float, 10.0)


def test_a_space_is_described_without_where_it_starts() -> None:
    names = {key for line in described(ALL) for key in line}
    assert names == {"name", "kind", "low", "high", "log", "step", "choices"}


def test_nothing_to_search_is_wrong() -> None:
    with pytest.raises(ConfigError, match=r"recipe\.yaml has nothing to search; write for example"):
        check_space((), "recipe.yaml")


@pytest.mark.parametrize("mark", ["search: [1, 2]", "choice: [1, 2]"])
def test_a_search_beside_the_sections_is_found_at_its_line(tmp_path: Path, make_search: MakeSearch, mark: str) -> None:
    with pytest.raises(ConfigError, match=rf"ridge\.yaml:2.*{mark[:6]} stands in place of a value"):
        make_search(RIDGE.replace("extends:", f"{mark}\nextends:"))
    with pytest.raises(ConfigError, match=rf"ridge\.yaml:2.*{mark[:6]} stands in place of a value"):
        load_recipe(tmp_path / "ridge.yaml")
