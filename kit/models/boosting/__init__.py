"""Gradient boosting of many outputs: one booster per output over one copy of the binned features."""

from kit.models.boosting.lightgbm_model import LightGBM
from kit.models.boosting.per_output import PerOutputBoosting, Trainer
from kit.models.boosting.rounds import best_round
from kit.models.boosting.xgboost_model import XGBoost

__all__ = ["LightGBM", "PerOutputBoosting", "Trainer", "XGBoost", "best_round"]
