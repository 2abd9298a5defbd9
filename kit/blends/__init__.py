"""Blends: one prediction out of several models'."""

from kit.blends.base import BLENDS, Blend
from kit.blends.fixed import FixedBlend, Mean, Median, Weighted

__all__ = ["BLENDS", "Blend", "FixedBlend", "Mean", "Median", "Weighted"]
