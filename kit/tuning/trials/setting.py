"""The settings of a study that every worker needs, small enough to be sent to another process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import optuna

from kit.data import Competition
from kit.metrics.base import Metric, RowMetric, metric_name
from kit.splits.base import Fold
from kit.tuning.options import Objective
from kit.tuning.storage.storage import Place, load
from kit.tuning.trials.first import MOST_FIRST, one_at_a_time
from kit.tuning.trials.pruning import BlockPruner
from kit.tuning.trials.sampling import TrialSeededTPE
from kit.tuning.trials.space import to_params

if TYPE_CHECKING:
    from kit.config.search_recipe import SearchRecipe


@dataclass(frozen=True)
class Setting:
    """A study as its workers see it.

    Attributes:
        search: The recipe with its search space.
        competition: The tables.
        directory: The study's directory.
        place: Where its trials are kept.
        name: Its name in there.
        objective: What the trials are measured by.
        folds: The folds that its trials are scored on, by their positions in the recipe's cross-validation.
        metric: The recipe's metric.
        seed: The seed of the search.
        trials: The number of trials it is to have.
        deadline: The time (as `time.time`) after which no trial begins, or None.
    """

    search: SearchRecipe
    competition: Competition
    directory: Path
    place: Place
    name: str
    objective: Objective
    folds: Mapping[int, Fold]
    metric: Metric
    seed: int
    trials: int
    deadline: float | None

    @property
    def shared(self) -> Path:
        """Where trials share target transforms and feature blocks; safe to delete while nobody works."""
        return self.directory / "shared"

    @property
    def errors(self) -> Path:
        """Where the tracebacks of failed trials are."""
        return self.directory / "errors"

    @property
    def workers(self) -> Path:
        """Where the workers have their lock files: beside the journal, so that all who write it meet there."""
        journal = self.place.journal
        return self.directory / "workers" if journal is None else journal.with_name(f".{journal.name}.workers")

    @property
    def all_meet(self) -> bool:
        """Whether every worker has its file in `workers`, whatever its host."""
        return self.place.journal is not None

    @property
    def scratch(self) -> Path:
        """Where trials have their own files while they run."""
        return self.directory / "scratch"

    @property
    def greater_is_better(self) -> bool:
        """The direction of the metric."""
        return self.metric.greater_is_better

    @property
    def metric_name(self) -> str:
        """The metric's name in tables and pictures."""
        return metric_name(self.metric)

    @property
    def no_pruning(self) -> str | None:
        """Why no trial is pruned, or None where trials are."""
        if self.objective == "pareto":
            return "two objectives: no trial is pruned (Optuna prunes with one objective only)"
        if not isinstance(self.metric, RowMetric):
            return f"{self.metric_name} has no value for a row by which blocks of rows compare: no trial is pruned"
        return None

    @property
    def directions(self) -> list[Literal["minimize", "maximize"]]:
        """The directions of the objective's values, as Optuna names them."""
        score: Literal["minimize", "maximize"] = "maximize" if self.greater_is_better else "minimize"
        return [score, "minimize"] if self.objective == "pareto" else [score]

    @property
    def fold_weights(self) -> dict[int, float]:
        """The weight of each fold, by its position."""
        return {position: fold.weight for position, fold in self.folds.items()}

    @property
    def weights(self) -> list[float]:
        """The weight of each fold."""
        return [fold.weight for fold in self.folds.values()]

    @property
    def first_trials(self) -> list[dict[str, Any]]:
        """The parameters of the trials after the first, which vary one value at a time from where the search starts."""
        values = self.search.present_values()
        if values is None:
            return []
        start, outside = to_params(self.search.dimensions, values)
        return [] if outside else one_at_a_time(self.search.dimensions, start)[:MOST_FIRST]

    def study(self) -> optuna.Study:
        """Return the study, which must exist."""
        study = load(self.place, self.name)
        study.sampler = TrialSeededTPE(self.seed, self.first_trials)
        study.pruner = optuna.pruners.NopPruner() if self.no_pruning else BlockPruner(self.fold_weights)
        return study
