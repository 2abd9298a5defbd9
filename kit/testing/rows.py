"""Small tables of rows and targets with a planted truth, for tests of plug-ins."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Floats
from kit.data.simulate import COMPOUNDS
from kit.errors import InputError

CELL_TYPES = ("NK cells", "T cells CD4+", "T cells CD8+", "B cells")
"""The cell types of `make_rows`; in the last one only every third compound is measured."""

UNSEEN = "never seen"
"""What `make_new_rows` writes in place of a known category."""

_UNSEEN_SMILES = "CC(=O)OCC"


def make_rows(
    n_compounds: int = 12, n_targets: int = 20, rank: int = 3, noise: float = 0.3, seed: int = 0
) -> tuple[pd.DataFrame, Floats]:
    """Draw rows as a perturbation experiment has them, and their targets.

    Three cell types with every compound, one with a third of them, two pairs measured again on another plate, in
    random order. The targets are a mean of the cell type, plus the compound's effect (``rank`` numbers) through
    loadings that the cell types have mostly in common, plus noise: a model that knows other rows of a compound can
    predict it, and the targets' leading ``rank`` directions are almost all there is.

    Args:
        n_compounds: At least 4 compounds, real ones with their SMILES.
        n_targets: Columns of the targets.
        rank: Directions in which compounds act.
        noise: Standard deviation of the noise; the effects' is about 1 for every direction.
        seed: Of all of it.

    Returns:
        The rows, with the columns ``cell_type``, ``sm_name``, ``SMILES``, ``plate`` (text) and ``dose`` (a positive
        number), and the targets, float32 (n_rows, n_targets).

    Raises:
        InputError: A count is out of range.
    """
    if not 4 <= n_compounds <= len(COMPOUNDS) or n_targets < 1 or rank < 1:
        raise InputError(
            f"make_rows: expected 4 <= n_compounds <= {len(COMPOUNDS)} and n_targets, rank >= 1, "
            f"got {n_compounds=}, {n_targets=}, {rank=}"
        )
    rng = np.random.default_rng(seed)
    drawn = sorted(rng.choice(len(COMPOUNDS), n_compounds, replace=False).tolist())
    pairs = [(cell, c) for cell in range(len(CELL_TYPES)) for c in range(n_compounds) if cell < 3 or c % 3 == 0]
    pairs += [(0, 1), (3, 0)]
    again = np.arange(len(pairs)) >= len(pairs) - 2
    order = rng.permutation(len(pairs))
    cells, compounds = np.array(pairs)[order].T
    rows = pd.DataFrame(
        {
            "cell_type": [CELL_TYPES[cell] for cell in cells],
            "sm_name": [COMPOUNDS[drawn[c]].name for c in compounds],
            "SMILES": [COMPOUNDS[drawn[c]].smiles for c in compounds],
            "plate": np.where(again[order], "plate 2", "plate 1"),
            "dose": np.exp(rng.normal(size=len(pairs))),
        }
    )
    return rows, _draw_targets(cells, compounds, n_targets, rank, noise, rng)


def _draw_targets(
    cells: np.ndarray, compounds: np.ndarray, n_targets: int, rank: int, noise: float, rng: np.random.Generator
) -> Floats:
    means = 0.5 * rng.normal(size=(len(CELL_TYPES), n_targets))
    effects = rng.normal(size=(compounds.max() + 1, rank))
    common = rng.normal(size=(rank, n_targets))
    loadings = common + 0.3 * rng.normal(size=(len(CELL_TYPES), rank, n_targets))
    values: Doubles = means[cells] + np.einsum("ir,irg->ig", effects[compounds], loadings[cells])
    return (values + noise * rng.normal(size=values.shape)).astype(np.float32)


def make_new_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows to predict: known ones, and for every column of text one with a category that ``rows`` lacks.

    The last row is unseen in every column of text. A column called SMILES gets a structure that RDKit reads.

    Args:
        rows: The training rows; four at least.
    """
    text = [name for name in rows.columns if not pd.api.types.is_numeric_dtype(rows[name])]
    taken = np.linspace(0, len(rows) - 1, 4 + len(text)).astype(int)
    new = rows.iloc[taken].reset_index(drop=True)
    for place, name in enumerate(text, start=3):
        unseen = _UNSEEN_SMILES if name == "SMILES" else f"{UNSEEN}: {name}"
        new[name] = new[name].astype(object)
        new.loc[[place, len(new) - 1], name] = unseen
    return new


def unmeasured_pairs(
    rows: pd.DataFrame, cell_type: str = "cell_type", compound: str = "sm_name", group: str = CELL_TYPES[-1]
) -> pd.DataFrame:
    """Return the keys of the compounds that were not measured in the cell type ``group``: what is to be predicted."""
    measured = set(rows.loc[rows[cell_type] == group, compound])
    others = sorted(set(rows[compound]) - measured)
    return pd.DataFrame({cell_type: group, compound: others})


def make_features(rows: pd.DataFrame, n_features: int = 6, seed: int = 0) -> Floats:
    """Return (n_rows, 2 + n_features) float32 features that any model reads.

    The first two columns are whole numbers, the codes of ``cell_type`` and ``sm_name`` (−1 for names that `make_rows`
    does not draw), as the control models expect them; the others are Gaussian and follow cell type and compound.
    """
    names = sorted(compound.name for compound in COMPOUNDS)
    cells = pd.Categorical(rows["cell_type"], categories=CELL_TYPES).codes
    compounds = pd.Categorical(rows["sm_name"], categories=names).codes
    draws = np.random.default_rng(seed)
    of_cell = draws.normal(size=(len(CELL_TYPES) + 1, n_features))
    of_compound = draws.normal(size=(len(names) + 1, n_features))
    numbers = 0.5 * of_cell[cells] + of_compound[compounds]
    return np.column_stack([cells, compounds, numbers]).astype(np.float32)


def replace_targets(Y: Floats, positions: np.ndarray, seed: int = 0) -> Floats:
    """Return a copy of the targets in which those of some rows are others: another sign, scale and row mean.

    Permuting the targets of the rows would not do: means, ranges and bases over all rows do not see it.

    Args:
        Y: (n_rows, n_targets).
        positions: The rows.
        seed: Of the numbers.
    """
    rng = np.random.default_rng(seed)
    replaced = np.array(Y, dtype=np.float32)
    shape = (len(positions), Y.shape[1])
    spread = float(np.std(Y)) or 1.0
    other = -3.0 * np.asarray(Y[positions], dtype=np.float64)[:, ::-1]
    other += spread * (10.0 * rng.normal(size=(shape[0], 1)) + 20.0 + 5.0 * rng.normal(size=shape))
    replaced[positions] = other
    return replaced


def make_gaps(Y: Floats, share: float = 0.15, seed: int = 0) -> np.ndarray:
    """Return which of the targets (n_rows, n_targets) are missing; the first target of every row is there.

    Args:
        Y: The targets.
        share: The share of values that are missing at random, in [0, 1].
        seed: Of the numbers.
    """
    missing: np.ndarray = np.random.default_rng(seed).random(Y.shape) < share
    missing[:, :1] = False
    return missing
