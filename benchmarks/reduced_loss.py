"""Exact losses in the target's own space against a head as wide as the targets: ``python -m benchmarks.reduced_loss``.

Two Markdown tables of CPU milliseconds and seconds, one thread, taken side by side in one process, each the least of
several rounds in turn:

* a step of the output layer alone: linear head, loss, backward, at batches of 32 and 64. With an orthonormal basis of
  64 components the row-wise root mean squared error over 18,211 targets is computed from 64 numbers a row; the free
  head has weights for every target. Both are the same loss: it is checked that they are.
* a whole epoch of networks of the kit (480 rows), the optimiser included, on coordinates and on all targets: the gain
  is as large as the output layer's share of the work.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from benchmarks._measure import machine
from kit.models import MLP, Conv
from kit.targets import TargetSVD

ROWS, TARGETS, COMPONENTS, HIDDEN, EPOCHS = 480, 18_211, 64, 512, 3


def make_targets(seed: int = 0) -> np.ndarray:
    """Return (ROWS, TARGETS) float32 of rank 40 and noise."""
    rng = np.random.default_rng(seed)
    low = rng.normal(size=(ROWS, 40)) @ rng.normal(size=(40, TARGETS))
    return (low + rng.normal(size=low.shape)).astype(np.float32)


def side_by_side(calls: Mapping[str, Callable[[], Any]], rounds: int, repeats: int) -> dict[str, float]:
    """Return the least CPU seconds of a call of each, over rounds in which all have their turn."""
    least = dict.fromkeys(calls, float("inf"))
    for _ in range(rounds):
        for name, call in calls.items():
            start = time.process_time()
            for _ in range(repeats):
                call()
            least[name] = min(least[name], (time.process_time() - start) / repeats)
    return least


def head_steps(Y: np.ndarray, batch: int) -> dict[str, float]:
    """Return the seconds of head, loss and backward for one batch, and check that both losses are one."""
    import torch

    from kit.models.neural.loop.losses import Objective
    from kit.models.neural.loop.options import TrainingOptions

    torch.manual_seed(0)
    cpu, rows = torch.device("cpu"), torch.arange(batch)
    svd = TargetSVD(COMPONENTS).fit(Y)
    full = svd.full_width(Y)
    hidden = torch.randn(batch, HIDDEN).requires_grad_()
    narrow, wide = torch.nn.Linear(HIDDEN, COMPONENTS), torch.nn.Linear(HIDDEN, TARGETS)
    reduced = Objective(TrainingOptions(), svd.transform(Y), None, full, cpu)
    decoded = Objective(TrainingOptions(loss_space="full"), svd.transform(Y), None, full, cpu)
    free = Objective(TrainingOptions(), Y, None, None, cpu)

    def step(head: torch.nn.Module, objective: Objective) -> torch.Tensor:
        head.zero_grad()
        hidden.grad = None
        loss = objective(head(hidden), rows)
        loss.backward()
        return loss.detach()

    with torch.no_grad():  # the wide head that decodes what the narrow one puts out
        basis = torch.from_numpy(svd.components_)
        wide.weight.copy_(basis.T @ narrow.weight)
        wide.bias.copy_(narrow.bias @ basis)
    np.testing.assert_allclose(step(narrow, reduced), step(wide, free), rtol=1e-5)
    np.testing.assert_allclose(step(narrow, reduced), step(narrow, decoded), rtol=1e-5)
    calls = {
        "coordinates, exact": lambda: step(narrow, reduced),
        "coordinates, decoded in blocks": lambda: step(narrow, decoded),
        "free head": lambda: step(wide, free),
    }
    return side_by_side(calls, rounds=7, repeats=4)


NETWORKS: dict[str, tuple[int, Callable[[int], Any]]] = {
    "mlp (512, 256)": (1500, lambda n: MLP(n_epochs=n)),
    "mlp (512, 256), few features": (216, lambda n: MLP(n_epochs=n)),
    "mlp (1024, 512), few features": (216, lambda n: MLP((1024, 512), n_epochs=n)),
    "conv, small": (1500, lambda n: Conv(n_epochs=n)),
    "conv, first_place": (1500, lambda n: Conv("first_place", n_epochs=n)),
}
"""Networks of a number of epochs, and how many features they read: 216 are one-hot keys and 64 coordinates."""


def epochs(Y: np.ndarray, name: str, rounds: int) -> dict[str, float]:
    """Return the seconds of one epoch of a network on coordinates, of one on all targets, and in convolutions."""
    n_features, make = NETWORKS[name]
    svd = TargetSVD(COMPONENTS).fit(Y)
    Z, full = svd.transform(Y), svd.full_width(Y)
    X = np.random.default_rng(1).normal(size=(ROWS, n_features)).astype(np.float32)
    # What further epochs add to a first one: building the network and checking the arrays are in both.
    calls = {
        f"{space} {n}": lambda n=n, arrays=arrays: make(n).fit(X, *arrays)
        for space, arrays in {"reduced": (Z, None, full), "free": (Y,)}.items()
        for n in (1, 1 + EPOCHS)
    }
    least = side_by_side(calls, rounds, 1)
    found = {space: (least[f"{space} {1 + EPOCHS}"] - least[f"{space} 1"]) / EPOCHS for space in ("reduced", "free")}
    return found | {"convolutions": convolutions(make(1), X) if name.startswith("conv") else 0.0}


def convolutions(model: Conv, X: np.ndarray) -> float:
    """Return the seconds that an epoch spends in the convolutions alone, forward and backward."""
    import torch

    model.fit(X, X[:, :2])
    front = model.module_.convolutions.train()
    rows = torch.from_numpy(X).unsqueeze(1)

    def epoch() -> None:
        for batch in rows.split(model.batch_size):
            front(batch).sum().backward()

    return side_by_side({"front": epoch}, rounds=3, repeats=1)["front"]


def main() -> None:
    import torch

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    Y = make_targets()
    print(f"{machine()}, torch {torch.__version__}, one thread\n")
    print(f"Linear head on {HIDDEN} values, row-wise RMSE over {TARGETS:,} targets, {COMPONENTS} components\n")
    print("| batch | coordinates, exact | coordinates, decoded in blocks | free head | exact is faster by |")
    print("|---|---|---|---|---|")
    for batch in (32, 64):
        found = head_steps(Y, batch)
        exact, decoded, free = found.values()
        ratio = free / exact
        print(f"| {batch} | {exact * 1e3:.2f} ms | {decoded * 1e3:.1f} ms | {free * 1e3:.1f} ms | {ratio:.0f}× |")
    print(f"\nOne epoch: {ROWS} rows, batches of 32, AdamW\n")
    print("| network | features | coordinates | free head | faster by | of it in convolutions, on coordinates |")
    print("|---|---|---|---|---|---|")
    for name, (n_features, _) in NETWORKS.items():
        seconds = epochs(Y, name, options.rounds)
        reduced, free, front = seconds["reduced"], seconds["free"], seconds["convolutions"]
        share, ratio = f"{front / reduced:.0%}" if front else "–", free / reduced
        print(f"| {name} | {n_features} | {reduced:.3f} s | {free:.3f} s | {ratio:.1f}× | {share} |", flush=True)


if __name__ == "__main__":
    main()
