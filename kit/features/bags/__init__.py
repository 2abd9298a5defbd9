"""Features of rows that lie in a table of their own: bags of points (the cells of a well), profiles of wells."""

from kit.features.bags.aggregate import Aggregate
from kit.features.bags.bags import Bags
from kit.features.bags.normalised import Normalised
from kit.features.bags.statistics import STATISTICS

__all__ = ["STATISTICS", "Aggregate", "Bags", "Normalised"]
