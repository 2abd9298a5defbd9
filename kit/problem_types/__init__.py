"""What differs between kinds of problem: one file a kind, the same questions asked of each."""

from kit.problem_types.base import ProblemType
from kit.problem_types.classification import Classification
from kit.problem_types.regression import Regression
from kit.problem_types.retrieval import Retrieval

PROBLEM_TYPES: dict[str, ProblemType] = {kind.name: kind for kind in (Regression(), Classification(), Retrieval())}
"""The kinds of problem by name."""

__all__ = ["PROBLEM_TYPES", "Classification", "ProblemType", "Regression", "Retrieval"]
