"""Plug-ins that leak, each in a way that has happened to somebody.

Importing this module registers them, so the tests import it in fresh processes only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from kit.arrays import Floats, as_matrix
from kit.blends import BLENDS, Blend
from kit.features import FEATURES, FeatureBuilder
from kit.models import MODELS, Loss, Model, Ridge
from kit.models.base import check_fit_arrays
from kit.postprocess import POSTPROCESSORS, Clip
from kit.splits import SPLITTERS, Fold, Splitter
from kit.targets import TARGETS, TargetSVD
from kit.targets.base import Groups


def table_means(path: str, by: str = "sm_name") -> pd.DataFrame:
    """The mean targets of every compound over the whole training table."""
    table = pd.read_parquet(path)
    return table.groupby(by)[[name for name in table.columns if name.startswith("GENE")]].mean()


class Profile(FeatureBuilder):
    """Mean targets of a compound, looked up in ``table_``."""

    uses_targets = True

    def transform(self, rows: pd.DataFrame) -> Floats:
        check_is_fitted(self)
        place = {name: number for number, name in enumerate(self.names_.tolist())}
        codes = [place.get(name, -1) for name in rows["sm_name"]]
        return np.vstack([self.table_, np.zeros_like(self.table_[:1])])[codes]

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        return np.array([f"mean {number}" for number in range(self.table_.shape[1])])

    def _keep(self, means: pd.DataFrame) -> Self:
        self.names_ = means.index.to_numpy(dtype=str)
        self.table_ = means.to_numpy(dtype=np.float32)
        return self


@FEATURES.register("leaky_table")
class TableProfile(Profile):
    """Statistics computed once from the whole training table, as the winners' notebooks did."""

    def __init__(self, path: str = "") -> None:
        self.path = path

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        self.check_parameters()
        return self._keep(table_means(self.path))


@FEATURES.register("leaky_cache")
class CachedProfile(Profile):
    """Statistics that are kept in the module from the first fold on, to save time."""

    known: ClassVar[dict[str, Floats]] = {}

    def fit(self, rows: pd.DataFrame, Y: Floats | None = None) -> Self:
        means = pd.DataFrame(np.asarray(Y)).groupby(rows["sm_name"].to_numpy()).mean()
        for name, values in zip(means.index, means.to_numpy(), strict=True):
            self.known.setdefault(str(name), values)
        return self._keep(pd.DataFrame.from_dict(self.known, orient="index"))


@TARGETS.register("leaky_basis")
class SharedBasis(TargetSVD):
    """A basis that is fitted once and shared by all folds."""

    shared: ClassVar[dict[str, Any]] = {}

    def fit(self, Y: Floats, groups: Groups = None) -> Self:
        if not self.shared:
            self.shared.update(TargetSVD(self.n_components, self.center).fit(Y, groups).fitted_state())
        vars(self).update(self.shared)
        return self


class Constant(Model):
    """Predicts ``mean_``."""

    def predict(self, X: ArrayLike) -> Floats:
        check_is_fitted(self)
        return np.tile(self.mean_, (len(as_matrix(X, "X")), 1))


@MODELS.register("leaky_warm_start")
class WarmStart(Constant):
    """Starts from where the last fit ended."""

    last: ClassVar[dict[int, Floats]] = {}

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        _, targets, _ = check_fit_arrays(X, Y, sample_weight)
        mean = targets.mean(axis=0)
        self.mean_ = (mean + self.last.get(len(mean), mean)) / 2
        self.last[len(mean)] = self.mean_
        return self


@MODELS.register("leaky_memory")
class Memory(Model):
    """Remembers every row that any fit has seen."""

    seen: ClassVar[dict[bytes, Floats]] = {}

    def fit(self, X: ArrayLike, Y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        features, targets, _ = check_fit_arrays(X, Y, sample_weight)
        self.seen.update({row.tobytes(): values for row, values in zip(features, targets, strict=True)})
        self.mean_ = targets.mean(axis=0)
        return self

    def predict(self, X: ArrayLike) -> Floats:
        return np.stack([self.seen.get(row.tobytes(), self.mean_) for row in as_matrix(X, "X")])


@MODELS.register("leaky_choice")
class SharedChoice(Ridge):
    """Chooses the cautious penalty once any fold was hard to predict."""

    losses: ClassVar[list[float]] = []

    def choose(self, X: ArrayLike, Y: ArrayLike, X_val: ArrayLike, loss: Loss) -> float:
        self.losses.append(loss(Ridge(1.0).fit(X, Y).predict(X_val)))
        path = self.penalty
        assert isinstance(path, list)
        return path[-1] if max(self.losses) > 5 * self.losses[-1] else path[0]


@SPLITTERS.register("leaky_strongest")
class Strongest(Splitter):
    """Holds out the rows with the weakest response, which are the easiest to predict."""

    def folds(self, rows: pd.DataFrame, Y: Floats | None = None) -> list[Fold]:
        order = np.argsort(np.abs(np.asarray(Y)).sum(axis=1), kind="stable")
        halves = order[:10], order[10:20]
        return [
            Fold(f"fold {number}", np.setdiff1d(order, held), np.sort(held), 1.0)
            for number, held in enumerate(halves, start=1)
        ]


@BLENDS.register("leaky_weights")
class TableWeights(Blend):
    """Weights the models by how close their mean is to the mean of the whole training table."""

    def __init__(self, path: str = "") -> None:
        self.path = path

    def combine(self, predictions: Mapping[str, Floats], groups: np.ndarray | None = None) -> Floats:
        mean = table_means(self.path).to_numpy().mean(axis=0)
        weights = {name: 1 / np.linalg.norm(values.mean(axis=0) - mean) for name, values in predictions.items()}
        total = sum(weights.values())
        return sum(values * np.float32(weights[name] / total) for name, values in predictions.items())  # type: ignore[return-value]


@POSTPROCESSORS.register("leaky_range")
class RunningRange(Clip):
    """Clips to the greatest range that any fit has seen."""

    limits: ClassVar[dict[str, Floats]] = {}

    def fit(self, Y: Floats) -> Self:
        super().fit(Y)
        self.lower_ = np.minimum(self.lower_, self.limits.get("lower", self.lower_))
        self.upper_ = np.maximum(self.upper_, self.limits.get("upper", self.upper_))
        self.limits.update(lower=self.lower_, upper=self.upper_)
        return self
