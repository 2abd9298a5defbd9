from __future__ import annotations

import pytest
from sklearn.base import clone

from kit.errors import ParameterError
from kit.plugins import Plugin
from tests.plugins.toys import Bag, Native, Pair, Scale


def test_sklearns_rules() -> None:
    pair = Pair(Scale(2.0), [Scale(3.0)])
    copy = clone(pair)
    assert copy is not pair
    assert copy.first is not pair.first
    assert copy.first.factor == 2.0
    assert copy.others[0].factor == 3.0
    assert pair.get_params()["first__factor"] == 2.0
    assert pair.set_params(first__factor=4.0).first.factor == 4.0  # type: ignore[attr-defined]
    assert repr(Scale(2.0)) == "Scale(factor=2.0)"


def test_the_fitted_state_is_what_ends_in_an_underscore() -> None:
    bag = Bag().fit_to(mean=1.0)
    bag._private_ = 2
    bag.public = 3
    assert bag.fitted_state() == {"mean_": 1.0}
    assert Native().fit().fitted_state() == {"length_": 21}


def test_fit_checks_parameters() -> None:
    with pytest.raises(ParameterError, match="factor=-1"):
        Scale(-1.0).fit()


def test_a_plugin_that_belongs_nowhere_has_no_name() -> None:
    assert (Plugin.kind, Plugin.family) == ("", "")
