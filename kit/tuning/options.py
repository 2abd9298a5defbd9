"""The options of a study, and how the folds' scores become the objective."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from kit.errors import InputError

Objective = Literal["mean", "ucb", "pareto"]

UCB_ERRORS = 1.0
"""How many standard errors of the mean the objective ``ucb`` adds.

One: with 2 to 5 folds the standard deviation itself is known to a factor of about 2, and more would let its noise
decide. The sign is that of caution: among recipes of the same mean the one whose folds agree is taken.
"""

LAST_FOLD = "last"
"""The name that stands for the last fold as hold-out."""


@dataclass(frozen=True)
class TuneOptions:
    """The options of a study.

    Attributes:
        trials: The number of trials, finished and pruned, that the study is to have in all.
        study: Its name (default: the recipe's).
        storage: An SQLAlchemy URL or the path of a journal file (default: a journal in the study's directory).
        timeout: Seconds after which no trial is begun any more.
        jobs: Worker processes.
        objective: ``mean``: the mean of the folds' scores; ``ucb``: the mean made worse by `UCB_ERRORS` standard
            errors over folds; ``pareto``: score and CPU seconds of the fits (target transforms and feature blocks,
            which trials share, count in the first that needs them), of which no trial is best.
        holdout: The name of a fold on which no trial is scored, pruned or chosen, ``last`` for the last one; the best
            trial is scored on it at the end. Its rows stay training rows of the other folds.
        output: Where the recipe with the best values goes (default: ``<recipe>.tuned.yaml`` beside it, or
            ``<recipe>.<study>.tuned.yaml`` where the study has a name of its own).
        seed: The seed of the search (default: the recipe's).
        command: The command line, for the head of the written recipe.
    """

    trials: int
    study: str | None = None
    storage: str | None = None
    timeout: float | None = None
    jobs: int = 1
    objective: Objective = "mean"
    holdout: str | None = None
    output: Path | None = None
    seed: int | None = None
    command: str = "kit tune"

    def check(self) -> None:
        """Check the values.

        Raises:
            InputError: One is out of range.
        """
        if self.trials < 1 or self.jobs < 1:
            raise InputError(f"a study needs at least one trial and one worker, got {self.trials=} and {self.jobs=}")
        if self.objective not in get_args(Objective):
            raise InputError(f"objective: expected one of {', '.join(get_args(Objective))}, got {self.objective!r}")
        if self.timeout is not None and not self.timeout > 0:
            raise InputError(f"timeout: expected seconds above 0, got {self.timeout}")


def over_folds(scores: Sequence[float], weights: Sequence[float], objective: Objective, greater: bool = False) -> float:
    """Return the objective's value from the scores of the folds.

    Args:
        scores: One a fold.
        weights: What each fold counts in the mean.
        objective: ``ucb`` is mean + k·sd/√n (mean − k·sd/√n where greater is better), with k = `UCB_ERRORS` and the
            standard deviation of the unweighted scores (n − 1); with one fold it is the mean. The others are the mean.
        greater: Whether greater scores are better.
    """
    mean = float(np.average(scores, weights=weights))
    if objective != "ucb" or len(scores) < 2:
        return mean
    error = UCB_ERRORS * float(np.std(scores, ddof=1)) / math.sqrt(len(scores))
    return mean - error if greater else mean + error
