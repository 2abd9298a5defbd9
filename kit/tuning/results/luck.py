"""Whether the best trial is better than the start by more than the luck of having tried so many.

The best of many trials that are no better than the start looks better all the same: its rows happened to suit it. The
reality check of White (A reality check for data snooping, Econometrica 68, 2000) asks how often the best of so many
would gain as much by chance. The differences of all trials from the start are resampled together, piece of rows by
piece of rows, after each trial's own mean was taken away; the largest of each resample is what luck gives. Gains count
in their own standard deviations, and trials that are clearly worse stay worse, so that wild trials do not decide about
good ones (Hansen, A test for superior predictive ability, Journal of Business & Economic Statistics 23, 2005). It knows
the luck of rows only, not that of folds, seeds or another experiment: a hold-out knows more.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from optuna import Study
from optuna.trial import FrozenTrial

from kit.metrics.bootstrap import draw_counts
from kit.tuning.results.results import finished_trials
from kit.tuning.storage.requeue import WARM
from kit.tuning.trials.objective import PIECES
from kit.tuning.trials.pieces import added
from kit.tuning.trials.setting import Setting

_DRAWS = 2000
LEAST = 8
"""Pieces of rows below which nothing is said."""


def reality_check(study: Study, setting: Setting, best: FrozenTrial) -> dict[str, Any] | None:
    """Return how often luck alone gains what the best trial gains over the start.

    Args:
        study: The study.
        setting: It as its workers see it.
        best: Its best trial.

    Returns:
        ``gain``, by how much the score is better than the start's, ``p``, the share of resamples in which the best of
        so many equal trials gains as much, ``trials``, their number, and ``pieces``, that of the pieces of rows; None
        where there is no start, it is the best, or the scores of rows are not known or too few.
    """
    trials = [trial for trial in finished_trials(study) if PIECES in trial.user_attrs]
    start = next((trial for trial in trials if trial.user_attrs.get(WARM)), None)
    numbers = [trial.number for trial in trials]
    if start is None or start.number == best.number or best.number not in numbers:
        return None
    folds = [pd.DataFrame({"row": fold.validation}) for fold in setting.folds.values()]
    shares = added(setting.competition, folds, setting.weights, column=None)
    used = shares > 0
    if used.sum() < LEAST:
        return None
    gains = np.array([trial.user_attrs[PIECES] for trial in trials]) - np.array(start.user_attrs[PIECES])
    gains = (gains if setting.greater_is_better else -gains)[:, used]
    n_pieces = int(used.sum())
    counts = draw_counts(n_pieces, _DRAWS, np.random.default_rng(0))
    resampled = counts @ gains.T / (counts @ shares[used])[:, None]
    means, spreads = gains.sum(axis=1), resampled.std(axis=0)
    place = numbers.index(best.number)
    differs = spreads > 1e-9 * np.abs(means).max()
    if not differs[place]:
        return None
    worse = means < -np.sqrt(2 * np.log(np.log(n_pieces))) * spreads
    lucky = ((resampled - np.where(worse, 0, means))[:, differs] / spreads[differs]).max(axis=1)
    p = (1 + int((lucky >= means[place] / spreads[place]).sum())) / (1 + _DRAWS)
    return {"gain": float(means[place]), "p": p, "trials": len(trials), "pieces": n_pieces}
