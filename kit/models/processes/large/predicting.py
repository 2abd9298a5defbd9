"""What a process over many rows predicts with: coefficients of targets, and covariances of new rows with old ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from kit.arrays import Doubles, Floats, blocks
from kit.models.processes.large.features import Feature, Features
from kit.models.processes.large.woodbury import ELEMENTS, Woodbury
from kit.models.processes.ratios import RATIOS, posterior_of_ratios
from kit.models.processes.row_keys import RowKeys


def cross_covariance(columns: Features, features: Sequence[Feature], new: RowKeys, rows: RowKeys) -> Doubles:
    """Return the (n_new, n_rows) covariance of the signal of new rows and training rows, not scaled."""
    contexts, items = new.index[columns.context], new.index[columns.item]
    total = np.zeros((len(new), len(rows)))
    same = items[:, None] == rows.index[columns.item]
    for feature in features:
        # A level that no training row has is one of the known drawn at random.
        root = np.vstack([feature.root, feature.root.mean(axis=0)])
        of_items = (feature.vectors[items] @ feature.vectors.T)[:, rows.index[columns.item]]
        of_items += same * feature.own[items][:, None]
        total += (root[contexts] @ feature.root.T)[:, rows.index[columns.context]] * of_items
    return total


def coefficients(covariance: Woodbury, Y: Floats) -> Floats:
    """Return Σ⁻¹Y, (n_rows, n_targets) float32."""
    dual = np.empty(Y.shape, dtype=np.float32)
    for columns in blocks(Y.shape[1], len(Y), ELEMENTS):
        dual[:, columns] = covariance.solve(Y[:, columns].astype(np.float64))
    return dual


def coefficients_by_ratio(covariance: Callable[[float], Woodbury], Y: Floats) -> tuple[Floats, Doubles]:
    """Return coefficients with each target's signal-to-noise ratio averaged over its posterior, and mean log ratios.

    It is `kit.models.processes.ratios.Ratios` without the eigenvectors of a matrix of all rows.

    Args:
        covariance: Returns the covariance of the rows whose signal is multiplied by a ratio.
        Y: (n_rows, n_targets) targets.
    """
    evidence = np.empty((len(RATIOS), Y.shape[1]))
    for place, ratio in enumerate(RATIOS):
        one = covariance(float(ratio))
        for columns in blocks(Y.shape[1], len(Y), ELEMENTS):
            part = Y[:, columns].astype(np.float64)
            quadratic = np.maximum(np.einsum("ij,ij->j", part, one.solve(part)), np.finfo(np.float64).tiny)
            evidence[place, columns] = -0.5 * (len(Y) * np.log(quadratic) + one.log_determinant)
    posterior = posterior_of_ratios(evidence)
    dual = np.zeros(Y.shape, dtype=np.float32)
    for ratio, share in zip(RATIOS, posterior, strict=True):
        wanted = np.flatnonzero(share > _NEGLIGIBLE)
        one = covariance(float(ratio))
        for columns in blocks(len(wanted), len(Y), ELEMENTS):
            some = wanted[columns]
            dual[:, some] += ratio * share[some] * one.solve(Y[:, some].astype(np.float64))
    return dual, np.log(RATIOS) @ posterior


_NEGLIGIBLE = 1e-9
"""A posterior probability that changes no prediction."""
