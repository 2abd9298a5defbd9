"""Models of bags: each row is a set of points (the cells of a well), whose order says nothing."""

from kit.models.bags.deepset import DeepSet
from kit.models.bags.layout import as_bags

__all__ = ["DeepSet", "as_bags"]
