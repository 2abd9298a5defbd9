"""Designs of synthetic competitions: cell types, number of compounds, hidden rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from kit.data.simulate.compounds import COMPOUNDS
from kit.data.simulate.scenarios import SCENARIOS
from kit.errors import InputError, did_you_mean

Form = Literal["p-values", "ranks"]


@dataclass(frozen=True)
class CellType:
    """One cell type of a design.

    Args:
        name: Its name in the tables.
        lineage: Cell types of one lineage answer to a compound more alike than others do.
        median_cells: The median number of cells behind a row; fewer cells make noisier values. Positive.
        hidden: Whether only the anchors are training rows, and every other compound is to be predicted.
        missing_anchors: Anchors that were not measured in this cell type.
        n_missing: How many other compounds were not measured in it. Hidden cell types miss different ones.
    """

    name: str
    lineage: str
    median_cells: float
    hidden: bool = False
    missing_anchors: tuple[str, ...] = ()
    n_missing: int = 0


@dataclass(frozen=True)
class Design:
    """The counts of a synthetic competition; together with a seed it determines every value.

    Args:
        name: What the design is called.
        cell_types: The cell types, in the order of the tables.
        n_compounds: How many compounds of `COMPOUNDS` take part.
        n_anchors: How many of them are anchors: measured in hidden cell types too.
        n_genes: How many genes are targets.
        named_anchors: Compounds that are always drawn, and always as anchors.
        controls: The anchors that are marked as positive controls.
        rank: The number of latent directions in which compounds act. Large beside the anchors, a response is harder
            to carry over to a hidden cell type.
        inequality: How unequal the strengths of compounds are: 1 is mild, at 2 a few dominate everything, 0
            makes all alike.
        strength: The strength of a compound of middling potency: the root mean square over genes of its z-scores.
        mean_size: The size of what a cell type answers to any compound, in the same unit.
        loading_difference: How far a cell type's answer to a compound differs from that of the others, relative to
            what is common to all.
        form: What a value is: "p-values", signed -log10 p; or "ranks", the same function of the gene's rank within
            its row, so that every row holds the same multiset of values.

    Raises:
        InputError: The counts contradict each other.
    """

    name: str
    cell_types: tuple[CellType, ...]
    n_compounds: int
    n_anchors: int
    n_genes: int
    named_anchors: tuple[str, ...] = ("Belinostat", "Dabrafenib")
    controls: tuple[str, ...] = ("Belinostat", "Dabrafenib")
    rank: int = 12
    inequality: float = 1.4
    strength: float = 0.48
    mean_size: float = 0.85
    loading_difference: float = 0.5
    form: Form = "p-values"

    def __post_init__(self) -> None:
        """Check the counts against each other."""
        known = {compound.name for compound in COMPOUNDS}
        for name in self.named_anchors:
            if name not in known:
                raise InputError(f"design {self.name!r}: no compound {name!r}{did_you_mean(name, known)}")
        listed = {*self.controls, *(name for cell_type in self.cell_types for name in cell_type.missing_anchors)}
        if not listed <= set(self.named_anchors):
            raise InputError(
                f"design {self.name!r}: {', '.join(sorted(listed - set(self.named_anchors)))}: controls and missing "
                "anchors must be among named_anchors"
            )
        if not len(self.named_anchors) <= self.n_anchors < self.n_compounds <= len(COMPOUNDS):
            raise InputError(
                f"design {self.name!r}: expected named anchors <= n_anchors < n_compounds <= {len(COMPOUNDS)}, got "
                f"{len(self.named_anchors)}, {self.n_anchors}, {self.n_compounds}"
            )
        hidden = [cell_type for cell_type in self.cell_types if cell_type.hidden]
        if not hidden or len(hidden) == len(self.cell_types):
            raise InputError(f"design {self.name!r}: needs at least one hidden and one measured cell type")
        names = [cell_type.name for cell_type in self.cell_types]
        if len(set(names)) < len(names):
            raise InputError(f"design {self.name!r}: the names of its cell types must differ, got {names}")
        largest = max([sum(c.n_missing for c in hidden), *(c.n_missing for c in self.cell_types)])
        if min(c.n_missing for c in self.cell_types) < 0 or largest >= self.n_compounds - self.n_anchors:
            raise InputError(
                f"design {self.name!r}: {largest} compounds missing, but only {self.n_compounds - self.n_anchors} are "
                "no anchors; n_missing must be >= 0 and leave some"
            )
        if self.n_genes < 1 or self.rank < 1:
            raise InputError(f"design {self.name!r}: {self.n_genes=} and {self.rank=} must be at least 1")
        if not 0 <= self.inequality <= 4:
            raise InputError(f"design {self.name!r}: expected inequality between 0 and 4, got {self.inequality!r}")
        sizes = {"strength": self.strength, "mean_size": self.mean_size, "loading_difference": self.loading_difference}
        for name, size in sizes.items():
            if not 0 <= size < math.inf:
                raise InputError(f"design {self.name!r}: expected {name} >= 0, got {size!r}")
        if self.form not in get_args(Form):
            raise InputError(f"design {self.name!r}: expected form to be one of {get_args(Form)}, got {self.form!r}")
        if not all(0 < c.median_cells < math.inf for c in self.cell_types):
            raise InputError(f"design {self.name!r}: median_cells must be positive numbers")


_OPEN_PROBLEMS = Design(
    name="open-problems",
    cell_types=(
        CellType("NK cells", "NK", 1000),
        CellType("T cells CD4+", "T", 2000),
        CellType("T cells CD8+", "T", 500, missing_anchors=("Alvocidib", "Oprozomib"), n_missing=2),
        CellType("T regulatory cells", "T", 100),
        CellType("B cells", "B", 300, hidden=True, n_missing=1),
        CellType("Myeloid cells", "Myeloid", 300, hidden=True, n_missing=2),
    ),
    n_compounds=146,
    n_anchors=17,
    n_genes=18_211,
    named_anchors=(
        "Adapalene",
        "Alvocidib",
        "Belinostat",
        "Crizotinib",
        "Dabrafenib",
        "Dactolisib",
        "Idelalisib",
        "Ixazomib",
        "Linagliptin",
        "Oprozomib",
        "Palbociclib",
        "Penfluridol",
    ),
)

# Sizes and numbers of cells are such that the correlations between rows and the scores of simple predictors are near
# those of the real table (benchmarks/research/cv_schemes.md).
_OPEN_PROBLEMS_RANKS = Design(
    name="open-problems-ranks",
    cell_types=(
        CellType("NK cells", "NK", 60),
        CellType("T cells", "T", 250),
        CellType("B cells", "B", 200, hidden=True),
        CellType("Myeloid cells", "Myeloid", 150, hidden=True),
    ),
    n_compounds=135,
    n_anchors=13,
    n_genes=6_349,
    named_anchors=(
        "Alvocidib",
        "Belinostat",
        "Crizotinib",
        "Dabrafenib",
        "Dactolisib",
        "Idelalisib",
        "Linagliptin",
        "Palbociclib",
        "Penfluridol",
    ),
    inequality=2.0,
    strength=0.6,
    mean_size=0.65,
    loading_difference=0.7,
    form="ranks",
)

_DEMO = Design(
    name="demo",
    cell_types=(
        CellType("NK cells", "NK", 1000),
        CellType("T cells CD4+", "T", 2000),
        CellType("B cells", "B", 300, hidden=True, n_missing=1),
        CellType("Myeloid cells", "Myeloid", 300, hidden=True, n_missing=2),
    ),
    n_compounds=48,
    n_anchors=12,
    n_genes=500,
    rank=6,
    inequality=1.0,
)

DESIGNS: Mapping[str, Design] = MappingProxyType(
    {design.name: design for design in (_OPEN_PROBLEMS, _OPEN_PROBLEMS_RANKS, _DEMO)}
)
"""The designs that have a name: ``open-problems`` has the counts of the NeurIPS 2023 competition,
``open-problems-ranks`` those of its data in rank form, ``demo`` is small."""


def get_design(name: str) -> Design:
    """Return the design of that name.

    Raises:
        InputError: There is none; the message says which is nearest.
    """
    if name not in DESIGNS:
        raise InputError(f"no synthetic design {name!r}{did_you_mean(str(name), [*DESIGNS, *SCENARIOS])}")
    return DESIGNS[name]
