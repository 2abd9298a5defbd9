"""Draw a synthetic competition: tables as the participants would get them, and the truth behind them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Floats
from kit.data.simulate.designs import CellType, Design, get_design
from kit.data.simulate.effects import draw_cell_type_responses, draw_compound_effects, signed_log_p
from kit.data.simulate.layout import Layout, Pair, draw_layout
from kit.data.simulate.ranks import expected_rank_form, rank_form
from kit.data.simulate.streams import stream
from kit.errors import InputError

# The signed -log10 p of a gene that nothing moved has a Laplace distribution of this standard deviation (0.614).
NULL_SD = np.sqrt(2.0) / np.log(10.0)
# Rows of this many cells have twice the variance of rows of very many.
FEW_CELLS = 150.0
# The spread of the logarithm of a row's number of cells about its cell type's median.
CELLS_SPREAD = 0.5
# The variance of a noisy value grows with its size, as a p-value's does: d(-log10 p)/dz is about z / 2.3.
NOISE_GROWTH = 1.0
# Rows made at a time: what bounds the temporary memory of the full width.
ROWS_AT_A_TIME = 64


@dataclass(frozen=True, eq=False)
class SimulatedCompetition:
    """A synthetic competition with everything that is known about it.

    Attributes:
        design: The counts it was drawn to.
        seed: The seed it was drawn with.
        genes: The names of the target columns.
        compounds: One row a compound: sm_name, sm_lincs_id, SMILES, mechanism, strength, anchor.
        train: The key columns of the training rows: cell_type, sm_name, sm_lincs_id, SMILES, control.
        test: The key columns of the hidden rows: id, cell_type, sm_name.
        train_targets: What was measured, float32 (n_train, n_genes).
        train_noise_free: The expectation of ``train_targets``, same shape.
        test_targets: What would be measured for the hidden rows, float32 (n_test, n_genes).
        test_noise_free: The expectation of ``test_targets``; no prediction is better than it but by luck.
        train_cells: The number of cells behind each training row.
        test_cells: The number of cells behind each hidden row.
    """

    design: Design
    seed: int
    genes: tuple[str, ...]
    compounds: pd.DataFrame
    train: pd.DataFrame
    test: pd.DataFrame
    train_targets: Floats
    train_noise_free: Floats
    test_targets: Floats
    test_noise_free: Floats
    train_cells: Doubles
    test_cells: Doubles


def simulate(design: Design | str, seed: int, n_genes: int | None = None) -> SimulatedCompetition:
    """Draw a synthetic competition.

    The same design and seed give the same bytes (with one version of NumPy); another seed gives other compounds,
    effects and noise with the same counts.

    Args:
        design: A design, or the name of one of `DESIGNS`.
        seed: A non-negative whole number.
        n_genes: The number of genes, where it is not to be the design's.

    Raises:
        InputError: The design's name is unknown, or a number is out of range.
    """
    if isinstance(design, str):
        design = get_design(design)
    if n_genes is not None:
        design = replace(design, n_genes=n_genes)
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"simulate: expected a non-negative whole number as seed, got {seed!r}")
    seed = int(seed)

    layout = draw_layout(design, seed)
    effects = draw_compound_effects(layout.compounds, design, stream(seed, "compounds"))
    means, loadings = draw_cell_type_responses(design, stream(seed, "cell types"))
    compounds = pd.DataFrame(
        {
            "sm_name": [compound.name for compound in layout.compounds],
            "sm_lincs_id": [f"SIM-{number:04d}" for number in range(len(layout.compounds))],
            "SMILES": [compound.smiles for compound in layout.compounds],
            "mechanism": [compound.mechanism for compound in layout.compounds],
            "strength": np.linalg.norm(effects, axis=1),
            "anchor": np.isin(np.arange(len(layout.compounds)), layout.anchors),
        }
    )
    parts: dict[str, tuple[Floats, Floats, Doubles]] = {}
    for part, pairs in (("train", layout.train), ("test", layout.test)):
        noise_free = _responses(pairs, effects, means, loadings)
        cells = _draw_cells(pairs, design.cell_types, stream(seed, f"{part} cells"))
        measured = _measure(noise_free, cells, stream(seed, f"{part} noise"))
        if design.form == "ranks":
            measured, noise_free = _in_rank_form(measured, noise_free, cells)
        parts[part] = (measured, noise_free, cells)
    return SimulatedCompetition(
        design=design,
        seed=seed,
        genes=tuple(f"GENE{number:05d}" for number in range(1, design.n_genes + 1)),
        compounds=compounds,
        train=_train_rows(design, layout, compounds),
        test=_test_rows(design, layout),
        train_targets=parts["train"][0],
        train_noise_free=parts["train"][1],
        test_targets=parts["test"][0],
        test_noise_free=parts["test"][1],
        train_cells=parts["train"][2],
        test_cells=parts["test"][2],
    )


def _responses(pairs: tuple[Pair, ...], effects: Doubles, means: Doubles, loadings: Doubles) -> Floats:
    """Return the noise-free targets of the pairs, float32 (n_pairs, n_genes)."""
    responses = np.empty((len(pairs), means.shape[1]), dtype=np.float32)
    of_cell_type = np.array([c for c, _ in pairs])
    of_compound = np.array([d for _, d in pairs])
    for c in range(len(means)):
        for rows in _blocks(np.flatnonzero(of_cell_type == c)):
            responses[rows] = signed_log_p(means[c] + effects[of_compound[rows]] @ loadings[c])
    return responses


def _draw_cells(pairs: tuple[Pair, ...], cell_types: tuple[CellType, ...], rng: np.random.Generator) -> Doubles:
    """Return a whole number of cells, at least 5, for each pair."""
    medians = np.array([cell_types[c].median_cells for c, _ in pairs])
    drawn = medians * np.exp(CELLS_SPREAD * rng.standard_normal(len(pairs)))
    return np.maximum(np.round(drawn), 5.0)


def _measure(noise_free: Floats, cells: Doubles, rng: np.random.Generator) -> Floats:
    """Add independent Laplace noise of mean 0 to every value."""
    measured = np.empty_like(noise_free)
    for rows in _blocks(np.arange(len(noise_free))):
        sd = _noise_sd(noise_free[rows], cells[rows, None])
        measured[rows] = noise_free[rows] + sd * rng.laplace(scale=np.sqrt(0.5), size=sd.shape)
    return measured


def _in_rank_form(measured: Floats, noise_free: Floats, cells: Doubles) -> tuple[Floats, Floats]:
    """Return the rank form of measured rows, and its expectation."""

    def noise_sd(values: Doubles, row: int) -> Doubles:
        return _noise_sd(values, cells[row])

    return rank_form(measured), expected_rank_form(noise_free, measured, noise_sd)


def _noise_sd(noise_free: np.ndarray, cells: np.ndarray | float) -> Doubles:
    """Return the standard deviation of the noise of values in rows of so many cells."""
    variance: Doubles = NULL_SD**2 * (1 + FEW_CELLS / cells) * (1 + NOISE_GROWTH * np.abs(noise_free))
    return np.sqrt(variance)


def _blocks(rows: np.ndarray) -> list[np.ndarray]:
    """Cut positions into blocks of at most `ROWS_AT_A_TIME`."""
    return [rows[start : start + ROWS_AT_A_TIME] for start in range(0, len(rows), ROWS_AT_A_TIME)]


def _train_rows(design: Design, layout: Layout, compounds: pd.DataFrame) -> pd.DataFrame:
    """Return the key columns of the training rows, named as in the competition."""
    of_compound = compounds.iloc[[d for _, d in layout.train]].reset_index(drop=True)
    rows = of_compound[["sm_name", "sm_lincs_id", "SMILES"]].copy()
    rows.insert(0, "cell_type", [design.cell_types[c].name for c, _ in layout.train])
    rows["control"] = rows["sm_name"].isin(design.controls).to_numpy(dtype=bool)
    return rows


def _test_rows(design: Design, layout: Layout) -> pd.DataFrame:
    """Return id, cell_type and sm_name of the hidden rows."""
    return pd.DataFrame(
        {
            "id": np.arange(len(layout.test), dtype=np.int64),
            "cell_type": [design.cell_types[c].name for c, _ in layout.test],
            "sm_name": [layout.compounds[d].name for _, d in layout.test],
        }
    )
