"""The scores of several members on the same rows: what every table, interval and difference is computed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from kit.arrays import Doubles, Floats
from kit.errors import InputError
from kit.gaps import measured_rows
from kit.metrics.base import Metric, RowMetric, metric_name
from kit.metrics.blocks import ranks_of
from kit.metrics.bootstrap import Interval, bootstrap_interval, draw_counts, draw_seeds, interval_of
from kit.metrics.classes import CLASS_METRICS
from kit.metrics.groupwise import resampled_scores, score
from kit.metrics.retrieval import RETRIEVAL_METRICS
from kit.metrics.rowwise import BENCHMARK_METRICS, Spearman, row_scores
from kit.plugins import CLASSIFICATION, REGRESSION, RETRIEVAL

N_RESAMPLES = 200
"""How often rows are drawn for the interval of a metric that is no mean over rows, which is computed for each draw."""

_SEED = 0

_COLUMNS = frozenset(
    {"member", "kind", "fold", "row", "group", "weight", "seed", "cluster", "resampled", "resampled_weight", "rows"}
    | {"low", "high", "folds_sd", "seeds_sd", "failed", "fits", "cpu_s", "wall_s", "peak_bytes"}
)
"""The names of columns beside which a metric's stands."""


class Difference(NamedTuple):
    """The difference a − b of two scores and its interval: they differ at its level when the interval leaves out 0."""

    mean: float
    low: float
    high: float


_BESIDE = {REGRESSION: BENCHMARK_METRICS, CLASSIFICATION: CLASS_METRICS, RETRIEVAL: RETRIEVAL_METRICS}
"""The metrics that stand beside a competition's own, by the kind of problem that this one is for."""


def table_metrics(metric: Metric) -> tuple[Metric, ...]:
    """Return the metrics of every table: the competition's own, its relatives, the usual ones of its kind of problem.

    Raises:
        InputError: The metric has the name of another column of these tables.
    """
    own = metric_name(metric)
    if own in _COLUMNS:
        raise InputError(f"the metric {own!r} has the name of a column of every table; register it under another")
    usual = next(metrics for problem, metrics in _BESIDE.items() if problem in metric.problems)
    beside = {metric_name(other): other for other in [*metric.relatives(), *usual]}
    return (metric, *(other for name, other in beside.items() if name != own))


@dataclass(frozen=True, eq=False)
class Scores:
    """The scores of members: models, blends, floors, ceilings.

    Attributes:
        metrics: The metrics, the competition's own first; the others are row-wise.
        rows: One line for every member and validated row: ``member``, ``kind``, ``fold``, ``row``, ``group``,
            ``weight`` and one column for each row-wise metric; with several seeds ``seed``, and ``cluster``, the label
            of rows that a bootstrap draws together.
        sets: Where the competition's own metric is no mean over rows, one line for every member, fold and group:
            ``member``, ``kind``, ``fold``, ``group`` (None for all rows of the fold), ``weight`` (of these rows
            together), the metric's column, and in the lines of whole folds ``resampled`` and ``resampled_weight``, the
            metric and the weight in each of `N_RESAMPLES` resamples of the rows.
    """

    metrics: tuple[Metric, ...]
    rows: pd.DataFrame
    sets: pd.DataFrame | None = None

    @property
    def metric(self) -> Metric:
        """The competition's own metric."""
        return self.metrics[0]

    @cached_property
    def names(self) -> list[str]:
        """The metrics' columns, the competition's own first."""
        return [metric_name(metric) for metric in self.metrics]

    @classmethod
    def join(cls, parts: Sequence[Scores]) -> Scores:
        """Return the lines of several, which have the same metrics, below each other."""
        filled = [part for part in parts if len(part.rows)]
        sets = [part.sets for part in filled if part.sets is not None]
        rows = pd.concat([part.rows for part in filled], ignore_index=True)
        return cls(parts[0].metrics, rows, pd.concat(sets, ignore_index=True) if sets else None)

    def where(self, **values: str | Sequence[str]) -> Scores:
        """Return the lines whose columns have the given values, or one of several."""

        def chosen(frame: pd.DataFrame) -> pd.DataFrame:
            for column, value in values.items():
                frame = frame[frame[column].isin([value] if isinstance(value, str) else list(value))]
            return frame

        return replace(self, rows=chosen(self.rows), sets=None if self.sets is None else chosen(self.sets))

    def called(self, member: str, kind: str) -> Scores:
        """Return the same lines as those of a member of another name."""
        sets = None if self.sets is None else self.sets.assign(member=member, kind=kind)
        return replace(self, rows=self.rows.assign(member=member, kind=kind), sets=sets)

    def of_seed(self, seed: int, clusters: np.ndarray) -> Scores:
        """Return the same lines as those of one of several seeds.

        Args:
            seed: The seed's number.
            clusters: (n_lines,) the labels of rows that a bootstrap draws together.
        """
        sets = None if self.sets is None else self.sets.assign(seed=seed)
        return replace(self, rows=self.rows.assign(seed=seed, cluster=clusters), sets=sets)

    def means(self, *by: str) -> pd.DataFrame:
        """Return every metric for each value of some columns ("kind", "member", "fold", "group", "seed").

        A fold counts by its weight, its rows equally. The mean of a row-wise metric over a fold or group is its value
        there; any other metric is computed for the fold, or the group's rows of a fold, and averaged over folds.

        Returns:
            The columns ``by``, in the order in which their values first come, and one a metric.
        """
        of_rows = [name for name in self.names if name in self.rows]
        table = _weighted_means(self.rows, by, of_rows)
        if self.sets is None:
            return table
        whole = self.sets["group"].isna()
        own = _weighted_means(self.sets[~whole if "group" in by else whole], by, self.names[:1])
        return table.merge(own, how="left", on=list(by))[[*by, *self.names]]

    def interval(self) -> Interval:
        """Return the 95 % bootstrap interval of the competition's metric; the lines must be those of one member.

        Rows are drawn; those of one ``cluster`` together, and seeds independently, where these columns are there.
        """
        if self.sets is not None:
            return _interval_of_sets(self.sets[self.sets["group"].isna()], self.names[0])
        if "cluster" not in self.rows:
            return bootstrap_interval(self.rows[self.names[0]], self.rows["weight"])
        values, weights, clusters = _crossed(self.rows, self.names[0])
        return bootstrap_interval(values, weights, groups=clusters)

    def difference(self, other: Scores) -> Difference:
        """Return by how much the score of one member differs from that of another on the same rows.

        Rows, clusters and seeds are paired, and drawn as in `interval`.

        Args:
            other: The lines of the other member, on the same rows.
        """
        own = self.names[0]
        if self.sets is not None and other.sets is not None:
            keys = [name for name in ("seed", "fold") if name in self.sets]
            sides = [sets[sets["group"].isna()] for sets in (self.sets, other.sets)]
            pairs = sides[0].merge(sides[1], on=keys, validate="one_to_one", suffixes=("", "_of_b"))
            for column in (own, "resampled"):
                pairs[column] = pairs[column] - pairs[f"{column}_of_b"]
            return Difference(_mean_over_seeds(pairs, own), *_interval_of_sets(pairs, own))
        keys = [name for name in ("seed", "fold", "row") if name in self.rows]
        pairs = self.rows.merge(other.rows[[*keys, own]], on=keys, validate="one_to_one", suffixes=("", "_of_b"))
        paired = replace(self, rows=pairs.assign(**{own: pairs[own] - pairs[f"{own}_of_b"]}))
        return Difference(_mean_over_seeds(paired.rows, own), *paired.interval())


