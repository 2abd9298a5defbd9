"""One shared Dataset for all outputs against a fresh one for each: ``python -m benchmarks.boosting``.

Prints a Markdown table of CPU seconds (one thread), taken side by side in one process, and checks that the predictions
are the same. ``--outputs`` and ``--rounds`` make it smaller.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks._measure import machine, measure
from kit.models.boosting import LightGBM, PerOutputBoosting, XGBoost

ROWS, VALIDATION_ROWS = 480, 134


def make(n_features: int, n_outputs: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return training features, training targets and validation features; each output follows a few features."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(ROWS + VALIDATION_ROWS, n_features)).astype(np.float32)
    weights = generator.normal(size=(n_features, n_outputs)) * (generator.random((n_features, n_outputs)) < 0.05)
    Y = np.tanh(X @ weights) + 0.5 * generator.normal(size=(X.shape[0], n_outputs))
    return X[:ROWS], Y[:ROWS].astype(np.float32), X[ROWS:]


def shared(model: PerOutputBoosting, X: np.ndarray, Y: np.ndarray, X_val: np.ndarray) -> np.ndarray:
    return model.fit(X, Y).predict(X_val)


def fresh(model: PerOutputBoosting, X: np.ndarray, Y: np.ndarray, X_val: np.ndarray) -> np.ndarray:
    return np.hstack([shared(model, X, Y[:, [output]], X_val) for output in range(Y.shape[1])])


def main() -> None:
    import lightgbm
    import xgboost

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outputs", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--features", type=int, nargs="+", default=[130, 2000])
    parser.add_argument("--unbounded", action="store_true", help="measure LightGBM's default histogram pool too")
    parser.add_argument("--xgboost", action="store_true", help="measure XGBoost too (slow with many features)")
    options = parser.parse_args()
    variants: list[tuple[str, Callable[..., np.ndarray], PerOutputBoosting]] = [
        ("lightgbm, one shared Dataset", shared, LightGBM(options.rounds)),
        ("lightgbm, a fresh Dataset each", fresh, LightGBM(options.rounds)),
    ]
    if options.unbounded:
        unbounded = {"histogram_pool_size": -1}
        variants.append(
            ("lightgbm, shared, unbounded pool", shared, LightGBM(options.rounds, library_params=unbounded))
        )
    if options.xgboost:
        variants.append(("xgboost, one shared matrix", shared, XGBoost(options.rounds)))
        variants.append(("xgboost, a fresh matrix each", fresh, XGBoost(options.rounds)))
    print(f"{machine()}, lightgbm {lightgbm.__version__}, xgboost {xgboost.__version__}")
    print(f"{ROWS} rows, {options.outputs} outputs, {options.rounds} rounds, one thread\n", flush=True)
    print("| features | variant | CPU s | largest difference from its shared twin | estimate_seconds |")
    print("|---|---|---|---|---|", flush=True)
    for n_features in options.features:
        X, Y, X_val = make(n_features, options.outputs)
        twin = np.empty(0)
        for name, run, model in variants:
            measured = measure(partial(run, model, X, Y, X_val), repeats=1)
            twin = measured.result if run is shared else twin
            difference = float(np.abs(measured.result - twin).max())
            estimate = model.estimate_seconds(ROWS, n_features, options.outputs)
            print(f"| {n_features} | {name} | {measured.cpu:.1f} | {difference:.0e} | {estimate:.1f} |", flush=True)


if __name__ == "__main__":
    main()
