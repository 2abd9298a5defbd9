"""Classifiers: a row is of one class, and a prediction gives each class a probability."""

from kit.models.classifiers.base import Classifier
from kit.models.classifiers.catboost_classifier import CatBoostClassifier
from kit.models.classifiers.lda import LDA
from kit.models.classifiers.lightgbm_classifier import LightGBMClassifier
from kit.models.classifiers.linear import LinearClassifier
from kit.models.classifiers.logistic import Logistic
from kit.models.classifiers.prototypes import Prototypes
from kit.models.classifiers.svc import SVC
from kit.models.classifiers.xgboost_classifier import XGBoostClassifier

__all__ = [
    "LDA",
    "SVC",
    "CatBoostClassifier",
    "Classifier",
    "LightGBMClassifier",
    "LinearClassifier",
    "Logistic",
    "Prototypes",
    "XGBoostClassifier",
]
