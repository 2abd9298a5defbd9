"""Models: multi-output regressors, ``fit(X, Y, sample_weight=None)`` and ``predict(X)``."""

from kit.models.base import MODELS, Loss, Model, check_fit_arrays
from kit.models.boosting import LightGBM, XGBoost
from kit.models.controls import Additive, GroupMean, MeanOutcome, Zeros
from kit.models.kernels import KERNELS, SVR, GaussianProcess, Kernel, KernelRidge, Nearest
from kit.models.neural import (
    MLP,
    Conv,
    EmbeddingMLP,
    NetworkModel,
    Recurrent,
    ResNetMLP,
    Transformer,
    TwoTower,
)
from kit.models.ridge import Ridge

__all__ = [
    "KERNELS",
    "MLP",
    "MODELS",
    "SVR",
    "Additive",
    "Conv",
    "EmbeddingMLP",
    "GaussianProcess",
    "GroupMean",
    "Kernel",
    "KernelRidge",
    "LightGBM",
    "Loss",
    "MeanOutcome",
    "Model",
    "Nearest",
    "NetworkModel",
    "Recurrent",
    "ResNetMLP",
    "Ridge",
    "Transformer",
    "TwoTower",
    "XGBoost",
    "Zeros",
    "check_fit_arrays",
]
