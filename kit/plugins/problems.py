"""The kinds of problem that the kit knows by name; what differs between them is in `kit.problem_types`."""

from __future__ import annotations

REGRESSION, CLASSIFICATION, RETRIEVAL = "regression", "classification", "retrieval"

PROBLEMS = frozenset({REGRESSION, CLASSIFICATION, RETRIEVAL})
"""All of them; what says nothing else is for any."""
