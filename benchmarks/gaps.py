"""What gaps in the targets cost each family of models, against the known truth of simulated competitions.

Of the training rows' values some are made missing: at random, or half of the targets in half of the rows, as two panels
would have it. Every model is fitted on what is left, and once more with zeros in the gaps. The hidden rows are
predicted, whole, and compared with their expectation without noise. Once as they are, differences to a control, where
zero is a good guess; and once with a level of its own added to each target, as concentrations have it.

    python -m benchmarks.gaps [--seeds 2] [--genes 60]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks._measure import machine
from benchmarks.process_gaps import with_gaps
from kit.data.simulate import CellType, Design, SimulatedCompetition, simulate
from kit.features import CategoryCodes, OneHot
from kit.metrics import MRRMSE
from kit.models import MLP, KernelRidge, LightGBM, Model, Ridge
from kit.models.processes import CoregionalizedGP
from kit.targets import TargetSVD

DESIGN = Design(
    name="gaps",
    cell_types=(
        CellType("NK cells", "NK", 1000),
        CellType("T cells CD4+", "T", 2000),
        CellType("T cells CD8+", "T", 500),
        CellType("T regulatory cells", "T", 400),
        CellType("B cells", "B", 300, hidden=True),
        CellType("Myeloid cells", "Myeloid", 300, hidden=True),
    ),
    n_compounds=40,
    n_anchors=8,
    n_genes=60,
)

KINDS = ("whole", "0.12", "0.4", "block")
RESULTS = Path(__file__).parent / "results" / "gaps.md"
KEYS = ["cell_type", "sm_name"]

MODELS: dict[str, Callable[[int], Model]] = {
    "ridge": lambda seed: Ridge("auto"),
    "kernel ridge": lambda seed: KernelRidge(penalty="auto"),
    "LightGBM": lambda seed: LightGBM(n_estimators=60, num_leaves=8, min_data_in_leaf=5, random_state=seed),
    "network": lambda seed: MLP(n_epochs=60, hidden=[64], loss="mrrmse", random_state=seed),
    "process": lambda seed: CoregionalizedGP(center="target", n_steps=30, random_state=seed),
}


def predictions(name: str, data: SimulatedCompetition, targets: np.ndarray, seed: int) -> np.ndarray:
    """Return the predictions of the hidden rows by a model fitted on targets, which may have gaps."""
    codes, hot = CategoryCodes(KEYS).fit(data.train), OneHot(KEYS).fit(data.train)
    features = codes if name == "process" else hot
    X, X_new = features.transform(data.train), features.transform(data.test)
    if name == "ridge, svd":
        svd = TargetSVD("gavish_donoho", center="mean").fit(targets)
        return svd.inverse_transform(Ridge("auto").fit(X, svd.transform(targets)).predict(X_new))
    return MODELS[name](seed).fit(X, targets).predict(X_new)


def errors_of(
    names: list[str], n_seeds: int, n_genes: int, spread: float, seconds: dict[str, float]
) -> dict[tuple[str, str, bool], float]:
    """Return the mean MRRMSE by model, kind of gaps, and whether zeros filled them; add up CPU seconds by model."""
    errors: dict[tuple[str, str, bool], list[float]] = {}
    for seed in range(n_seeds):
        data, rng = simulate(DESIGN, seed, n_genes), np.random.default_rng(seed)
        levels = (spread * rng.normal(size=n_genes)).astype(np.float32)
        for kind in KINDS:
            gapped = with_gaps(data.train_targets + levels, kind, np.random.default_rng(seed))
            for name in names:
                for filled in (False, True)[: 1 if kind == "whole" else 2]:
                    start = time.process_time()
                    targets = np.nan_to_num(gapped) if filled else gapped
                    found = MRRMSE()(data.test_noise_free + levels, predictions(name, data, targets, seed))
                    errors.setdefault((name, kind, filled), []).append(found)
                    seconds[name] += time.process_time() - start
    return {key: float(np.mean(values)) for key, values in errors.items()}


def table(names: list[str], errors: dict[tuple[str, str, bool], float]) -> str:
    """Return one line a model."""
    lines = [
        "| model | whole | 12 % missing | 40 % missing | a block (25 %) | 12 % cost |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name in names:
        of_kinds = [f"{errors[name, kind, False]:.4f} ({errors[name, kind, True]:.4f})" for kind in KINDS[1:]]
        cost = errors[name, "0.12", False] / errors[name, "whole", False] - 1
        lines.append(f"| {name} | {errors[name, 'whole', False]:.4f} | {' | '.join(of_kinds)} | {cost:+.1%} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--genes", type=int, default=DESIGN.n_genes)
    given = parser.parse_args()
    names = ["ridge", "ridge, svd", *list(MODELS)[1:]]
    seconds = dict.fromkeys(names, 0.0)
    near_zero, levels = (errors_of(names, given.seeds, given.genes, spread, seconds) for spread in (0.0, 2.0))
    data = simulate(DESIGN, 0, given.genes)
    RESULTS.write_text(
        "# Gaps in the targets\n\n"
        f"`python -m benchmarks.gaps --seeds {given.seeds} --genes {given.genes}`, {machine()}\n\n"
        + "\n".join(__doc__.splitlines()[2:7])
        + f"\n\n{len(data.train)} training rows, {len(data.test)} hidden ones, {given.genes} targets; features: cell "
        f"type and compound. MRRMSE against the truth, mean over {given.seeds} seeds; in brackets zeros in gaps.\n\n"
        f"Differences to a control:\n\n{table(names, near_zero)}\n\n"
        f"Each target with a level of its own (standard deviation 2):\n\n{table(names, levels)}\n\n"
        f"CPU seconds of all fits: {', '.join(f'{name} {spent:.0f}' for name, spent in seconds.items())}.\n",
        encoding="utf-8",
    )
    print(RESULTS.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
