"""Synthetic competitions with a planted, learnable truth: for tests, demonstrations and benchmarks.

The tables have the layout of the NeurIPS 2023 single-cell perturbation competition; the values are drawn, the compounds
are real drugs with real SMILES, the genes are invented.
"""

from kit.data.simulate.compounds import COMPOUNDS, Compound
from kit.data.simulate.designs import DESIGNS, CellType, Design, get_design
from kit.data.simulate.files import is_complete, write
from kit.data.simulate.generate import SimulatedCompetition, simulate

__all__ = [
    "COMPOUNDS",
    "DESIGNS",
    "CellType",
    "Compound",
    "Design",
    "SimulatedCompetition",
    "get_design",
    "is_complete",
    "simulate",
    "write",
]
