"""Models: multi-output regressors, ``fit(X, Y, sample_weight=None)`` and ``predict(X)``."""

from kit.models.bags import DeepSet
from kit.models.base import MODELS, Loss, Model, check_fit_arrays
from kit.models.boosting import CatBoost, LightGBM, XGBoost, XGBoostSketch, XGBoostVectorLeaf
from kit.models.classifiers import (
    LDA,
    SVC,
    CatBoostClassifier,
    Classifier,
    LightGBMClassifier,
    Logistic,
    Prototypes,
    XGBoostClassifier,
)
from kit.models.controls import Additive, AsIs, GroupMean, MeanOutcome, PanelMap, Zeros
from kit.models.forests import ExtraTrees, Forest, RandomForest
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
from kit.models.processes import CoregionalizedGP
from kit.models.ridge import Ridge
from kit.models.wrappers import Bagged, Balanced, Calibrated, PerGroup, PerPoint

__all__ = [
    "KERNELS",
    "LDA",
    "MLP",
    "MODELS",
    "SVC",
    "SVR",
    "Additive",
    "AsIs",
    "Bagged",
    "Balanced",
    "Calibrated",
    "CatBoost",
    "CatBoostClassifier",
    "Classifier",
    "Conv",
    "CoregionalizedGP",
    "DeepSet",
    "EmbeddingMLP",
    "ExtraTrees",
    "Forest",
    "GaussianProcess",
    "GroupMean",
    "Kernel",
    "KernelRidge",
    "LightGBM",
    "LightGBMClassifier",
    "Logistic",
    "Loss",
    "MeanOutcome",
    "Model",
    "Nearest",
    "NetworkModel",
    "PanelMap",
    "PerGroup",
    "PerPoint",
    "Prototypes",
    "RandomForest",
    "Recurrent",
    "ResNetMLP",
    "Ridge",
    "Transformer",
    "TwoTower",
    "XGBoost",
    "XGBoostClassifier",
    "XGBoostSketch",
    "XGBoostVectorLeaf",
    "Zeros",
    "check_fit_arrays",
]
