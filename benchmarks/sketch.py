"""Boosting all targets by sketches of the gradient, beside boosting few coordinates: ``python -m benchmarks.sketch``.

Prints a Markdown table: CPU seconds on one thread, peak resident memory, and the error on rows held out as a share of
that of the training rows' mean. Every line is a process of its own, so that its peak is its own; what a process holds
before it fits (interpreter, libraries, data) is said apart. Lines that are too slow train fewer rounds (``--few``);
their seconds for all rounds are extrapolated in proportion, and marked so.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks._measure import machine, measure
from kit.models.base import Model
from kit.models.boosting import CatBoost, LightGBM, XGBoost, XGBoostSketch, XGBoostVectorLeaf
from kit.targets import IdentityTarget, TargetSVD, TargetTransform

HELD_OUT, FEATURES, RANK = 134, 130, 40


@dataclass(frozen=True)
class Line:
    """A line of the table.

    Attributes:
        name: What is trained.
        model: Makes the model for so many rounds.
        components: Coordinates of a target SVD that it is trained on; None for all targets, -1 for full rank.
        slow: Whether it trains the few rounds only.
    """

    name: str
    model: Callable[[int], Model]
    components: int | None = 64
    slow: bool = True


LINES = [
    Line("xgboost_sketch, k = 5, all targets", lambda n: XGBoostSketch(n), None, False),
    Line("xgboost_sketch, k = 5, coordinates of full rank", lambda n: XGBoostSketch(n), -1, False),
    Line("xgboost_sketch, k = 5, 64 coordinates", lambda n: XGBoostSketch(n), slow=False),
    Line("xgboost, one booster for each of 64 coordinates", lambda n: XGBoost(n)),
    Line("xgboost_vector_leaf, 64 coordinates", lambda n: XGBoostVectorLeaf(n)),
    Line("catboost, 64 coordinates", lambda n: CatBoost(n)),
    Line("lightgbm, one booster for each of 64 coordinates", lambda n: LightGBM(n)),
]


def make(n_rows: int, n_targets: int) -> tuple[np.ndarray, np.ndarray]:
    """Return features and targets, held-out rows last: smooth signals of falling weight, and noise."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(n_rows + HELD_OUT, FEATURES)).astype(np.float32)
    hidden = np.tanh(X @ (generator.normal(size=(FEATURES, RANK)) * (generator.random((FEATURES, RANK)) < 0.05)))
    loadings = generator.normal(size=(RANK, n_targets)) / np.sqrt(1 + np.arange(RANK))[:, None]
    Y = (hidden @ loadings).astype(np.float32)
    Y += generator.standard_normal(Y.shape, dtype=np.float32)
    return X, Y


def peak() -> float:
    """Return this process's peak resident memory so far, in GiB."""
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return kilobytes / 2**20


def run(number: int, n_rows: int, n_targets: int, n_rounds: int) -> tuple[float, float, float, float]:
    """Return CPU seconds of transform and fit, peak memory before and after in GiB, and the share of error left."""
    line = LINES[number]
    X, Y = make(n_rows, n_targets)
    target: TargetTransform = IdentityTarget()
    if line.components is not None:
        target = TargetSVD(n_components=line.components if line.components > 0 else n_rows - 1)
    model = line.model(n_rounds)
    # What must be imported and looked up once in a process is not the fit's.
    model.check_parameters()
    before = peak()
    Y_train, Y_val = Y[:n_rows], Y[n_rows:]

    def fit() -> None:
        model.fit(X[:n_rows], target.fit(Y_train).transform(Y_train))

    seconds = measure(fit, repeats=1).cpu
    after = peak()
    left = target.inverse_transform(model.predict(X[n_rows:])) - Y_val
    share = np.sqrt(np.mean(left**2) / np.mean((Y_train.mean(axis=0) - Y_val) ** 2))
    return seconds, before, after, float(share)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=614)
    parser.add_argument("--targets", type=int, default=18_211)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--few", type=int, default=10, help="rounds of the slow lines")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    print(f"{machine()}\n\n{options.rows} rows x {options.targets} targets, {FEATURES} features, one thread\n")
    print("| trained | rounds | CPU s | CPU s of all rounds | peak before, GiB | peak, GiB | error left |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for number, line in enumerate(LINES):
        n_rounds = min(options.few, options.rounds) if line.slow else options.rounds
        with multiprocessing.get_context("spawn").Pool(1) as fresh:
            arguments = (number, options.rows, options.targets, n_rounds)
            seconds, before, after, share = fresh.apply(run, arguments)
        whole = f"{seconds:.1f}" if n_rounds == options.rounds else f"≈ {seconds * options.rounds / n_rounds:.0f}"
        row = (line.name, str(n_rounds), f"{seconds:.1f}", whole, f"{before:.2f}", f"{after:.2f}", f"{share:.3f}")
        print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
