"""Gradient boosting of many outputs: a booster for each, or trees that have all of them in every leaf."""

from kit.models.boosting.catboost_model import CatBoost
from kit.models.boosting.library_model import LibraryBoosting
from kit.models.boosting.lightgbm_model import LightGBM
from kit.models.boosting.per_output import PerOutputBoosting, Trainer
from kit.models.boosting.rounds import best_round
from kit.models.boosting.vector_leaf import VectorLeafBoosting
from kit.models.boosting.xgboost_model import XGBoost
from kit.models.boosting.xgboost_sketch import XGBoostSketch
from kit.models.boosting.xgboost_vector_leaf import XGBoostVectorLeaf

__all__ = [
    "CatBoost",
    "LibraryBoosting",
    "LightGBM",
    "PerOutputBoosting",
    "Trainer",
    "VectorLeafBoosting",
    "XGBoost",
    "XGBoostSketch",
    "XGBoostVectorLeaf",
    "best_round",
]
