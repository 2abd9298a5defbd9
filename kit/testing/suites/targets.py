"""The conformance suite of target transforms."""

from __future__ import annotations

import numpy as np
from sklearn.base import clone

from kit.arrays import Floats
from kit.errors import InputError
from kit.targets.base import TargetTransform
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
from kit.testing.rows import UNSEEN, make_rows, replace_targets


@reports_all
def check_target_transform(
    target: TargetTransform,
    Y: Floats | None = None,
    groups: np.ndarray | None = None,
    *,
    fresh_process: bool = True,
) -> Reload:
    """Check that a target transform keeps every promise of `kit.targets.base.TargetTransform`.

    Where it says that it is linear, the identity by which models are scored in its coordinates is checked against the
    full width.

    Args:
        target: Clones of it are fitted.
        Y: (n_rows, n_targets) float32 targets (default: those of `make_rows`); the last six rows are held out.
        groups: (n_rows,) labels.
        fresh_process: Whether it is also loaded in a fresh process, which takes some seconds.

    Returns:
        What to check in a fresh process; hand many to `check_reloads` to start one process for all.

    Raises:
        AssertionError: A promise is broken; the message says which and what to do.
    """
    check_conventions(target)
    if Y is None or groups is None:
        rows, Y = make_rows()
        groups = rows["cell_type"].to_numpy(dtype=str)
    train, labels, held, held_labels = Y[:-6], groups[:-6], Y[-6:], groups[-6:].astype("U40")
    held_labels[0] = UNSEEN
    plain = prepared(target)
    require_not_fitted(
        target,
        {
            "transform": lambda: clone(plain).transform(held, held_labels),
            "inverse_transform": lambda: clone(plain).inverse_transform(held, held_labels),
            "project": lambda: clone(plain).project(held),
        },
    )
    fitted = check_fits_alike(
        plain,
        lambda one: one.fit(train, labels),
        lambda one: one.fit(replace_targets(train, np.arange(len(train))), labels),
    )
    with untouched(fitted, "fit", Y=train, groups=labels):
        fitted.fit(train, labels)
    _check_both_ways(fitted, held, held_labels)
    _check_wrong_input(plain, fitted, train, labels, held, held_labels)
    if fitted.linear:
        _check_identity(fitted, held, held_labels)
    back = Reload(fitted, "inverse_transform", (fitted.transform(held, held_labels), held_labels))
    return reloads_alike(back, fresh_process, Reload(fitted, "transform", (held, held_labels)))


@step("transform and back")
def _check_both_ways(fitted: TargetTransform, Y: Floats, groups: np.ndarray) -> None:
    n_rows, n_targets = Y.shape
    with untouched(fitted, "transform", Y=Y, groups=groups):
        Z = fitted.transform(Y, groups)
    require_matrix(fitted, Z, "what transform returns", (n_rows, None))
    with untouched(fitted, "inverse_transform", Z=Z, groups=groups):
        decoded = fitted.inverse_transform(Z, groups)
    require_matrix(fitted, decoded, "what inverse_transform returns", (n_rows, n_targets))
    with untouched(fitted, "project", Y=Y):
        projected = fitted.project(Y)
    require_matrix(fitted, projected, "what project returns", Z.shape)
    require_row_by_row(fitted, "transform", lambda at: fitted.transform(Y[at], groups[at]), n_rows)
    require_row_by_row(fitted, "inverse_transform", lambda at: fitted.inverse_transform(Z[at], groups[at]), n_rows)
    require_row_by_row(fitted, "project", lambda at: fitted.project(Y[at]), n_rows)
    again = fitted.transform(decoded, groups)
    scale = np.abs(Z).max() + 1e-30
    require(
        np.abs(again - Z).max() <= 1e-4 * scale,
        fitted,
        "coordinates change when they are decoded and transformed again",
        "inverse_transform must lead back to the same coordinates",
    )


@step("the identity of linear transforms")
def _check_identity(fitted: TargetTransform, Y: Floats, groups: np.ndarray) -> None:
    """‖y − decode(ẑ)‖² = ‖z − ẑ‖² + residual for any ẑ, and project is the linear part."""
    Z = fitted.transform(Y, groups)
    guess = (Z + np.random.default_rng(0).normal(size=Z.shape) * (np.std(Z) + 1.0)).astype(np.float32)
    full = np.square(Y.astype(np.float64) - fitted.inverse_transform(guess, groups)).sum(axis=1)
    residual = fitted.residual(Y, groups)
    require(
        residual.shape == (len(Y),) and residual.dtype == np.float64 and (residual >= 0).all(),
        fitted,
        f"residual returns {residual!r:.80}",
        "return one float64 a row, never negative",
    )
    reduced = np.square(Z.astype(np.float64) - guess).sum(axis=1) + residual
    require(
        np.allclose(reduced, full, rtol=1e-4),
        fitted,
        f"it says it is linear, but ‖z − ẑ‖² + residual is not ‖y − decode(ẑ)‖² (off by "
        f"{np.abs(reduced / full - 1).max():.1e})",
        "the basis must be orthonormal and the residual what it leaves; or let linear be False",
    )
    same = np.full(len(Y), groups[1])
    difference = fitted.transform(Y, same) - fitted.transform(Y[::-1], same)
    require_close(
        fitted,
        fitted.project(Y) - fitted.project(np.ascontiguousarray(Y[::-1])) + 1.0,
        difference + 1.0,
        "project is not the linear part of transform",
        "project is transform without any centring",
    )


@step("a call on wrong data")
def _check_wrong_input(
    plain: TargetTransform,
    fitted: TargetTransform,
    train: Floats,
    labels: np.ndarray,
    held: Floats,
    held_labels: np.ndarray,
) -> None:
    holed = held.copy()
    holed[1, 2] = np.nan
    wrong_fit = train.copy()
    wrong_fit[0, 0] = np.inf
    Z = fitted.transform(held, held_labels)
    wide = np.hstack([Z, Z[:, :1]])
    for what, call in {
        "fit with infinity in Y": lambda: clone(plain).fit(wrong_fit, labels),
        "fit with one-dimensional Y": lambda: clone(plain).fit(train[:, 0], labels),
        "transform with a target too few": lambda: fitted.transform(held[:, 1:], held_labels),
        "inverse_transform with a component too many": lambda: fitted.inverse_transform(wide, held_labels),
        "project with a target too few": lambda: fitted.project(held[:, 1:]),
    }.items():
        require_error(plain, InputError, what, call, "read arrays through kit.arrays.as_matrix")
    if plain.allow_nan_targets:
        gapped = train.copy()
        gapped[0, 1] = gapped[2, 0] = np.nan
        coordinates = clone(plain).fit(gapped, labels).transform(holed, held_labels)
        whole = np.isfinite(coordinates).all()
        require(
            whole if plain.fills_gaps else np.array_equal(np.isnan(coordinates), np.isnan(holed)),
            plain,
            f"coordinates of targets with gaps are {coordinates[:2]} …",
            "they are whole where fills_gaps is True, else NaN where the targets are",
        )
    else:
        remedy = "read arrays through kit.arrays.as_matrix"
        require_error(plain, InputError, "transform with NaN", lambda: fitted.transform(holed, held_labels), remedy)
    constant: TargetTransform = clone(plain).fit(np.full_like(train, 0.5), labels)
    decoded = constant.inverse_transform(constant.transform(held, held_labels), held_labels)
    require_matrix(plain, decoded, "what comes back after a fit on constant targets", held.shape)
