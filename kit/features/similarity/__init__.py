"""Features from similarities: of compounds, the response of the nearest ones, and of rows to some of them."""

from kit.features.similarity.compounds import Similarity
from kit.features.similarity.neighbours import NeighbourProfile
from kit.features.similarity.nystroem import Nystroem

__all__ = ["NeighbourProfile", "Nystroem", "Similarity"]
