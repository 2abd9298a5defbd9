"""The conformance suite of augmenters."""

from __future__ import annotations

import numpy as np
from sklearn.base import clone

from kit.arrays import Floats
from kit.errors import InputError
from kit.features.augmentation import Augmenter
from kit.testing.conventions import check_conventions, check_fit_checks_parameters, prepared
from kit.testing.promises import reports_all, require, require_error, require_matrix, untouched
from kit.testing.reloading import Reload, reloads_alike
from kit.testing.rows import make_features, make_rows


@reports_all
def check_augmenter(augmenter: Augmenter, X: Floats | None = None, *, fresh_process: bool = True) -> Reload:
    """Check that an augmenter keeps every promise of `kit.features.augmentation.Augmenter`.

    Args:
        augmenter: Clones of it are used.
        X: (n_rows, n_features) float32 features of training rows (default: `make_features`).
        fresh_process: Whether it is also loaded in a fresh process, which takes some seconds.

    Returns:
        What to check in a fresh process; hand many to `check_reloads` to start one process for all.

    Raises:
        AssertionError: A promise is broken; the message says which and what to do.
    """
    check_conventions(augmenter)
    X = make_features(make_rows()[0]) if X is None else X
    plain = prepared(augmenter)
    check_fit_checks_parameters(plain, lambda one: one.augment(X))
    with untouched(plain, "augment", X=X):
        copies, index = plain.augment(X)
    require_matrix(plain, copies, "the copies that augment returns", (len(index), X.shape[1]))
    good = index.dtype == np.intp and index.ndim == 1 and (index >= 0).all() and (index < len(X)).all()
    remedy = f"return an intp array of positions from 0 to {len(X) - 1}, one a copy"
    require(good, plain, f"the positions that augment returns are {index!r:.80}", remedy)
    require(not np.array_equal(copies, X[index]), plain, "the copies are no others than the rows", "change them")
    for again in (plain.augment(X), clone(plain).augment(X)):
        same = np.array_equal(again[0], copies) and np.array_equal(again[1], index)
        require(
            same, plain, "augment does not repeat itself", "draw every number from random_state, anew in every call"
        )
    holed = X.copy()
    holed[0, 0] = np.nan
    require_error(plain, InputError, "augment with NaN", lambda: plain.augment(holed))
    require_error(plain, InputError, "augment of one dimension", lambda: plain.augment(X[0]))
    return reloads_alike(Reload(plain, "augment", (X,)), fresh_process)
