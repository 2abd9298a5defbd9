from __future__ import annotations

import inspect

import catboost
from catboost.core import _process_synonyms_groups

from kit.models.boosting import CatBoost
from kit.models.boosting.names.catboost_names import _ALIASES, _ONLY_BESIDE, _ONLY_WITH, CONTROLLED

LISTED = list(inspect.signature(catboost.CatBoostRegressor.__init__).parameters)[1:]


def test_every_constructor_parameter_is_one_of_catboost() -> None:
    assert set(CatBoost()._names().constructor.values()) <= set(LISTED)


def test_every_name_of_its_constructor_is_known() -> None:
    assert set(LISTED) <= set(CatBoost()._names().main)


def test_aliases_are_those_of_catboost() -> None:
    for name in LISTED:
        params = {name: 1}
        _process_synonyms_groups(params)
        [main] = params
        ours = _ALIASES.get(name, name)
        # CatBoost treats the loss and the log, where values differ too, elsewhere; a metric is refused by any name.
        assert ours in (main, "loss_function", "logging_level") or main == "custom_metric"


def test_what_is_said_about_names_is_about_names_of_catboost() -> None:
    assert set(CONTROLLED) <= set(LISTED)
    for name, (partner, _) in _ONLY_WITH.items():
        assert {name, partner} <= set(LISTED)
    for name, partners in _ONLY_BESIDE.items():
        assert {name, *partners} <= set(LISTED)
