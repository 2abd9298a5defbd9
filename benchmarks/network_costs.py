"""What the third place's networks take, and what a dry run foretells of it: ``python -m benchmarks.network_costs``.

One network after another is fitted on as many rows as the competition's folds have, with noise for targets, for one
epoch and for nine; the difference gives the CPU seconds of all epochs. The constants in `kit.models.neural.loop.cost`
and `kit.models.neural.mlp` are of such measurements.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks._measure import machine
from kit.config import load_recipe
from kit.config.build import build_plugin
from kit.config.schema import ModelConfig
from kit.models.base import MODELS

RECIPE = Path(__file__).parents[1] / "competitions" / "open_problems" / "third_place.yaml"
N_ROWS, N_CELL_TYPES, N_COMPOUNDS = 604, 6, 146


def networks() -> Iterator[tuple[str, ModelConfig]]:
    """Yield the networks of both stages by their names."""
    recipe = load_recipe(RECIPE).config
    yield from recipe.stages["teachers"].models.items()
    yield from recipe.models.items()


def taken_and_foretold(entry: ModelConfig) -> tuple[float, float]:
    """Return the CPU seconds that a network takes for all its epochs, and what it says beforehand."""
    rng = np.random.default_rng(0)
    assert entry.target is not None
    X = np.stack([rng.integers(0, n, N_ROWS) for n in (N_CELL_TYPES, N_COMPOUNDS)], axis=1).astype(np.float32)
    Z = rng.normal(size=(N_ROWS, entry.target.params["n_components"])).astype(np.float32)
    model = build_plugin(MODELS, entry, {"random_state": 0, "blocks": {"codes": (0, 2)}})
    foretold, n_epochs = model.estimate_seconds(N_ROWS, 2, Z.shape[1]), entry.params["n_epochs"]
    seconds = []
    for few in (1, 1, 9):  # the first one imports
        start = time.process_time()
        model.set_params(n_epochs=few).fit(X, Z)
        seconds.append(time.process_time() - start)
    return (seconds[2] - seconds[1]) / 8 * n_epochs, foretold


def main() -> None:
    print(f"# What networks take, and what is foretold\n\n`python -m benchmarks.network_costs`\n\n{machine()}\n")
    print(
        "| network | hidden | outputs | batch | epochs | CPU s | foretold | ratio |\n|---|---|---|---|---|---|---|---|"
    )
    found = []
    with threadpool_limits(1):
        for name, entry in networks():
            taken, foretold = taken_and_foretold(entry)
            found.append((taken, foretold))
            assert entry.target is not None
            params, outputs = entry.params, entry.target.params["n_components"]
            cells = [name, params["hidden"], outputs, params["batch_size"], params["n_epochs"], f"{taken:.1f}"]
            print(f"| {' | '.join(map(str, cells))} | {foretold:.1f} | {foretold / taken:.2f} |", flush=True)
    taken, foretold = np.sum(found, axis=0)
    print(f"| all | | | | | {taken:.1f} | {foretold:.1f} | {foretold / taken:.2f} |")


if __name__ == "__main__":
    main()
