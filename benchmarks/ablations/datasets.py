"""What the claims are tested on: the real measurements, and simulated competitions of the same layout."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from kit.config import data_root, load_competition
from kit.data.simulate import Design, get_design, is_complete, simulate, write

HERE = Path(__file__).parent

SIMULATED = replace(
    get_design("open-problems"),
    name="ablations",
    cell_types=tuple(
        cell_type
        for cell_type in get_design("open-problems").cell_types
        if cell_type.name in ("NK cells", "T cells CD4+", "B cells", "Myeloid cells")
    ),
    n_anchors=14,
    n_genes=1000,
)
"""The real data's layout (two measured and two rare cell types, 146 compounds) with fewer genes."""


@dataclass(frozen=True)
class DataSet:
    """Tables and the recipe for them.

    Attributes:
        name: What the results call it.
        recipe: The base recipe.
        root: The folder of the tables.
        truth: The true values of test rows; they enter nothing but a column of the results.
        minimol: The table of compound embeddings, where there is one for these compounds.
    """

    name: str
    recipe: Path
    root: Path
    truth: Path
    minimol: Path | None = None


def real(data: Path | None = None) -> DataSet:
    """Return the Open Problems measurements in rank form, from ``data``, KIT_DATA or the recipe's own folder."""
    recipe = HERE / "real.yaml"
    root = data_root(load_competition(recipe), data, os.environ).resolve()
    beside = root / "minimol_512.npz"
    minimol = beside if beside.exists() else root.parent / "smiles" / beside.name
    return DataSet("real, ranks", recipe, root, root / "public_leaderboard.parquet", minimol)


def simulated(seed: int, folder: Path, design: Design = SIMULATED) -> DataSet:
    """Draw a simulated competition into a folder, unless it is there, and return it."""
    root = folder / f"{design.name}-{seed}"
    if not is_complete(root, design, seed):
        write(simulate(design, seed), root)
    return DataSet(f"simulated, seed {seed}", HERE / "simulated.yaml", root, root / "truth.parquet")
