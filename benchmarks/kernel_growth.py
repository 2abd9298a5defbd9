"""Models that do not grow with their rows alone, exact and by what stands for all rows: error and CPU time.

Simulated rows, the same as in benchmarks.kernels (130 features of eight factors, 16 outputs) and rows of 60 kinds, some
of them rare, each with a function of its own. Error: root mean squared, of 1,000 new rows. One process, one thread.

    python -m benchmarks.kernel_growth [--exact N] [--only MODEL] [--choice]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import kernels
from benchmarks._measure import machine, measure
from kit.arrays import Floats, Ints
from kit.models import Bagged, Model
from kit.models.kernels import RBF, SVR, GaussianProcess, Kernel, KernelRidge, Nearest, landmarks

N_NEW = 1000
SIZES = (1000, 4000, 16_000)
Rows = tuple[Floats, Floats, Floats, Floats]
Chooser = Callable[[Kernel, Floats, int, np.random.Generator], Ints]


def of_factors(n_rows: int) -> Rows:
    """Return features and outputs of training rows and of new ones, the first of one table."""
    X, Y, _ = kernels.simulate(SIZES[-1] + N_NEW, 130, 16)
    return X[N_NEW:][:n_rows], Y[N_NEW:][:n_rows], X[:N_NEW], Y[:N_NEW]


def of_kinds(n_rows: int) -> Rows:
    """Return the same of rows of 60 kinds, of which the 20th is a ninetieth as frequent as the first."""
    rng = np.random.default_rng(0)
    shares = 1 / np.arange(1, 61) ** 1.5
    kind = rng.choice(60, n_rows + N_NEW, p=shares / shares.sum())
    own = 0.7 * rng.normal(size=(len(kind), 6))
    X = 4 * rng.normal(size=(60, 6))[kind] + own
    Y = np.einsum("ij,ijk->ik", np.tanh(own), rng.normal(size=(60, 6, 16))[kind]) + 0.3 * rng.normal(size=(len(X), 16))
    X, Y = X.astype(np.float32), Y.astype(np.float32)
    return X[N_NEW:], Y[N_NEW:], X[:N_NEW], Y[:N_NEW]


def pairs(kernel: RBF) -> Iterator[tuple[str, Model, list[tuple[str, Model]]]]:
    """Yield a model and what is taken in its place, each with a name."""
    for name, of in (("kernel_ridge, penalty auto", KernelRidge), ("gaussian_process", GaussianProcess)):
        given = {"penalty": "auto"} if of is KernelRidge else {"gamma_factors": [1.0]}
        fewer = [(f"landmarks: {n}", of(kernel, landmarks=n, random_state=0, **given)) for n in (300, 1000)]
        yield name, of(kernel, **given), fewer
    for name, model in (("svr", SVR(kernel)), ("nearest, k 10", Nearest(kernel))):
        drawn = [(f"bagged, {k} × most_rows: 2000", Bagged(model, k, most_rows=2000, random_state=0)) for k in (1, 5)]
        yield name, model, drawn


def error(model: Model, rows: Rows) -> float:
    """Return the error of a fit."""
    X, Y, X_new, Y_new = rows
    return float(np.sqrt(np.square(model.fit(X, Y).predict(X_new) - Y_new).mean()))


def compare(exact_up_to: int, only: str) -> None:
    """Print the table of exact models, and what stands in for them, whose names begin like this."""
    print("| rows | model | | error | fit and prediction, CPU s | foreseen, CPU s | foreseen, GiB |")
    print("|---:|---|---|---:|---:|---:|---:|", flush=True)
    for size in SIZES:
        rows = of_factors(size)
        for name, exact, others in pairs(RBF("median")):
            if not name.startswith(only):
                continue
            for what, model in [("exact", exact), *others]:
                shown = (size, rows[0].shape[1], rows[1].shape[1])
                foreseen = f"{model.estimate_seconds(*shown):.1f} | {model.estimate_memory(*shown) / 2**30:.2f} |"
                if model is exact and size > exact_up_to and model.estimate_memory(*shown):
                    print(f"| {size:,} | {name} | {what} | not run | | {foreseen}", flush=True)
                    continue
                taken = measure(lambda: error(model, rows), 1)  # noqa: B023
                print(f"| {size:,} | {name} | {what} | {taken.result:.4f} | {taken.cpu:.1f} | {foreseen}", flush=True)


def evenly(kernel: Kernel, X: Floats, number: int, rng: np.random.Generator) -> Ints:
    """Draw landmarks evenly, as scikit-learn's Nystroem does."""
    return np.sort(rng.permutation(len(X))[:number])


def far_apart(kernel: Kernel, X: Floats, number: int, rng: np.random.Generator) -> Ints:
    """Draw landmarks as k-means++ does its first centres."""
    from sklearn.cluster import kmeans_plusplus

    return kmeans_plusplus(X.astype(np.float64), number, random_state=int(rng.integers(2**31)))[1]


def choices(n_rows: int = 4000) -> None:
    """Print the error by how landmarks are chosen."""
    ours = landmarks.chosen_rows
    ways: list[tuple[str, Chooser]] = [
        ("evenly", evenly),
        ("k-means++", far_apart),
        ("randomly pivoted Cholesky (the kit's)", ours),
    ]
    print("\n| rows | landmarks | chosen | error, three seeds | fit and prediction, CPU s |\n|---|---:|---|---|---:|")
    for name, rows, kernel in (("factors", of_factors(n_rows), RBF("median")), ("kinds", of_kinds(n_rows), RBF(0.15))):
        for number in (100, 300, 1000):
            for way, choose in ways:
                landmarks.chosen_rows = choose
                models = [KernelRidge(kernel, "auto", landmarks=number, random_state=seed) for seed in range(3)]
                taken = measure(lambda: [error(model, rows) for model in models], 1)  # noqa: B023
                errors = ", ".join(f"{value:.4f}" for value in taken.result)
                print(f"| {n_rows:,}, {name} | {number} | {way} | {errors} | {taken.cpu / 3:.1f} |", flush=True)
    landmarks.chosen_rows = ours


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exact", type=int, default=4000, help="most rows of a whole kernel matrix")
    parser.add_argument("--only", default="", help="the models whose names begin like this")
    parser.add_argument("--choice", action="store_true", help="the table of ways to choose landmarks alone")
    given = parser.parse_args()
    print(f"{machine()}; one thread\n")
    with threadpool_limits(1):
        if given.choice:
            choices()
        else:
            compare(given.exact, given.only)


if __name__ == "__main__":
    main()
