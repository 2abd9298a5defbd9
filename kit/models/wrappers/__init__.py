"""Wrappers around a model: one fit per group, bagging, calibration by group."""

from kit.models.wrappers.bagged import Bagged
from kit.models.wrappers.calibrated import Calibrated
from kit.models.wrappers.per_group import PerGroup

__all__ = ["Bagged", "Calibrated", "PerGroup"]
