"""Wrappers around a model: one a group, one of points, bagging, calibration, classes of like numbers of rows."""

from kit.models.wrappers.bagged import Bagged
from kit.models.wrappers.balanced import Balanced
from kit.models.wrappers.calibrated import Calibrated
from kit.models.wrappers.per_group import PerGroup
from kit.models.wrappers.per_point import PerPoint

__all__ = ["Bagged", "Balanced", "Calibrated", "PerGroup", "PerPoint"]