class Scorer:
    """Scores predictions fold by fold, so that one fold's predictions are in memory at a time.

    Args:
        metric: The competition's metric.
        labels: The labels of all rows that are going to be scored, one a row: rows of one label (compound) are drawn
            together in the intervals of metrics that are no mean over rows. The same labels give the same draws, so
            that scores of several runs can be compared draw by draw.
        alone: Whether the other metrics are left out.
    """

    def __init__(self, metric: Metric, labels: ArrayLike, alone: bool = False) -> None:
        self.metrics = (metric,) if alone else table_metrics(metric)
        self._of_rows = [metric for metric in self.metrics if isinstance(metric, RowMetric)]
        self._labels = labels
        self._ranked: tuple[Floats, Floats | None] | None = None

    @cached_property
    def _names(self) -> np.ndarray:
        return np.unique(np.asarray(self._labels).astype(str))

    @cached_property
    def _counts(self) -> Doubles:
        return draw_counts(len(self._names), N_RESAMPLES, np.random.default_rng(_SEED))

    def _ranks(self, Y: Floats) -> Floats | None:
        """Return the ranks of a fold's targets, computed for the first of the members that are scored on them."""
        if not any(isinstance(metric, Spearman) for metric in self._of_rows):
            return None
        if self._ranked is None or self._ranked[0] is not Y:
            self._ranked = (Y, ranks_of(Y))
        return self._ranked[1]

    def score(self, known: pd.DataFrame, labels: ArrayLike, Y: Floats, predictions: Floats) -> Scores:
        """Return the scores of a member on the rows of one fold.

        Args:
            known: (n_rows, …) ``member``, ``kind``, ``fold``, ``row``, ``group``, ``weight`` of the rows.
            labels: (n_rows,) what rows are drawn together.
            Y: (n_rows, n_targets) targets, NaN where one was not measured; a row without any is left out, and so is one
                of weight 0.
            predictions: (n_rows, n_targets).

        Raises:
            InputError: The matrices are not finite or not of one shape.
        """
        counted = measured_rows(Y) & (known["weight"].to_numpy() > 0)
        if not counted.all():
            known, labels = known[counted], np.asarray(labels)[counted]
            Y, predictions = Y[counted], predictions[counted]
        scores = pd.DataFrame(row_scores(Y, predictions, self._of_rows, self._ranks(Y)), index=known.index)
        valued = scores.notna().all(axis=1).to_numpy()
        if not valued.all():
            known, labels, scores = known[valued], np.asarray(labels)[valued], scores[valued]
            Y, predictions = Y[valued], predictions[valued]
        rows = pd.concat([known, scores], axis=1)
        metric = self.metrics[0]
        rows = rows[[*known.columns, *(name for name in map(metric_name, self.metrics) if name in rows)]]
        if isinstance(metric, RowMetric):
            return Scores(self.metrics, rows)
        places = np.searchsorted(self._names, np.asarray(labels).astype(str))
        return Scores(self.metrics, rows, _set_scores(metric, known, Y, predictions, self._counts[:, places]))


