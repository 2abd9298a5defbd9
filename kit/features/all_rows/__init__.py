"""Blocks that are fitted on all rows there are, labelled or not: training, test and unlabelled ones."""

from kit.features.all_rows.base import OfAllRows
from kit.features.all_rows.fitted import FittedOnAllRows

__all__ = ["FittedOnAllRows", "OfAllRows"]
