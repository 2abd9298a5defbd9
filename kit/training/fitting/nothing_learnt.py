"""Whether a fitted model learnt anything: what nobody sees in a score that equals the mean's."""

from __future__ import annotations

import numpy as np

from kit.arrays import Floats
from kit.models.base import Model
from kit.plugins import inner_plugins

_FEW_ROWS, _ROWS_LOOKED_AT = 4, 200
"""Training rows whose predictions are compared: of a model that learnt something, a few differ already."""

_SAME = 1e-6
"""Predictions that differ by less than this share of the targets' range are the same."""


def why_nothing_learnt(model: Model, X: Floats, Z: Floats) -> str | None:
    """Return a warning if a fitted model predicts the same for every training row, with the likely reason; else None.

    Args:
        model: The model.
        X: (n_rows, n_features) what it was fitted on.
        Z: (n_rows, n_outputs) its targets.
    """
    inner = [one for one in inner_plugins(model) if isinstance(one, Model)]
    spans = np.nan_to_num(np.fmax.reduce(Z, axis=0) - np.fmin.reduce(Z, axis=0))  # of what was measured
    if len(X) < 2 or not spans.any() or any(one.is_constant for one in inner):
        return None
    for n_rows in (_FEW_ROWS, _ROWS_LOOKED_AT):
        some = np.linspace(0, len(X) - 1, min(len(X), n_rows)).astype(int)
        predicted = np.asarray(model.predict(X[some]), dtype=np.float64)
        if (np.ptp(predicted, axis=0) > _SAME * spans.max()).any():
            return None
    begun = "the fitted model predicts the same for every training row, as a mean does: it learnt nothing"
    if not np.ptp(X, axis=0).any():
        return f"{begun}, as the features are the same in every row"
    set_so = {
        f"{name}={value!r}": None
        for one in inner
        for name in one.restraints
        if (value := getattr(one, name, None)) not in (None, 0)
    }
    hint = f"; look at {', '.join(set_so)}" if set_so else ""
    return f"{begun} from {len(X)} rows and {X.shape[1]} features{hint}"