def _set_scores(metric: Metric, known: pd.DataFrame, Y: Floats, predictions: Floats, counts: Doubles) -> pd.DataFrame:
    """Return a line for all rows of a fold, and one for each of its groups."""
    name, weight, groups = metric_name(metric), known["weight"].to_numpy(), known["group"].to_numpy()
    weights = None if (weight == weight[0]).all() else weight
    if weights is not None:
        counts = counts * weights
    drawn = counts.any(axis=1)
    resampled = np.full(len(counts), np.nan)
    if drawn.any() and len(np.unique(counts, axis=0)) > 1:
        resampled[drawn] = resampled_scores(metric, Y, predictions, groups, counts[drawn])
    line = known.iloc[0][["member", "kind", "fold"]].to_dict()
    lines = [
        line
        | {"group": None, "weight": weight.sum(), name: score(metric, Y, predictions, groups, weights)}
        | {"resampled": resampled, "resampled_weight": counts @ weight if weights is None else counts.sum(axis=1)}
    ]
    for group in pd.unique(groups):
        of_group = groups == group
        value = metric(Y[of_group], predictions[of_group], None if weights is None else weights[of_group])
        lines.append(line | {"group": group, "weight": weight[of_group].sum(), name: value})
    return pd.DataFrame(lines)


def _interval_of_sets(whole: pd.DataFrame, metric: str) -> Interval:
    """Return the interval of a member from the resamples of whole folds.

    A resample has fewer different rows than the sample, by which many a score is shifted (a correlation falls). So the
    spread of the resamples is taken, and laid around the score.
    """
    of_seeds = []
    for _, mine in whole.groupby("seed", sort=False) if "seed" in whole else [(0, whole)]:
        values, weights = np.stack(mine["resampled"].to_list()), np.stack(mine["resampled_weight"].to_list())
        with np.errstate(invalid="ignore"):
            of_seeds.append(np.where(weights > 0, values * weights, 0).sum(axis=0) / weights.sum(axis=0))
    scores = np.stack(of_seeds)
    drawn = draw_seeds(len(scores), scores.shape[1], np.random.default_rng(_SEED)).T
    resampled = (scores * drawn).sum(axis=0) / drawn.sum(axis=0)
    resampled = resampled[np.isfinite(resampled)]
    if len(resampled) < 2:
        return Interval(np.nan, np.nan)
    return interval_of(resampled - resampled.mean() + _mean_over_seeds(whole, metric))


def _weighted_means(lines: pd.DataFrame, by: Sequence[str], columns: Sequence[str]) -> pd.DataFrame:
    """Return weighted means of columns, one line for each value of the columns ``by``."""
    # Without a copy of all lines, which pandas' groups would make: there are millions.
    codes = lines.groupby(list(by), sort=False).ngroup().to_numpy()
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(codes.max(initial=-1) + 2))
    weights, numbers = lines["weight"].to_numpy(), {name: lines[name].to_numpy() for name in columns}
    found = []
    for start, end in pairwise(ends):
        part = order[start:end]
        values = [lines[name].iat[part[0]] for name in by]
        means = {name: float(np.average(column[part], weights=weights[part])) for name, column in numbers.items()}
        found.append(dict(zip(by, values, strict=True)) | means)
    return pd.DataFrame(found, columns=[*by, *columns])


def _mean_over_seeds(lines: pd.DataFrame, column: str) -> float:
    """Return the mean over seeds of the weighted means over lines."""
    by = ["seed"] if "seed" in lines else ["kind"]
    return float(_weighted_means(lines, by, [column])[column].mean())


def _crossed(rows: pd.DataFrame, metric: str) -> tuple[Doubles, Doubles, np.ndarray]:
    """Return (n_seeds, n_rows) values and weights, every seed's weights with the sum 1, and (n_rows,) clusters."""
    weighted = rows[["seed", "row", "weight"]].assign(value=rows[metric] * rows["weight"])
    sums = weighted.groupby(["seed", "row"])[["value", "weight"]].sum()
    weights = sums["weight"].unstack("row").fillna(0.0)
    values = (sums["value"] / sums["weight"]).unstack("row").fillna(0.0)
    clusters = rows.drop_duplicates("row").set_index("row")["cluster"].loc[values.columns]
    shares = weights.div(weights.sum(axis=1), axis=0)
    return values.to_numpy(np.float64), shares.to_numpy(np.float64), clusters.to_numpy()
