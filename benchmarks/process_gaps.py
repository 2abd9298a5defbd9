"""What gaps in the targets cost the Gaussian process over rows, on the real measurements in rank form.

Of the training rows' values some are made missing: at random, or a block (half of the genes in half of the rows, as two
panels would have it). T cells but for the anchors are predicted, whole. Every fourth gene; no public row is read.

    python -m benchmarks.process_gaps [--data DIR]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from benchmarks._measure import machine, measure
from benchmarks.ablations.datasets import real
from kit.config import load_recipe
from kit.data import read_competition
from kit.features import CategoryCodes
from kit.metrics import MRRMSE
from kit.models.processes import CoregionalizedGP

BLOCKS = {"cell_type": (0, 1), "sm_name": (1, 2)}
TERMS = [
    {"cell_type": "free"},
    {"cell_type": "free", "sm_name": "identity"},
    {"cell_type": "free", "sm_name": {"low_rank": 30}},
]
HIDDEN = "T cells"


def with_gaps(Y: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Return targets some of which are missing: "whole", a share at random such as "0.12", or "block"."""
    gapped = Y.copy()
    if kind == "block":
        rows = rng.permutation(len(Y))[: len(Y) // 2]
        gapped[np.ix_(rows, np.arange(Y.shape[1] // 2))] = np.nan
    elif kind != "whole":
        gapped[rng.random(Y.shape) < float(kind)] = np.nan
    return gapped


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=None, help="the folder of the real tables")
    given = parser.parse_args()
    data = real(given.data)
    competition = read_competition(load_recipe(data.recipe).config, data.root)
    rows, Y = competition.rows, np.ascontiguousarray(competition.Y[:, ::4])
    X = CategoryCodes(["cell_type", "sm_name"]).fit(rows).transform(rows)
    compounds = rows["sm_name"]
    anchors = set(compounds[~rows["cell_type"].isin([HIDDEN, "NK cells"])])
    hidden = ((rows["cell_type"] == HIDDEN) & ~compounds.isin(anchors)).to_numpy()
    print(f"# Gaps in the targets\n\n`python -m benchmarks.process_gaps`\n\n{machine()}\n")
    print(f"{Y.shape[1]:,} targets, {(~hidden).sum()} training rows, {hidden.sum()} predicted\n")
    print(
        "| missing | ratios | fit, CPU s | MRRMSE | expected | zeros in gaps |\n|---|---|---:|---:|---:|---:|",
        flush=True,
    )
    for ratios in (False, True):
        for kind in ("whole", "0.12", "0.3", "block"):
            if ratios and kind == "0.3":
                continue
            gapped = with_gaps(Y[~hidden], kind, np.random.default_rng(0))
            model = CoregionalizedGP(TERMS, scale_rows=True, target_ratios=ratios, random_state=0, blocks=BLOCKS)
            took = measure(lambda: model.fit(X[~hidden], gapped), 1)  # noqa: B023
            error = MRRMSE().per_row(Y[hidden], model.predict(X[hidden])).mean()
            expected = np.sqrt(model.predict_variance(X[hidden])).mean()
            ratio = "yes" if ratios else "no"
            filled = model.fit(X[~hidden], np.nan_to_num(gapped)).predict(X[hidden])
            zeros = MRRMSE().per_row(Y[hidden], filled).mean()
            print(f"| {kind} | {ratio} | {took.cpu:.1f} | {error:.4f} | {expected:.4f} | {zeros:.4f} |", flush=True)


if __name__ == "__main__":
    main()
