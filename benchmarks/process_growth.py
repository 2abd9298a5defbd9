"""How the Gaussian process over rows grows: CPU time and memory, by matrices of all rows and by blocks.

Simulated rows: every pair of context and item but a tenth, at random, and but four fifths of the last context's, which
are predicted; targets drawn from the covariance that the model has, of three latent numbers an item. Each case is a
process of its own on one thread; memory is its peak, tables included.

    python -m benchmarks.process_growth [--largest N]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
import warnings

import numpy as np

from benchmarks._measure import machine
from kit.errors import KitWarning
from kit.models.processes import CoregionalizedGP, coregionalized_gp

BLOCKS = {"context": (0, 1), "item": (1, 2)}
LINEAR = [{"context": "free"}, {"context": "free", "item": "identity"}, {"context": "free", "item": {"low_rank": 10}}]
RADIAL = {"context": "free", "item": {"rbf": "low_rank"}}
N_NEW = 200

# Contexts, items, targets, with the radial term; both paths where the exact one takes no hours.
CASES = [
    (4, 146, 1000, False),
    (4, 146, 1000, True),
    (6, 250, 1000, False),
    (6, 250, 1000, True),
    (10, 300, 1000, False),
    (20, 500, 1000, False),
    (20, 500, 1000, True),
    (50, 1100, 1000, False),
    (50, 1100, 2000, False),
]
EXACT_UP_TO = 1600


def simulate(n_contexts: int, n_items: int, n_targets: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return X and Y of all measured pairs, and which rows are to be predicted."""
    rng = np.random.default_rng(0)
    context, item = np.divmod(np.arange(n_contexts * n_items), n_items)
    kept = rng.random(len(context)) > 0.1
    context, item = context[kept], item[kept]
    mixing = np.linalg.cholesky(0.5 + 0.5 * np.eye(n_contexts))
    vectors = rng.normal(size=(n_items, 3)) / np.sqrt(3)
    # Float32 and one part at a time: the largest case has 50,000 rows.
    Y = (mixing @ rng.normal(size=(n_contexts, n_targets)) * 0.4).astype(np.float32)[context]
    for number in range(3):
        loadings = (mixing @ rng.normal(size=(n_contexts, n_targets)) * 0.7).astype(np.float32)
        Y += vectors[item, number, None].astype(np.float32) * loadings[context]
    for row in range(len(Y)):
        Y[row] += 0.6 * rng.normal(size=n_targets).astype(np.float32)
    hidden = (context == n_contexts - 1) & (rng.random(len(context)) < 0.8)
    return np.column_stack([context, item]).astype(np.float32), Y, hidden


def one(n_contexts: int, n_items: int, n_targets: int, radial: bool, exact: bool, ratios: bool) -> dict[str, float]:
    """Fit and predict once, and return what it took."""
    coregionalized_gp.MOST_EXACT_ROWS = 10**9 if exact else 0
    X, Y, hidden = simulate(n_contexts, n_items, n_targets)
    new = X[hidden][:N_NEW]
    truth, measured = Y[hidden][:N_NEW], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    X, Y = X[~hidden], Y[~hidden]
    warnings.simplefilter("ignore", KitWarning)
    terms = [*LINEAR, RADIAL] if radial else LINEAR
    model = CoregionalizedGP(terms, target_ratios=ratios, random_state=0, blocks=BLOCKS)
    began = time.process_time()
    model.fit(X, Y)
    fitted = time.process_time()
    predictions = model.predict(new)
    predicted = time.process_time()
    return {
        "rows": len(X),
        "fit": fitted - began,
        "predict": predicted - fitted,
        "tables": measured / 2**20,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "error": float(np.sqrt(np.square(predictions - truth).mean())),
        "estimate": model.estimate_seconds(len(X), 2, n_targets),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--largest", type=int, default=10**9, help="leave out cases of more pairs")
    parser.add_argument("--one", help="one case, as JSON; for the processes that this starts")
    given = parser.parse_args()
    if given.one is not None:
        print(json.dumps(one(*json.loads(given.one))))
        return
    print("# Growth of the Gaussian process over rows\n\n`python -m benchmarks.process_growth`\n")
    print(f"{machine()}; one thread\n")
    print("| contexts × items | rows | targets | terms | path | fit, CPU s | estimate | predict | peak, GiB | error |")
    print("|---|---:|---:|---|---|---:|---:|---:|---:|---:|", flush=True)
    for n_contexts, n_items, n_targets, radial in CASES:
        if n_contexts * n_items > given.largest:
            continue
        for exact in (True, False):
            if exact and n_contexts * n_items > EXACT_UP_TO:
                continue
            case = json.dumps([n_contexts, n_items, n_targets, radial, exact, False])
            threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
            command = [sys.executable, "-m", "benchmarks.process_growth", "--one", case]
            done = subprocess.run(command, env=os.environ | threads, capture_output=True, text=True, check=True)
            took = json.loads(done.stdout)
            kind = "with rbf" if radial else "linear"
            print(
                f"| {n_contexts} × {n_items:,} | {took['rows']:,} | {n_targets:,} | {kind} "
                f"| {'all rows' if exact else 'blocks'} | {took['fit']:.1f} | {took['estimate']:.1f} "
                f"| {took['predict']:.2f} | {took['memory']:.2f} | {took['error']:.6f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
