"""Synthetic competitions with a planted, learnable truth: for tests, demonstrations and benchmarks.

The tables have the layout of the NeurIPS 2023 single-cell perturbation competition; the values are drawn, the compounds
are real drugs with real SMILES, the genes are invented.
"""

from pathlib import Path

from kit.data.simulate.compounds import COMPOUNDS, Compound
from kit.data.simulate.designs import DESIGNS, CellType, Design, get_design
from kit.data.simulate.files import files_of, is_complete, write, write_scenario
from kit.data.simulate.generate import SimulatedCompetition, simulate
from kit.data.simulate.scenarios import SCENARIOS, Scenario
from kit.files import ANOTHER_OUT


def get_simulated(name: str) -> Design | Scenario:
    """Return the design or scenario of that name.

    Raises:
        InputError: There is none; the message says which is nearest.
    """
    return SCENARIOS[name] if name in SCENARIOS else get_design(name)


def write_simulated(design: Design | Scenario, seed: int, directory: Path, remedy: str = ANOTHER_OUT) -> Path:
    """Draw and write every table of a design or scenario; see `write` and `write_scenario`."""
    if isinstance(design, Design):
        return write(simulate(design, seed), directory, remedy)
    return write_scenario(design, seed, directory, remedy)


__all__ = [
    "COMPOUNDS",
    "DESIGNS",
    "SCENARIOS",
    "CellType",
    "Compound",
    "Design",
    "Scenario",
    "SimulatedCompetition",
    "files_of",
    "get_design",
    "get_simulated",
    "is_complete",
    "simulate",
    "write",
    "write_scenario",
    "write_simulated",
]
