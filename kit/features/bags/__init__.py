"""Features of bags: rows that are sets of points in a table of their own, such as the cells of a well."""

from kit.features.bags.aggregate import Aggregate
from kit.features.bags.bags import Bags
from kit.features.bags.normalised import Normalised
from kit.features.bags.statistics import STATISTICS

__all__ = ["STATISTICS", "Aggregate", "Bags", "Normalised"]
