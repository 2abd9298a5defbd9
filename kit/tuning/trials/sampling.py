"""The sampler that proposes a trial's values: TPE, seeded trial by trial."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from optuna import Study
from optuna.distributions import BaseDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState

from kit.training.planning.seeds import task_seed
from kit.tuning.storage.requeue import CUTS


class TrialSeededTPE(BaseSampler):
    """Optuna's tree-structured Parzen estimator, begun anew for every trial with a seed of the trial's place.

    A proposal is then a function of the study's seed, the trial's place and the trials before it: a study that is
    stopped and goes on makes the trials of one that was never stopped (one worker), and two workers never draw the same
    numbers. A sampler seeded once a process would repeat its first random trials after each restart.

    The estimator's own settings are Optuna's defaults: all parameters together (``multivariate``) with one objective,
    running trials counted as bad (``constant_liar``), so that workers do not try the same place at once; ten random
    trials before it learns anything. With two objectives it is the multi-objective TPE.

    Args:
        seed: The study's seed.
        first: The parameters of the trials 1, 2, …, which are not drawn; trial 0 is where the search starts.
    """

    def __init__(self, seed: int, first: Sequence[Mapping[str, Any]] = ()) -> None:
        self._seed = seed
        self._first = first
        self._inner: BaseSampler = TPESampler(seed=seed)
        self._place = 0

    def before_trial(self, study: Study, trial: FrozenTrial) -> None:
        """Take the trial's own place and seed."""
        self._place = _place(study, trial)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ExperimentalWarning)
            self._inner = TPESampler(seed=task_seed(self._seed, "tune", "", self._place, ""))
        self._inner.before_trial(study, trial)

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """Return the parameters that are drawn together."""
        if 1 <= self._place <= len(self._first):
            return {}
        return self._inner.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Draw them."""
        return self._inner.sample_relative(study, trial, search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """Draw one parameter by itself, or take it from the first trials'."""
        if 1 <= self._place <= len(self._first):
            return self._first[self._place - 1][param_name]
        return self._inner.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(self, study: Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None) -> None:
        """Pass the end of a trial on."""
        self._inner.after_trial(study, trial, state, values)


def _place(study: Study, trial: FrozenTrial) -> int:
    """Return a trial's number among those that are no second tries of another's values.

    What was cut off and tried again so moves no later trial on: the study ends as if nothing had happened.
    """
    before = [one for one in study.get_trials(deepcopy=False) if one.number < trial.number]
    return trial.number - sum(CUTS in one.user_attrs or _never_had_values(one) for one in before)


def _never_had_values(trial: FrozenTrial) -> bool:
    """Whether a trial failed before it had values: those that it would have had are the next one's."""
    return trial.state == TrialState.FAIL and not trial.params and "fixed_params" not in trial.system_attrs
