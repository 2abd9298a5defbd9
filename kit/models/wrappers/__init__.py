"""Wrappers around a model: one fit per group, bagging, calibration by group, classes of like numbers of rows."""

from kit.models.wrappers.bagged import Bagged
from kit.models.wrappers.balanced import Balanced
from kit.models.wrappers.calibrated import Calibrated
from kit.models.wrappers.per_group import PerGroup

__all__ = ["Bagged", "Balanced", "Calibrated", "PerGroup"]
