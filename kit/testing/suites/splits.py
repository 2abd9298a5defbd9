"""The conformance suite of splitters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from kit.arrays import Floats
from kit.errors import InputError
from kit.splits.base import Fold, Splitter
from kit.testing.conventions import check_conventions, check_fit_checks_parameters, prepared
from kit.testing.promises import reports_all, require, require_error, step, supply, untouched
from kit.testing.reloading import Reload, alike, reloads_alike
from kit.testing.rows import make_rows, replace_targets, unmeasured_pairs


@reports_all
def check_splitter(
    splitter: Splitter,
    rows: pd.DataFrame | None = None,
    Y: Floats | None = None,
    *,
    test_rows: pd.DataFrame | None = None,
    follows_targets: bool = False,
    fresh_process: bool = True,
) -> Reload:
    """Check that a splitter keeps every promise of `kit.splits.base.Splitter`.

    Args:
        splitter: Clones of it are used.
        rows: The rows to divide (default: `make_rows`).
        Y: (n_rows, n_targets) float32 their targets.
        test_rows: The keys of the rows to be predicted, for splitters that imitate them.
        follows_targets: Its documentation says that the targets take part in dividing the rows.
        fresh_process: Whether it is also loaded in a fresh process, which takes some seconds.

    Returns:
        What to check in a fresh process; hand many to `check_reloads` to start one process for all.

    Raises:
        AssertionError: A promise is broken; the message says which and what to do.
    """
    check_conventions(splitter)
    if rows is None or Y is None:
        rows, Y = make_rows()
        test_rows = unmeasured_pairs(rows) if test_rows is None else test_rows
    plain = prepared(splitter)
    supply(plain, test_rows=test_rows)
    check_fit_checks_parameters(plain, lambda one: one.folds(rows, Y))
    with untouched(plain, "folds", rows=rows, Y=Y):
        folds = plain.folds(rows, Y)
    _check_folds(plain, folds, len(rows))
    require(
        alike(clone(plain).folds(rows, Y), folds) and alike(plain.folds(rows, Y), folds),
        splitter,
        "two divisions of the same rows differ",
        "draw every number from random_state, anew in every call of folds",
    )
    shuffled = rows.set_axis(np.random.default_rng(1).permutation(len(rows)) + 50)
    require(alike(plain.folds(shuffled, Y), folds), splitter, "folds depend on the index", "take rows by position")
    if not follows_targets:
        other = replace_targets(Y, np.arange(len(Y)))
        require(
            alike(plain.folds(rows, other), folds) and alike(plain.folds(rows), folds),
            splitter,
            "the folds change with the targets",
            "divide by keys alone: validation rows that were chosen by their targets make a score that says nothing "
            "about other rows (or say in the documentation that it follows them, and pass follows_targets=True)",
        )
    pairs = list(plain.split(rows, Y))
    same = len(pairs) == len(folds) == plain.get_n_splits(rows, Y) and all(
        np.array_equal(train, fold.train) and np.array_equal(held, fold.validation)
        for (train, held), fold in zip(pairs, folds, strict=True)
    )
    require(same, splitter, "split and get_n_splits do not agree with folds", "leave them to the base class")
    wrong: Any = rows.to_numpy()
    require_error(splitter, InputError, "folds of an array", lambda: plain.folds(wrong, Y))
    require_error(splitter, InputError, "folds of one row", lambda: plain.folds(rows.iloc[:1], Y[:1]))
    return reloads_alike(_reload(plain, rows, Y), fresh_process)


@step("reading the folds")
def _check_folds(splitter: Splitter, folds: list[Fold], n_rows: int) -> None:
    require(isinstance(folds, list) and folds, splitter, f"folds returns {folds!r:.80}", "return a list of Fold")
    names = [fold.name for fold in folds]
    require(
        all(isinstance(name, str) and name for name in names) and len(set(names)) == len(names),
        splitter,
        f"the folds' names are {names}",
        "name every fold, each differently: tables and seeds go by the names",
    )
    for fold in folds:
        for part, positions in (("train", fold.train), ("validation", fold.validation)):
            good = isinstance(positions, np.ndarray) and positions.dtype == np.intp and positions.ndim == 1
            require(good, splitter, f"{part} of {fold.name!r} is no intp array", "return positions as np.intp")
            inside = (np.diff(positions) > 0).all() and positions[0] >= 0 and positions[-1] < n_rows
            remedy = f"return ascending positions, each once, from 0 to {n_rows - 1}"
            require(inside, splitter, f"{part} of {fold.name!r} holds {positions}", remedy)
        both = np.intersect1d(fold.train, fold.validation)
        require(not len(both), splitter, f"fold {fold.name!r} trains on its validation rows {both}", "keep them apart")
        good_weight = np.isfinite(fold.weight) and fold.weight > 0
        require(good_weight, splitter, f"the weight of {fold.name!r} is {fold.weight}", "weights are greater than 0")


def _reload(plain: Splitter, rows: pd.DataFrame, Y: Floats) -> Reload:
    """A splitter is saved without the table of test rows, which the kit hands in anew."""
    tables = {name: value for name, value in plain.get_params(deep=False).items() if isinstance(value, pd.DataFrame)}
    return Reload(plain, "folds", (rows, Y), tables)
