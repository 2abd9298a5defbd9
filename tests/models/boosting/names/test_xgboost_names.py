from __future__ import annotations

import xgboost

from kit.models.boosting import XGBoost
from kit.models.boosting.names.xgboost_names import xgboost_names


def test_every_constructor_parameter_is_one_of_xgboost() -> None:
    theirs = xgboost.XGBRegressor().get_params()
    assert set(XGBoost()._names().constructor.values()) <= set(theirs)


def test_what_its_regressor_takes_is_known() -> None:
    assert set(xgboost.XGBRegressor().get_params()) <= set(XGBoost()._names().main)


def test_names_follow_booster_and_objective() -> None:
    plain = xgboost_names(("max_depth",), "gbtree", "reg:squarederror").main
    assert "rate_drop" not in plain
    assert "huber_slope" not in plain
    assert "rate_drop" in xgboost_names(("max_depth",), "dart", "reg:squarederror").main
    assert "huber_slope" in xgboost_names(("max_depth",), "gbtree", "reg:pseudohubererror").main
    # State of a trained model is no parameter.
    assert not {"num_trees", "num_feature", "boost_from_average", "name"} & set(plain)
