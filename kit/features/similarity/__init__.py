"""Features from similarities between compounds: the similarities, and the response of the nearest compounds."""

from kit.features.similarity.compounds import Similarity
from kit.features.similarity.neighbours import NeighbourProfile

__all__ = ["NeighbourProfile", "Similarity"]
