"""What gaps in the targets cost the Gaussian process over rows, on the real measurements in rank form.

Of the training rows' values some are made missing: at random, or a block (half of the genes in half of the rows, as two
panels would have it). T cells but for the anchors are predicted, whole. Every fourth gene; no public row is read.

    python -m benchmarks.process_gaps [--data DIR]
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from benchmarks._measure import machine, measure
from benchmarks.ablations.datasets import real
from kit.config import load_recipe
from kit.data import read_competition
from kit.features import CategoryCodes
from kit.metrics import MRRMSE
from kit.models.processes import CoregionalizedGP, coregionalized_gp
from kit.models.processes.fitting import Process, fit_process
from kit.models.processes.gaps import Gapped

BLOCKS = {"cell_type": (0, 1), "sm_name": (1, 2)}
TERMS = [
    {"cell_type": "free"},
    {"cell_type": "free", "sm_name": "identity"},
    {"cell_type": "free", "sm_name": {"low_rank": 30}},
]
HIDDEN = "T cells"
KINDS = ("whole", "0.12", "0.3", "block")


def with_gaps(Y: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Return targets some of which are missing: "whole", a share at random such as "0.12", or "block"."""
    gapped = Y.copy()
    if kind == "block":
        rows = rng.permutation(len(Y))[: len(Y) // 2]
        gapped[np.ix_(rows, np.arange(Y.shape[1] // 2))] = np.nan
    elif kind != "whole":
        gapped[rng.random(Y.shape) < float(kind)] = np.nan
    return gapped


def with_parameters(model: CoregionalizedGP, whole: CoregionalizedGP, X: np.ndarray, Y: np.ndarray) -> None:
    """Fit a model to targets with gaps, its hyperparameters those of another fit."""

    def known(*arguments: Any) -> Process:
        *others, settings, rng = arguments
        return replace(fit_process(*others, replace(settings, n_steps=1), rng), parameters=whole.parameters_)

    with patch.object(coregionalized_gp, "fit_process", known):
        model.fit(X, Y)


def from_shared_products(model: CoregionalizedGP, X: np.ndarray, Y: np.ndarray) -> None:
    """Fit a model to targets with gaps, its hyperparameters by mean products over the targets that two rows share."""
    with patch.object(Gapped, "sample", lambda *arguments: None):
        model.fit(X, Y)


def parts(X: np.ndarray, Y: np.ndarray, hidden: np.ndarray) -> None:
    """Print what gaps cost by learning and by predicting."""
    print(
        "| missing | learnt from what was measured | known | from shared products |\n|---|---:|---:|---:|", flush=True
    )

    def error(model: CoregionalizedGP) -> float:
        return float(MRRMSE().per_row(Y[hidden], model.predict(X[hidden])).mean())

    known, gapped = X[~hidden], Y[~hidden]
    whole = unfitted(ratios=False).fit(known, gapped)
    for kind in KINDS:
        values = with_gaps(gapped, kind, np.random.default_rng(0))
        learnt, given, shared = (unfitted(ratios=False) for _ in range(3))
        learnt.fit(known, values)
        with_parameters(given, whole, known, values)
        from_shared_products(shared, known, values)
        print(f"| {kind} | {error(learnt):.4f} | {error(given):.4f} | {error(shared):.4f} |", flush=True)


def unfitted(ratios: bool) -> CoregionalizedGP:
    """Return the model."""
    return CoregionalizedGP(TERMS, scale_rows=True, target_ratios=ratios, random_state=0, blocks=BLOCKS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=None, help="the folder of the real tables")
    parser.add_argument("--parts", action="store_true", help="split the cost: learning, predicting")
    given = parser.parse_args()
    data = real(given.data)
    competition = read_competition(load_recipe(data.recipe).config, data.root)
    rows, Y = competition.rows, np.ascontiguousarray(competition.Y[:, ::4])
    X = CategoryCodes(["cell_type", "sm_name"]).fit(rows).transform(rows)
    compounds = rows["sm_name"]
    anchors = set(compounds[~rows["cell_type"].isin([HIDDEN, "NK cells"])])
    hidden = ((rows["cell_type"] == HIDDEN) & ~compounds.isin(anchors)).to_numpy()
    command = "python -m benchmarks.process_gaps" + " --parts" * given.parts
    print(f"# Gaps in the targets\n\n`{command}`\n\n{machine()}\n")
    print(f"{Y.shape[1]:,} targets, {(~hidden).sum()} training rows, {hidden.sum()} predicted\n")
    if given.parts:
        parts(X, Y, hidden)
        return
    print(
        "| missing | ratios | fit, CPU s | MRRMSE | expected | zeros in gaps |\n|---|---|---:|---:|---:|---:|",
        flush=True,
    )
    for ratios in (False, True):
        for kind in KINDS:
            if ratios and kind == "0.3":
                continue
            gapped = with_gaps(Y[~hidden], kind, np.random.default_rng(0))
            model = unfitted(ratios)
            took = measure(lambda: model.fit(X[~hidden], gapped), 1)  # noqa: B023
            error = MRRMSE().per_row(Y[hidden], model.predict(X[hidden])).mean()
            expected = np.sqrt(model.predict_variance(X[hidden])).mean()
            ratio = "yes" if ratios else "no"
            filled = model.fit(X[~hidden], np.nan_to_num(gapped)).predict(X[hidden])
            zeros = MRRMSE().per_row(Y[hidden], filled).mean()
            print(f"| {kind} | {ratio} | {took.cpu:.1f} | {error:.4f} | {expected:.4f} | {zeros:.4f} |", flush=True)


if __name__ == "__main__":
    main()
