"""Features from how alike compounds are: similarities themselves, and what the most similar others did."""

from kit.features.similarity.compounds import Similarity
from kit.features.similarity.neighbours import NeighbourProfile

__all__ = ["NeighbourProfile", "Similarity"]
