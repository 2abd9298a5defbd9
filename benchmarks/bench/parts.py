"""Encoders, target transforms and models at 614 × 18,211, beside the library that a user would take."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import sklearn.decomposition
import sklearn.linear_model
import sklearn.multioutput
import sklearn.neural_network
import sklearn.svm
from threadpoolctl import threadpool_limits

from benchmarks.bench.side_by_side import Line, in_turns
from kit.config import load_competition
from kit.data import read_competition
from kit.features import LeaveOneOut, TargetStatistics
from kit.models import MLP, SVR, LightGBM, Ridge
from kit.targets import TargetSVD

_COMPETITION = Path(__file__).parents[2] / "competitions" / "open_problems" / "competition.yaml"
_RANK = 32
_TREES = {"n_estimators": 50, "num_leaves": 15, "learning_rate": 0.1}


def lines(folder: Path, data: Path) -> Iterator[Line]:
    """Yield the lines of the parts of a fit, on one thread.

    Args:
        folder: Where files may be written.
        data: The simulated tables.
    """
    competition = read_competition(load_competition(_COMPETITION).config, data, folder / "cache")
    rows, Y = competition.rows, np.array(competition.Y)
    groups = rows["cell_type"].to_numpy()
    with threadpool_limits(1):
        wide = pd.DataFrame(Y)

        def by_groupby() -> None:
            for column in ("cell_type", "sm_name"):
                counts = rows.groupby(column)[column].transform("size").to_numpy()[:, None]
                (wide.groupby(rows[column]).transform("sum").to_numpy() - Y) / np.maximum(counts - 1, 1)

        yield _line(
            "leave-one-out means by cell type and compound, of every target",
            lambda: LeaveOneOut(by=["cell_type", "sm_name"]).fit_transform(rows, Y),
            "pandas groupby",
            by_groupby,
        )
        quantiles = [0.1, 0.5, 0.9]

        def by_quantile() -> None:
            for column in ("cell_type", "sm_name"):
                grouped = wide.groupby(rows[column].to_numpy())
                grouped.mean()
                for share in quantiles:
                    grouped.quantile(share)

        yield _line(
            "mean and three quantiles by cell type and compound",
            lambda: TargetStatistics(["cell_type", "sm_name"], ["mean"], quantiles).fit(rows, Y),
            "pandas groupby",
            by_quantile,
            1,
        )
        yield _line(
            f"SVD of the targets, {_RANK} components, exact",
            lambda: TargetSVD(n_components=_RANK, center="none").fit(Y, groups),
            "scikit-learn, TruncatedSVD(algorithm='arpack')",
            lambda: sklearn.decomposition.TruncatedSVD(_RANK, algorithm="arpack").fit(Y.astype(np.float64)),
            3,
        )
        target = TargetSVD(n_components=_RANK, center="none").fit(Y, groups)
        Z = target.transform(Y, groups)
        rng = np.random.default_rng(0)
        X = (Z @ rng.normal(size=(_RANK, 100)) + rng.normal(size=(len(Z), 100))).astype(np.float32)
        yield _line(
            f"ridge, 100 features, {_RANK} coordinates",
            lambda: Ridge(penalty=10.0).fit(X, Z),
            "scikit-learn Ridge on all 18,211 targets",
            lambda: sklearn.linear_model.Ridge(10.0).fit(X, Y),
        )
        yield _line(
            f"LightGBM, 50 trees a coordinate, {_RANK} coordinates",
            lambda: LightGBM(**_TREES).fit(X, Z),
            "MultiOutputRegressor(LGBMRegressor) on the same",
            lambda: sklearn.multioutput.MultiOutputRegressor(
                lightgbm.LGBMRegressor(**_TREES, n_jobs=1, verbose=-1)
            ).fit(X, Z),
            3,
        )
        yield _line(
            f"SVR, {_RANK} coordinates",
            lambda: SVR().fit(X, Z),
            "MultiOutputRegressor(SVR)",
            lambda: sklearn.multioutput.MultiOutputRegressor(sklearn.svm.SVR()).fit(X, Z),
            3,
        )
        yield _line(
            f"a network of 256 and 128, 30 epochs, {_RANK} coordinates",
            lambda: MLP(hidden=[256, 128], n_epochs=30, batch_size=64).fit(X, Z),
            "scikit-learn MLPRegressor of the same size",
            lambda: _mlp(X, Z),
            3,
        )


def _mlp(X: np.ndarray, Z: np.ndarray) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sklearn.neural_network.MLPRegressor(
            hidden_layer_sizes=(256, 128), batch_size=64, max_iter=30, n_iter_no_change=30
        ).fit(X, Z)


def _line(what: str, mine: Callable[[], object], other: str, theirs: Callable[[], object], repeats: int = 5) -> Line:
    mine()  # imports and first calls are not what is compared
    seconds, beside = in_turns(mine, theirs, repeats)
    return Line(what, seconds, other, beside)
