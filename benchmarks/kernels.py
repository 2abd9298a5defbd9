"""Models over a kernel that is computed once, beside scikit-learn, which computes it for every output and penalty.

Simulated rows: features of a few factors plus noise, outputs nonlinear in the factors. Everything in one process on one
thread; predictions for new rows are compared in the same run.

    python -m benchmarks.kernels
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import scipy
import sklearn
from sklearn import svm
from sklearn.kernel_ridge import KernelRidge as OneKernelRidge
from sklearn.multioutput import MultiOutputRegressor
from threadpoolctl import threadpool_limits

from benchmarks._measure import machine, measure
from kit.arrays import Floats
from kit.models import Model
from kit.models.kernels import RBF, SVR, GaussianProcess, KernelRidge, Nearest

PENALTIES = np.logspace(-4, 4, 20).tolist()
N_NEW = 100


def simulate(n_rows: int, n_features: int, n_outputs: int) -> tuple[Floats, Floats, Floats]:
    """Return features and outputs of training rows and features of new rows."""
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(n_rows + N_NEW, 8))
    X = factors @ rng.normal(size=(8, n_features)) + rng.normal(size=(len(factors), n_features))
    Y = np.tanh(factors @ rng.normal(size=(8, n_outputs))) + 0.3 * rng.normal(size=(len(factors), n_outputs))
    return X[:n_rows].astype(np.float32), Y[:n_rows].astype(np.float32), X[n_rows:].astype(np.float32)


def fit_one_by_one(X: np.ndarray, Y: np.ndarray, X_new: np.ndarray) -> np.ndarray:
    """Return scikit-learn's predictions for new rows for every penalty, one fit each."""
    gamma = 1 / (X.shape[1] * X.var())
    fits = [OneKernelRidge(alpha=penalty, kernel="rbf", gamma=gamma).fit(X, Y) for penalty in PENALTIES]
    return np.array([fit.predict(X_new) for fit in fits])


def walk(X: Floats, Y: Floats, X_new: Floats) -> np.ndarray:
    """Return our predictions for new rows for every penalty, as a choice on held-out rows asks for them."""
    found: list[Floats] = []

    def loss(predictions: Floats) -> float:
        found.append(predictions)
        return 0.0

    KernelRidge(RBF(), PENALTIES, fit_intercept=False).choose(X, Y, X_new, loss)
    return np.array(found)


def line(name: str, size: str, ours: Callable[[], np.ndarray], theirs: Callable[[], np.ndarray], repeats: int) -> str:
    """Return a row of the table: CPU seconds side by side and the largest difference of predictions."""
    kit, other = measure(ours, repeats), measure(theirs, 1)
    difference = float(np.abs(kit.result - other.result).max())
    return f"| {name} | {size} | {kit.cpu:.2f} | {other.cpu:.2f} | {other.cpu / kit.cpu:.1f}× | {difference:.0e} |"


def compare(n_rows: int, n_features: int, n_outputs: int, tol: float, repeats: int) -> None:
    """Print a line for support vectors and one for kernel ridge."""
    X, Y, X_new = simulate(n_rows, n_features, n_outputs)
    wide, wide_new = X.astype(np.float64), X_new.astype(np.float64)
    size = f"{n_rows} × {n_features:,} → {n_outputs:,}"
    print(
        line(
            f"SVR, fit and predict, tol {tol:g}",
            size,
            lambda: SVR(RBF(), standardize=False, tol=tol).fit(X, Y).predict(X_new),
            lambda: MultiOutputRegressor(svm.SVR(kernel="rbf", tol=tol)).fit(wide, Y).predict(wide_new),
            repeats,
        ),
        flush=True,
    )
    print(
        line(
            f"kernel ridge, {len(PENALTIES)} penalties",
            size,
            lambda: walk(X, Y, X_new),
            lambda: fit_one_by_one(wide, Y, wide_new),
            repeats,
        ),
        flush=True,
    )


def estimates(sizes: list[tuple[int, int, int]], repeats: int) -> None:
    """Print the CPU time of one fit of each model beside its estimate, and that of a kernel matrix alone."""
    head = "| model | rows × features → outputs | fit, CPU s | estimate_seconds | a kernel matrix, CPU s |"
    print(f"\n{head}\n|---|---|---:|---:|---:|")
    for size in sizes:
        X, Y, _ = simulate(*size)
        kernel = RBF().fit(X)
        alone = measure(lambda: kernel.matrix(X), max(3, repeats)).cpu  # noqa: B023
        models: list[Model] = [
            KernelRidge(),
            KernelRidge(penalty=PENALTIES),
            SVR(),
            GaussianProcess(),
            Nearest(k=[1, 3, 10, 30]),
        ]
        for model in models:
            if model.kind == "svr" and size[2] > 1000:
                continue
            taken = measure(lambda: model.fit(X, Y), repeats).cpu  # noqa: B023
            name = f"{model.kind}{', path' if model.chooses else ''}"
            shown = f"{size[0]} × {size[1]:,} → {size[2]:,}"
            print(f"| {name} | {shown} | {taken:.3f} | {model.estimate_seconds(*size):.3f} | {alone:.3f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=480)
    parser.add_argument("--features", type=int, nargs="+", default=[130, 1000, 2000])
    parser.add_argument("--outputs", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=3, help="our calls, of which the fastest counts; theirs: one")
    parser.add_argument("--no-estimates", action="store_true", help="leave out the table of estimates")
    given = parser.parse_args()
    print(f"One thread, one process. {machine()}, scikit-learn {sklearn.__version__}, SciPy {scipy.__version__}\n")
    print("| | rows × features → outputs | kit, CPU s | scikit-learn, CPU s | ratio | largest difference |")
    print("|---|---|---:|---:|---:|---:|")
    with threadpool_limits(1):
        for n_features in given.features:
            compare(given.rows, n_features, given.outputs, 1e-3, given.repeats)
        if not given.no_estimates:
            estimates([(given.rows, 130, 64), (given.rows, 2000, 64), (614, 300, 18211)], 1)


if __name__ == "__main__":
    main()
