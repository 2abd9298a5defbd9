"""The conformance suite of feature builders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from kit.arrays import Floats
from kit.errors import InputError
from kit.features.base import FeatureBuilder
from kit.plugins import inner_plugins, parameters
from kit.targets import TargetSVD
from kit.testing.conventions import check_conventions, check_fits_alike, prepared
from kit.testing.promises import (
    failure,
    reports_all,
    require,
    require_close,
    require_error,
    require_matrix,
    require_not_fitted,
    require_row_by_row,
    step,
    supply,
    untouched,
)
from kit.testing.reloading import Reload, reloads_alike, saved_bytes
from kit.testing.rows import make_new_rows, make_rows, replace_targets

_OWN = 8
"""Rows whose own targets are replaced, each at the cost of a fit."""


@reports_all
def check_feature_builder(
    builder: FeatureBuilder,
    rows: pd.DataFrame | None = None,
    Y: Floats | None = None,
    *,
    new_rows: pd.DataFrame | None = None,
    test_rows: pd.DataFrame | None = None,
    shows_own_target: bool = False,
    refuses_unseen: bool = False,
    fresh_process: bool = True,
) -> Reload:
    """Check that a feature builder keeps every promise of `kit.features.base.FeatureBuilder`.

    Args:
        builder: With the parameters that it needs for the rows; clones of it are fitted.
        rows: Training rows (default: `make_rows`).
        Y: (n_rows, n_targets) float32 their targets.
        new_rows: Rows to transform (default: `make_new_rows`, unseen categories among them).
        test_rows: The competition's test table, for builders that read its keys and metadata.
        shows_own_target: Its documentation says that a training row's features hold the row's own target.
        refuses_unseen: Its documentation says that an unseen category is an error.
        fresh_process: Whether it is also loaded in a fresh process, which takes some seconds.

    Returns:
        What to check in a fresh process; hand many to `check_reloads` to start one process for all.

    Raises:
        AssertionError: A promise is broken; the message says which and what to do.
    """
    check_conventions(builder)
    if rows is None or Y is None:
        rows, Y = make_rows()
        test_rows = make_new_rows(rows) if test_rows is None else test_rows
    new_rows = make_new_rows(rows) if new_rows is None else new_rows
    new_rows = rows.iloc[: len(new_rows)].reset_index(drop=True) if refuses_unseen else new_rows
    plain = prepared(builder)
    supply(plain, test_rows=test_rows)
    require_not_fitted(
        builder,
        {
            "transform": lambda: clone(plain).transform(new_rows),
            "get_feature_names_out": lambda: clone(plain).get_feature_names_out(),
        },
    )
    fitted = check_fits_alike(
        plain, lambda one: one.fit(rows, Y), lambda one: one.fit(rows.iloc[::-1], replace_targets(Y, np.arange(len(Y))))
    )
    _check_transform(fitted, new_rows)
    _check_training(plain, fitted, rows, Y, new_rows)
    _check_wrong_input(plain, fitted, rows, Y, new_rows)
    if plain.uses_targets:
        _check_projector(plain, rows, Y, new_rows)
        if not shows_own_target:
            check_own_target(plain, rows, Y)
    return reloads_alike(Reload(fitted, "transform", (new_rows,)), fresh_process)


@reports_all
def check_own_target(builder: FeatureBuilder, rows: pd.DataFrame | None = None, Y: Floats | None = None) -> None:
    """Check that no training row's own target has a part in the features that `fit_transform` gives it.

    For some rows in turn the target is replaced (another sign, scale and mean), and nothing else: the row's features
    must stay as they are.

    Raises:
        AssertionError: They change.
    """
    if rows is None or Y is None:
        rows, Y = make_rows()
    plain = prepared(builder)
    before = clone(plain).fit_transform(rows, Y)
    for row in np.unique(np.linspace(0, len(rows) - 1, _OWN).astype(int)):
        after = clone(plain).fit_transform(rows, replace_targets(Y, np.array([row])))
        scale = np.abs(before).max() + np.abs(after).max() + 1e-30
        change = float(np.abs(after[row] - before[row]).max() / scale)
        require(
            change <= 1e-6,
            builder,
            f"the features of training row {row} change with that row's own target (by {change:.1e} of the greatest "
            "feature)",
            "let fit_transform leave the row out of what it is given (also out of means, scales and priors), or say "
            "in the documentation that it does not and pass shows_own_target=True",
        )


@step("transform")
def _check_transform(fitted: FeatureBuilder, new_rows: pd.DataFrame) -> None:
    with untouched(fitted, "transform", rows=new_rows):
        features = fitted.transform(new_rows)
    names = fitted.get_feature_names_out()
    require_matrix(fitted, features, "what transform returns", (len(new_rows), None))
    require(
        isinstance(names, np.ndarray) and names.shape == (features.shape[1],) and names.dtype.kind == "U",
        fitted,
        f"get_feature_names_out returns {names!r:.80} for {features.shape[1]} features",
        "return an array of str with a name for every column",
    )
    require(len(set(names)) == len(names), fitted, "two features have the same name", "number or prefix them")
    require_row_by_row(
        fitted, "transform", lambda at: fitted.transform(new_rows.iloc[at].reset_index(drop=True)), len(new_rows)
    )
    others = new_rows.assign(**{"a column of somebody else": 1.0}).set_axis(range(100, 100 + len(new_rows)))[::-1]
    require_close(
        fitted,
        fitted.transform(others)[::-1],
        features,
        "transform depends on the rows' index or on columns that it has no business with",
        "take rows by position and columns by the names in the parameters",
    )
    empty = fitted.transform(new_rows.iloc[:0])
    require_matrix(fitted, empty, "what transform returns for no rows", (0, features.shape[1]))


@step("fit_transform")
def _check_training(
    plain: FeatureBuilder, fitted: FeatureBuilder, rows: pd.DataFrame, Y: Floats, new_rows: pd.DataFrame
) -> None:
    one: FeatureBuilder = clone(plain)
    with untouched(one, "fit_transform", rows=rows, Y=Y):
        trained = one.fit_transform(rows, Y)
    width = len(fitted.get_feature_names_out())
    require_matrix(plain, trained, "what fit_transform returns", (len(rows), width))
    require(
        np.array_equal(one.transform(new_rows), fitted.transform(new_rows)),
        plain,
        "new rows get other features after fit_transform than after fit",
        "both learn the same; they differ in what the training rows get",
    )
    with untouched(one, "fit", rows=rows, Y=Y):
        one.fit(rows, Y)
    again = clone(plain).fit_transform(rows, Y)
    require(np.array_equal(again, trained), plain, "fit_transform does not repeat itself", "draw from random_state")
    shuffled = rows.set_axis(np.random.default_rng(1).permutation(len(rows)) + 50)
    require(
        np.array_equal(clone(plain).fit_transform(shuffled, Y), trained),
        plain,
        "fit_transform depends on the rows' index",
        "row i belongs to Y[i] by position, whatever the index says",
    )


@step("a call on wrong data")
def _check_wrong_input(
    plain: FeatureBuilder, fitted: FeatureBuilder, rows: pd.DataFrame, Y: Floats, new_rows: pd.DataFrame
) -> None:
    wrong: Any = new_rows.to_dict()
    require_error(plain, InputError, "transform of a dict", lambda: fitted.transform(wrong))
    require_error(plain, InputError, "transform of rows without columns", lambda: fitted.transform(new_rows[[]]))
    require_error(plain, InputError, "fit on rows without columns", lambda: clone(plain).fit(rows[[]], Y))
    if plain.uses_targets:
        holed = Y.copy()
        holed[1, 2] = np.nan
        require_error(plain, InputError, "fit without Y", lambda: clone(plain).fit(rows, None))
        require_error(plain, InputError, "fit with a row of Y too few", lambda: clone(plain).fit(rows, Y[1:]))
        if plain.allow_nan_targets:
            gapped = clone(plain).fit_transform(rows, holed)
            require_matrix(plain, gapped, "what fit_transform returns for targets with gaps", (len(rows), None))
        else:
            require_error(plain, InputError, "fit with NaN in Y", lambda: clone(plain).fit(rows, holed))
        constant = clone(plain).fit_transform(rows, np.ones_like(Y))
        require_matrix(plain, constant, "what fit_transform returns for constant targets", (len(rows), None))
        return
    without: FeatureBuilder = clone(plain)
    try:
        without.fit(rows, None)
    except Exception as error:
        remedy = "accept None, or set uses_targets = True"
        raise failure(plain, f"fit without Y raises {error}, though uses_targets is False", remedy) from error
    require(
        saved_bytes(without) == saved_bytes(fitted),
        plain,
        "fit learns from Y, though uses_targets is False",
        "set uses_targets = True on the class",
    )


@step("fit with a target transform")
def _check_projector(plain: FeatureBuilder, rows: pd.DataFrame, Y: Floats, new_rows: pd.DataFrame) -> None:
    """With the recipe's target transform: features of the reduced space, and a transform that does without it."""
    if not any(p.name == "projector" for one in inner_plugins(plain) for p in parameters(type(one))):
        return
    target = TargetSVD(n_components=4).fit(Y)
    builder: FeatureBuilder = clone(plain)
    supply(builder, projector=target)
    trained = builder.fit_transform(rows, Y)
    features = builder.transform(new_rows)
    require_matrix(plain, trained, "what fit_transform returns with a projector", (len(rows), features.shape[1]))
    require_matrix(plain, features, "what transform returns with a projector", (len(new_rows), None))
    wide = len(clone(plain).fit(rows, Y).get_feature_names_out())
    require(
        features.shape[1] < wide, plain, "a projector makes no fewer features", "project what has a number a target"
    )
    require_close(
        plain,
        clone(builder).fit_transform(rows, Y),
        trained,
        "a clone has lost the fitted projector",
        "derive from TargetBuilder, or share the projector in __sklearn_clone__",
    )
    for one in inner_plugins(builder):
        if hasattr(one, "projector"):
            one.set_params(projector=None)
    require(
        np.array_equal(builder.transform(new_rows), features),
        plain,
        "transform reads the projector",
        "project in fit: a saved builder is stored without it",
    )
