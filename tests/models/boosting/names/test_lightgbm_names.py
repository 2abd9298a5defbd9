from __future__ import annotations

import lightgbm

from kit.models.boosting import LightGBM
from kit.models.boosting.names.lightgbm_names import CONTROLLED, known_names


def test_the_names_are_those_that_lightgbm_lists() -> None:
    theirs = lightgbm.basic._ConfigAliases._get_all_param_aliases()
    assert known_names() == {name: main for main, names in theirs.items() for name in names}


def test_every_constructor_parameter_is_one_of_lightgbm() -> None:
    owners = LightGBM()._names().constructor
    assert owners["num_iterations"] == "n_estimators"
    assert owners["early_stopping_round"] == "early_stopping_rounds"
    assert all(main == own for main, own in owners.items() if own not in ("n_estimators", "early_stopping_rounds"))
    assert not set(owners) & set(CONTROLLED)


def test_what_is_refused_exists_under_that_main_name() -> None:
    main = set(known_names().values())
    # The newest LightGBM knows all of them; an older one may lack a few that it then reports as unknown.
    missing = set(CONTROLLED) - main
    assert len(missing) < 5, missing
