"""A study as data frames, and the recipe that it found."""

from __future__ import annotations

import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from kit.api.competition import PathLike, note
from kit.api.display import page, table
from kit.api.recipe import Recipe, load_recipe
from kit.config.search_recipe import load_search
from kit.data.loaded import read_loaded
from kit.digits import format_number

if TYPE_CHECKING:
    from kit.tuning.results.progress import TrialEnd
    from kit.tuning.results.results import TuneResult


class Study:
    """A search for a recipe's best values.

    Attributes:
        trials: One line a trial: its state, score and values.
        best: The best trial: ``values``, ``score``, ``fold_scores``, …
        importance: What share of the differences each value makes.
        path: The study's directory.
        file: The recipe with the best values.
    """

    def __init__(self, result: TuneResult) -> None:
        self.trials: pd.DataFrame = result.trials
        self.best: dict[str, Any] = dict(result.best)
        self.importance = dict(result.importance)
        self.path = result.directory
        self.file = result.output

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe with the best values."""
        return load_recipe(self.file)

    @property
    def _score(self) -> str:
        best = self.best
        return f"{best['metric']} {format_number(best['score'])} in trial {best['trial']} of {len(self.trials)}"

    def __repr__(self) -> str:
        return f"<Study {self.best['study']}: {self._score}>"

    def _repr_html_(self) -> str:
        values = pd.DataFrame(self.best["values"].items(), columns=["value", "best"])
        return page(f"Study {self.best['study']}", self._score, table(values), f"recipe: {self.file}")


class _Trials:
    """Shows trials as they end, a line each."""

    def note(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def started(self, n_trials: int, n_done: int) -> None:
        self.note(f"{n_trials - n_done} of {n_trials} trials to go")

    def finished(self, trial: TrialEnd) -> None:
        score = trial.state if trial.score is None else format_number(trial.score)
        self.note(f"trial {trial.number}: {score if trial.error is None else f'failed: {trial.error}'}")


def tune(
    recipe: Recipe | PathLike,
    trials: int,
    *,
    objective: Literal["mean", "ucb", "pareto"] = "mean",
    holdout: str | None = None,
    name: str | None = None,
    timeout: float | None = None,
    seed: int | None = None,
    data: PathLike | None = None,
    out: PathLike = "submissions",
    output: PathLike | None = None,
    jobs: int = 1,
    progress: bool = True,
) -> Study:
    """Search for a recipe's best values, from wherever an earlier call was interrupted.

    Args:
        recipe: A recipe's file with a search space (``{search: [1, 100], log: true, value: 10}``), or the recipe that
            `kit.load_recipe` made of it.
        trials: Trials that the study is to have in all.
        objective: ``mean`` of the folds, ``ucb`` (mean plus one standard error) or ``pareto`` (score and CPU time).
        holdout: A fold on which no trial is scored; the best one is, at the end.
        name: The study's name (default: the recipe's).
        timeout: Seconds after which no trial is begun.
        seed: The seed of the search (default: the recipe's).
        data: The folder of the tables (default: KIT_DATA, or what the recipe says).
        out: Where studies are kept.
        output: Where the recipe with the best values goes (default: ``<recipe>.tuned.yaml`` beside it).
        jobs: Worker processes.
        progress: Whether to show how it goes.

    Raises:
        InputError: There is nothing to search, an option does not fit, or the recipe does not fit the tables.
        RunError: No trial succeeded.
    """
    # Optuna takes a second to import.
    from kit.tuning import TuneOptions
    from kit.tuning import tune as run_study
    from kit.tuning.trials.space import check_space
    from kit.tuning.trials.study_key import reference_recipe

    file, overrides = recipe.search_file() if isinstance(recipe, Recipe) else (Path(recipe), ())
    search = load_search(file, overrides)
    check_space(search.dimensions, str(search.path))
    tables = read_loaded(reference_recipe(search), None if data is None else Path(data), note)
    options = TuneOptions(
        trials=trials,
        study=name,
        timeout=timeout,
        jobs=jobs,
        objective=objective,
        holdout=holdout,
        output=None if output is None else Path(output),
        seed=seed,
        command=f"kit.tune({file.name!r}, {trials})",
    )
    return Study(run_study(search, tables, Path(out), options, _Trials() if progress else None))
