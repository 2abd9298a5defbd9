"""Where the time of third place's networks goes: products, Adam, dropout masks, and what is left, model by model.

One training of both stages of `third_place.yaml` with `preset=once`, foretold from a few epochs of each network on as
many rows as it has, with codes of the simulated competition and random targets (what they are changes no time). Beside
each fit stand its parts, timed alone at the sizes of its steps: the three products of every layer, one step of Adam,
the masks of one step. One thread, CPU seconds; of several epochs or calls the median. Before the table, what the parts
cost at their best: the least of many calls, which others on the machine lengthen least.

    python -m benchmarks.network_steps
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from benchmarks._measure import machine
from benchmarks.network_costs import networks
from kit.arrays import Floats
from kit.data.simulate import simulate
from kit.models import EmbeddingMLP

TRAININGS = 5


def make_codes() -> tuple[Floats, int]:
    """Return codes of cell type and compound of training and test rows, and how many are training rows."""
    simulated = simulate("open-problems", 0, n_genes=100)
    columns = ["cell_type", "sm_name"]
    rows = pd.concat([simulated.train[columns], simulated.test[columns]])
    return np.column_stack([pd.factorize(rows[name])[0] for name in columns]).astype(np.float32), len(simulated.train)


def epoch_seconds(model: EmbeddingMLP, X: Floats, Y: Floats, n_epochs: int) -> float:
    """Return the median CPU seconds of an epoch after the first."""
    times: list[float] = []
    model.set_params(n_epochs=1 + n_epochs).fit(X, Y, on_epoch=lambda *_: times.append(time.process_time()))
    return float(np.median(np.diff(times)))


def call_seconds(call: Callable[[], object], n_calls: int = 15, of: Callable[[list[float]], Any] = np.median) -> float:
    """Return the median (or another number) of the CPU seconds of calls after the first."""
    times = []
    for _ in range(1 + n_calls):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return float(of(times[1:]))


def parts_of_a_step(widths: Sequence[int], n_rows: int, dropout: float) -> tuple[float, float, float]:
    """Return the CPU seconds of a step's products, of Adam, and of the masks."""
    import torch

    from kit.models.neural.loop.optimizers import Adam
    from kit.models.neural.modules.dropout import Masks

    layers = [
        (torch.randn(n_rows, n_in), torch.randn(n_out, n_in), torch.randn(n_rows, n_out))
        for n_in, n_out in pairwise(widths)
    ]

    def multiply() -> None:
        for inputs, weight, slopes in layers:
            torch.mm(inputs, weight.t(), out=torch.empty_like(slopes))
            torch.mm(slopes, weight, out=torch.empty_like(inputs))
            torch.mm(slopes.t(), inputs, out=torch.empty_like(weight))

    weights = torch.randn(sum(weight.numel() for _, weight, _ in layers))
    weights.grad = torch.randn_like(weights)
    adam, masks, n_values = Adam([weights], 1e-3, 0.0, decoupled=False), Masks(), n_rows * sum(widths[1:-1])
    return call_seconds(multiply), call_seconds(adam.step), call_seconds(lambda: masks.draw(n_values, dropout))


def unit_costs() -> Iterator[str]:
    """Yield lines on products one by one and in one, and on masks of torch and of the kit."""
    import torch

    from kit.models.neural.modules.dropout import Masks

    inputs, weights = torch.randn(5, 64, 560), torch.randn(5, 560, 480)
    out, masks, values = torch.empty(5, 64, 480), Masks(), torch.randn(64, 560)

    def one_by_one() -> None:
        for number in range(5):
            torch.mm(inputs[number], weights[number], out=out[number])

    flop = 2e-9 * out.numel() * 560
    for name, call in {
        "one by one": one_by_one,
        "as one batched": lambda: torch.bmm(inputs, weights, out=out),
    }.items():
        yield f"* five products of 64 × 560 by 560 × 480, {name}: {flop / call_seconds(call, 200, np.min):.0f} GFLOP/s"
    for name, call in {
        "`torch.nn.functional.dropout`": lambda: torch.nn.functional.dropout(values, 0.26),
        "the kit's masks, drawn and multiplied": lambda: values * masks.draw(values.numel(), 0.26).view(values.shape),
    }.items():
        yield f"* {name}: {1e9 * call_seconds(call, 200, np.min) / values.numel():.1f} ns a number"


def main() -> None:
    import torch

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=5, help="epochs of each network that are timed")
    options = parser.parse_args()
    torch.set_num_threads(1)
    codes, n_train = make_codes()
    total = np.zeros(6)
    print(f"{machine()}, torch {torch.__version__}, one thread\n")
    print("\n".join(unit_costs()) + "\n")
    print("| network | steps | GFLOP of products | fit, CPU s | products | Adam | masks | the rest |")
    print("|---|---|---|---|---|---|---|---|")
    with threadpool_limits(1):
        for name, entry in networks():
            assert entry.target is not None
            params, n_outputs = entry.params, entry.target.params["n_components"]
            # The second stage's networks, m1a to m8d, are taught by pseudo-labelled test rows too.
            X = codes if name[-1].isalpha() else codes[:n_train]
            Y = np.random.default_rng(0).normal(size=(len(X), n_outputs)).astype(np.float32)
            seconds = epoch_seconds(EmbeddingMLP(**params), X, Y, options.epochs) * params["n_epochs"]
            widths = [2 * params["embedding_dim"], *params["hidden"], n_outputs]
            a_epoch = math.ceil(len(X) / params["batch_size"])
            n_steps, n_rows = params["n_epochs"] * a_epoch, math.ceil(len(X) / a_epoch)
            flop = 6e-9 * sum(a * b for a, b in pairwise(widths)) * len(X) * params["n_epochs"]
            parts = np.array(parts_of_a_step(widths, n_rows, params["dropout"])) * n_steps
            line = np.array([flop, seconds, *parts, seconds - parts.sum()])
            total += line
            print(_row(name, n_steps, line), flush=True)
    print(_row("a training of all", "", total))
    print(_row(f"{TRAININGS} trainings", "", TRAININGS * total))


def _row(name: str, n_steps: object, line: np.ndarray) -> str:
    return f"| {name} | {n_steps} | {line[0]:,.0f} | " + " | ".join(f"{value:.1f}" for value in line[1:]) + " |"


if __name__ == "__main__":
    main()
