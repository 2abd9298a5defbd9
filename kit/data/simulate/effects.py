"""The planted truth: what each compound does to each gene of each cell type, without noise.

With u_d the latent effect of compound d (length `rank`) and c a cell type, the response is

    z[c, d] = m_c + u_d L_c        L_c = diag(gain_c) (W + difference x W_c)        y[c, d] = signed_log_p(z[c, d])

Everything a modeller can hope to use is in it: compounds of one mechanism and of similar structure have similar u; a
compound answers alike in all cell types (W), more alike within a lineage (W_c, gain_c); few compounds are strong and
most are weak; each cell type has a response m_c that it shows to anything; and what separates a hidden cell type from
the measured ones is linear, hence learnable from the anchors, before the p-value bends it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import log_ndtr

from kit.arrays import Doubles
from kit.data.simulate.compounds import Compound
from kit.data.simulate.designs import Design
from kit.data.simulate.structure import describe_structures

# Shares of a compound's direction, of squared length 1 together.
MECHANISM, STRUCTURE, OWN = 0.5, 0.2, 0.3
# A compound's strength is log-normal about its mechanism's: the middling potency, at which its median is the design's
# strength whatever the inequality, and the spread of the logarithm.
MIDDLE, STRENGTH_SPREAD = 0.15, 0.25
# How far a cell type's gains differ from the common ones (natural logarithm), and which share of the difference of
# gains and loadings belongs to the lineage rather than to the cell type alone.
GAIN_SPREAD, LINEAGE_SHARE = 0.25, 0.7
# The share of the mean response of a cell type that all cell types have in common.
MEAN_SHARED = 0.3
# Genes differ in how readily they move: the spread of the logarithm.
GENE_SPREAD = 0.4


def signed_log_p(z: Doubles) -> Doubles:
    """Turn z-scores into signed -log10 two-sided p-values, the scale of the competition's targets.

    Near zero it is linear with slope 0.35, far out it grows like z squared / 4.6, which is where the heavy tails of
    such targets come from. Exact far beyond the underflow of the p-value itself.
    """
    signed: Doubles = -np.sign(z) * (log_ndtr(-np.abs(z)) + np.log(2.0)) / np.log(10.0)
    return signed


def draw_compound_effects(compounds: Sequence[Compound], design: Design, rng: np.random.Generator) -> Doubles:
    """Draw the latent effects of the compounds.

    Args:
        compounds: The compounds.
        design: Gives the number of latent directions, the strength of a middling compound, and the inequality: what
            the logarithm of a compound's strength, relative to a middling one's, is multiplied by.
        rng: Where the numbers come from.

    Returns:
        A matrix (n_compounds, rank); a row's length is the strength of the compound.
    """
    rank = design.rank
    mechanisms = sorted({compound.mechanism for compound in compounds})
    of_mechanism = _directions(rng.standard_normal((len(mechanisms), rank)))
    described = describe_structures([compound.smiles for compound in compounds])
    of_structure = _directions(described @ rng.standard_normal((described.shape[1], rank)))
    of_compound = _directions(rng.standard_normal((len(compounds), rank)))
    direction = _directions(
        np.sqrt(MECHANISM) * of_mechanism[[mechanisms.index(compound.mechanism) for compound in compounds]]
        + np.sqrt(STRUCTURE) * of_structure
        + np.sqrt(OWN) * of_compound
    )
    potency = np.array([compound.potency for compound in compounds])
    logarithm = potency - MIDDLE + STRENGTH_SPREAD * rng.standard_normal(len(compounds))
    strength = design.strength * np.exp(design.inequality * logarithm)
    return direction * strength[:, None]


def draw_cell_type_responses(design: Design, rng: np.random.Generator) -> tuple[Doubles, Doubles]:
    """Draw how the cell types of a design turn a latent effect into z-scores of genes.

    Returns:
        The mean responses (n_cell_types, n_genes) and the loadings (n_cell_types, rank, n_genes). The loadings of a
        gene have a root mean square of about 1 over the latent directions, times the gene's own readiness.
    """
    cell_types, rank, n_genes, difference = design.cell_types, design.rank, design.n_genes, design.loading_difference
    readiness = np.exp(GENE_SPREAD * rng.standard_normal(n_genes) - GENE_SPREAD**2)
    common = rng.laplace(scale=np.sqrt(0.5), size=(rank, n_genes))
    mean_common = rng.standard_normal(n_genes)
    lineages = sorted({cell_type.lineage for cell_type in cell_types})
    of_lineage = {
        lineage: (rng.standard_normal(rank), rng.laplace(scale=np.sqrt(0.5), size=(rank, n_genes)))
        for lineage in lineages
    }
    means = np.empty((len(cell_types), n_genes))
    loadings = np.empty((len(cell_types), rank, n_genes))
    for index, cell_type in enumerate(cell_types):
        lineage_gain, lineage_loadings = of_lineage[cell_type.lineage]
        gain = _mix(lineage_gain, rng.standard_normal(rank), LINEAGE_SHARE)
        own = _mix(lineage_loadings, rng.laplace(scale=np.sqrt(0.5), size=(rank, n_genes)), LINEAGE_SHARE)
        scale = np.exp(GAIN_SPREAD * gain)[:, None] / np.sqrt(1 + difference**2)
        loadings[index] = scale * (common + difference * own) * readiness
        means[index] = design.mean_size * _mix(mean_common, rng.standard_normal(n_genes), MEAN_SHARED) * readiness
    return means, loadings


def _mix(shared: Doubles, own: Doubles, share: float) -> Doubles:
    """Add two independent unit-variance arrays so that the sum has unit variance and ``share`` of it is shared."""
    mixed: Doubles = np.sqrt(share) * shared + np.sqrt(1 - share) * own
    return mixed


def _directions(rows: Doubles) -> Doubles:
    """Scale every row to length 1."""
    directions: Doubles = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
    return directions
