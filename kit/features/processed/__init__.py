"""Builders around builders: the features of a block, scaled, reduced, selected or put beside those of others."""

from kit.features.processed.base import BlockProcessor
from kit.features.processed.concatenated import Concatenated
from kit.features.processed.reduced import Reduced
from kit.features.processed.scaled import Scaled
from kit.features.processed.selected import Selected

__all__ = ["BlockProcessor", "Concatenated", "Reduced", "Scaled", "Selected"]
