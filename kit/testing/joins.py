"""The conformance suites of what comes after the models: blends, post-processors, metrics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.base import clone

from kit.arrays import Floats
from kit.blends.base import Blend
from kit.errors import InputError
from kit.metrics.base import Metric, RowMetric
from kit.metrics.rowwise import DistanceMetric
from kit.postprocess.base import Postprocessor
from kit.testing.conventions import check_conventions, check_fits_alike, prepared
from kit.testing.promises import (
    reports_all,
    require,
    require_close,
    require_error,
    require_matrix,
    require_not_fitted,
    require_row_by_row,
    step,
    untouched,
)
from kit.testing.reloading import Reload, reloads_alike
from kit.testing.rows import make_rows, replace_targets


def make_predictions(Y: Floats, names: Sequence[str], seed: int = 0) -> dict[str, Floats]:
    """Return predictions of several models, by name: the targets shrunk, with more noise for every next model."""
    rng = np.random.default_rng(seed)
    spread = float(np.std(Y))
    return {
        name: (0.7 * Y + 0.3 * spread * number * rng.normal(size=Y.shape)).astype(np.float32)
        for number, name in enumerate(names, start=1)
    }


@reports_all
def check_blend(
    blend: Blend,
    Y: Floats | None = None,
    *,
    names: Sequence[str] = ("first", "second", "third"),
    groups: Sequence[str] | None = None,
    fresh_process: bool = True,
) -> Reload:
    """Check that a blend keeps every promise of `kit.blends.base.Blend`.

    Args:
        blend: Clones of it are fitted.
        Y: (n_rows, n_targets) float32 targets of what is blended (default: those of `make_rows`).
        names: The models' names, where its parameters ask for certain ones.
        groups: (n_rows,) the rows' group labels (default: the cell types of `make_rows`, or two groups in turn).
        fresh_process: Whether it is also loaded in a fresh process, which takes some seconds.

    Returns:
        What to check in a fresh process; hand many to `check_reloads` to start one process for all.

    Raises:
        AssertionError: A promise is broken; the message says which and what to do.
    """
    check_conventions(blend)
    if Y is None:
        rows, Y = make_rows()
        groups = rows["cell_type"].to_list() if groups is None else groups
    labels = np.asarray(groups if groups is not None else ["even", "odd"] * len(Y), dtype=str)[: len(Y)]
    given = make_predictions(Y, names)
    plain = prepared(blend)
    other = replace_targets(Y, np.arange(len(Y)))
    fitted = check_fits_alike(
        plain, lambda one: one.fit(given, Y, groups=labels), lambda one: one.fit(given, other, groups=labels)
    )
    with untouched(fitted, "fit", predictions=given, Y=Y, groups=labels):
        fitted.fit(given, Y, groups=labels)
    with untouched(fitted, "combine", predictions=given, groups=labels):
        combined = fitted.combine(given, labels)
    require_matrix(blend, combined, "what combine returns", Y.shape)
    require(
        all(combined is not values for values in given.values()),
        blend,
        "combine returns one of its arguments",
        "return a new array: what comes after may write into it",
    )
    backwards = fitted.combine({name: given[name] for name in reversed(list(given))}, labels)
    remedy = "go through the predictions in the order of their sorted names"
    require(np.array_equal(backwards, combined), blend, "combine depends on the order of the models", remedy)
    require_row_by_row(
        fitted, "combine", lambda at: fitted.combine({n: v[at] for n, v in given.items()}, labels[at]), len(Y)
    )
    first = next(iter(given))
    holed = given[first].copy()
    holed[0, 0] = np.nan
    require_error(blend, InputError, "combine of nothing", lambda: fitted.combine({}, labels))
    require_error(blend, InputError, "combine with NaN", lambda: fitted.combine(given | {first: holed}, labels))
    if len(given) > 1:
        short = given | {first: given[first][1:]}
        require_error(blend, InputError, "combine of different shapes", lambda: fitted.combine(short, labels))
    weights = fitted.weights_of(given)
    if weights is not None:
        total = sum(weights[name] * given[name].astype(np.float64) for name in given)
        require_close(blend, combined, total, "combine is no sum by weights_of", "return what combine uses, or None")
    if blend.learns:
        _check_learns(plain, given, Y, labels, combined)
    return reloads_alike(Reload(fitted, "combine", (given, labels)), fresh_process)


@step("fit on out-of-fold predictions")
def _check_learns(blend: Blend, given: dict[str, Floats], Y: Floats, labels: np.ndarray, combined: Floats) -> None:
    """Check what a blend learns from: out-of-fold rows as a set, each with its weight."""
    require_not_fitted(blend, {"combine": lambda: clone(blend).combine(given, labels)})
    require_error(blend, InputError, "fit without targets", lambda: clone(blend).fit(given, groups=labels))
    short = Y[1:]
    require_error(
        blend, InputError, "fit with a target row too few", lambda: clone(blend).fit(given, short, None, labels)
    )
    wrong = np.full(len(Y), -1.0)
    require_error(blend, InputError, "fit with weights below 0", lambda: clone(blend).fit(given, Y, wrong, labels))

    def fit_on(at: np.ndarray, weights: np.ndarray | None = None, backwards: bool = False) -> Floats:
        order = reversed(list(given)) if backwards else given
        some = {name: given[name][at] for name in order}
        fitted: Blend = clone(blend).fit(some, Y[at], weights, labels[at])
        return fitted.combine(given, labels)

    everything = np.arange(len(Y))
    remedy = "go through the predictions in the order of their sorted names"
    other = fit_on(everything, backwards=True)
    require(np.array_equal(other, combined), blend, "fit depends on the order of the models", remedy)
    shuffled = fit_on(np.random.default_rng(0).permutation(everything))
    require_close(blend, shuffled, combined, "fit depends on the order of the rows", "learn from the rows as a set")
    twice = fit_on(everything, np.full(len(Y), 2.0))
    require_close(blend, twice, combined, "fit depends on the sum of sample_weight", "divide the weights by their sum")
    kept = np.flatnonzero(everything % 3 > 0)
    zeroed = fit_on(everything, (everything % 3 > 0).astype(np.float64))
    require_close(
        blend, zeroed, fit_on(kept), "a row of weight 0 counts in fit", "weigh what a row contributes by sample_weight"
    )


@reports_all
def check_postprocessor(
    step: Postprocessor, Y: Floats | None = None, *, row_by_row: bool = True, fresh_process: bool = True
) -> Reload:
    """Check that a post-processor keeps every promise of `kit.postprocess.base.Postprocessor`.

    Args:
        step: Clones of it are fitted.
        Y: (n_rows, n_targets) float32 training targets (default: those of `make_rows`).
        row_by_row: Whether a row's result depends on that row alone; False for a step that says otherwise.
        fresh_process: Whether it is also loaded in a fresh process, which takes some seconds.

    Returns:
        What to check in a fresh process; hand many to `check_reloads` to start one process for all.

    Raises:
        AssertionError: A promise is broken; the message says which and what to do.
    """
    check_conventions(step)
    Y = make_rows()[1] if Y is None else Y
    predictions = (1.5 * make_predictions(Y, ["model"])["model"])[:9]
    plain = prepared(step)
    require_not_fitted(step, {"transform": lambda: clone(plain).transform(predictions)})
    fitted = check_fits_alike(plain, lambda one: one.fit(Y), lambda one: one.fit(replace_targets(Y, np.arange(len(Y)))))
    with untouched(fitted, "fit", Y=Y):
        fitted.fit(Y)
    with untouched(fitted, "transform", predictions=predictions):
        changed = fitted.transform(predictions)
    require_matrix(step, changed, "what transform returns", predictions.shape)
    if row_by_row:
        require_row_by_row(fitted, "transform", lambda at: fitted.transform(predictions[at]), len(predictions))
    holed = predictions.copy()
    holed[0, 0] = np.nan
    for what, call in {
        "fit with one-dimensional Y": lambda: clone(plain).fit(Y[:, 0]),
        "transform with NaN": lambda: fitted.transform(holed),
        "transform with a target too few": lambda: fitted.transform(predictions[:, 1:]),
    }.items():
        require_error(step, InputError, what, call, "read arrays through kit.arrays.as_matrix")
    constant = clone(plain).fit(np.full_like(Y, 0.5)).transform(predictions)
    require_matrix(step, constant, "what transform returns after a fit on constant targets", predictions.shape)
    return reloads_alike(Reload(fitted, "transform", (predictions,)), fresh_process)


@reports_all
def check_metric(metric: Metric, Y: Floats | None = None, *, fresh_process: bool = True) -> Reload:
    """Check that a metric keeps every promise of `kit.metrics.base.Metric`, and of `RowMetric` where it is one.

    Args:
        metric: The metric.
        Y: (n_rows, n_targets) float32 targets (default: those of `make_rows`).
        fresh_process: Whether it is also loaded in a fresh process, which takes some seconds.

    Returns:
        What to check in a fresh process; hand many to `check_reloads` to start one process for all.

    Raises:
        AssertionError: A promise is broken; the message says which and what to do.
    """
    check_conventions(metric)
    Y = make_rows()[1] if Y is None else Y
    good, middling, bad = make_predictions(Y, ["good", "middling", "bad"]).values()
    with untouched(metric, "a call", Y=Y, predictions=good):
        score = metric(Y, good)
    fine = isinstance(score, float) and np.isfinite(score)
    require(fine, metric, f"a call returns {score!r:.80}", "return one finite float")
    if isinstance(metric, RowMetric):
        _check_per_row(metric, Y, good)
    perfect = metric(Y, Y.copy())
    require(np.isclose(perfect, metric.best, atol=1e-6), metric, f"a perfect prediction scores {perfect}", "set best")
    losses = [metric.as_loss(metric(Y, predictions)) for predictions in (Y, good, middling, bad)]
    require(
        losses == sorted(losses),
        metric,
        f"predictions with ever more noise score {[round(metric.as_loss(loss), 4) for loss in losses]}",
        f"greater_is_better is {metric.greater_is_better}; correct it or the metric",
    )
    flat = metric(Y, np.zeros_like(Y))
    require(np.isfinite(flat), metric, "constant predictions have no finite score", "define what they count")
    _check_weights(metric, Y, good, score)
    _check_wrong_input(metric, Y, good)
    return reloads_alike(Reload(metric, "__call__", (Y, good)), fresh_process)


@step("a call with weights")
def _check_weights(metric: Metric, Y: Floats, good: Floats, score: float) -> None:
    counts = np.arange(len(Y)) % 3
    repeated = metric(Y.repeat(counts, axis=0), good.repeat(counts, axis=0))
    remedy = "let a row of weight 2 count as if it were there twice, one of weight 0 as if it were not there"
    require_close(metric, metric(Y, good, counts), repeated, "sample_weight does not count as repeated rows", remedy)
    drawn = np.stack([counts, np.ones(len(Y))]).astype(np.float64)
    remedy = "return what a call with each line of counts as sample_weight returns"
    require_close(metric, metric.resampled(Y, good, drawn), [repeated, score], "resampled differs from a call", remedy)


@step("a call on wrong data")
def _check_wrong_input(metric: Metric, Y: Floats, good: Floats) -> None:
    holed = good.copy()
    holed[0, 0] = np.nan
    require_error(metric, InputError, "NaN", lambda: metric(Y, holed))
    require_error(metric, InputError, "a target too few", lambda: metric(Y, good[:, 1:]))
    require_error(metric, InputError, "a row too few", lambda: metric(Y, good[1:]))


@step("per_row")
def _check_per_row(metric: RowMetric, Y: Floats, good: Floats) -> None:
    values = metric.per_row(Y, good)
    fine = isinstance(values, np.ndarray) and values.shape == (len(Y),) and values.dtype == np.float64
    require(
        fine and np.isfinite(values).all(), metric, f"per_row returns {values!r:.80}", "return one finite float64 a row"
    )
    require(np.isclose(metric(Y, good), values.mean()), metric, "a call is not the mean of per_row", "leave __call__")
    require_row_by_row(metric, "per_row", lambda at: metric.per_row(Y[at], good[at]), len(Y))
    if isinstance(metric, DistanceMetric):
        squares = np.square(Y.astype(np.float64) - good).sum(axis=1)
        remedy = "compute the value of a row by of_squares alone, or derive the metric from RowMetric"
        found = metric.of_squares(squares, Y.shape[1])
        require_close(metric, found, values, "per_row is no function of a row's squared distance", remedy)
