"""Blends: joining the predictions of several models into one."""

from kit.blends.base import BLENDS, Blend
from kit.blends.by_metric import MetricBlend
from kit.blends.by_score import ByScore
from kit.blends.by_variance import ByVariance, VarianceBlend, combined
from kit.blends.concatenate import Concatenate
from kit.blends.fixed import FixedBlend, Mean, Median, Weighted
from kit.blends.greedy import Greedy
from kit.blends.learnt import LearntBlend
from kit.blends.least_squares import LeastMRRMSE, NonNegative
from kit.blends.per_group import PerGroupBlend, fit_on_folds, fits_on_gram
from kit.blends.row_gram import RowGram

__all__ = [
    "BLENDS",
    "Blend",
    "ByScore",
    "ByVariance",
    "Concatenate",
    "FixedBlend",
    "Greedy",
    "LearntBlend",
    "LeastMRRMSE",
    "Mean",
    "Median",
    "MetricBlend",
    "NonNegative",
    "PerGroupBlend",
    "RowGram",
    "VarianceBlend",
    "Weighted",
    "combined",
    "fit_on_folds",
    "fits_on_gram",
]
