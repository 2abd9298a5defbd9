"""Models: multi-output regressors, ``fit(X, Y, sample_weight=None)`` and ``predict(X)``."""

from kit.models.base import MODELS, Loss, Model, check_fit_arrays
from kit.models.boosting import LightGBM, XGBoost
from kit.models.controls import Additive, GroupMean, MeanOutcome, Zeros
from kit.models.ridge import Ridge

__all__ = [
    "MODELS",
    "Additive",
    "GroupMean",
    "LightGBM",
    "Loss",
    "MeanOutcome",
    "Model",
    "Ridge",
    "XGBoost",
    "Zeros",
    "check_fit_arrays",
]
