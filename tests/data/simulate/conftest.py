"""Synthetic competitions that several tests look at."""

from __future__ import annotations

import pytest

from kit.data.simulate import SimulatedCompetition, simulate


@pytest.fixture(scope="session")
def demo() -> SimulatedCompetition:
    return simulate("demo", seed=0)


@pytest.fixture(scope="session")
def open_problems() -> SimulatedCompetition:
    """The counts of the real competition, with few genes."""
    return simulate("open-problems", seed=0, n_genes=40)
