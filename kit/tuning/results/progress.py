"""Reporting trials as they end, whichever worker ran them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from optuna import Study

from kit.tuning.storage.requeue import ERROR
from kit.tuning.trials.objective import SCORE


@dataclass(frozen=True)
class TrialEnd:
    """A trial that ended.

    Attributes:
        number: Its number.
        state: ``complete``, ``pruned`` or ``fail``.
        score: Its full-width score, where it went through all folds.
        error: What went wrong, where it failed.
    """

    number: int
    state: str
    score: float | None
    error: str | None


class Reporter:
    """Looks at a study again and again, and tells of each trial that ended since.

    Args:
        study: The study; what has ended already is not told.
        tell: Is told.
    """

    def __init__(self, study: Study, tell: Callable[[TrialEnd], None]) -> None:
        self._tell = tell
        self._told = {trial.number for trial in study.get_trials(deepcopy=False) if trial.state.is_finished()}

    def look(self, study: Study) -> None:
        """Tell of the trials that ended since the last look."""
        for trial in study.get_trials(deepcopy=False):
            if not trial.state.is_finished() or trial.number in self._told:
                continue
            self._told.add(trial.number)
            attributes = trial.user_attrs
            state = trial.state.name.lower()
            self._tell(TrialEnd(trial.number, state, attributes.get(SCORE), attributes.get(ERROR)))
