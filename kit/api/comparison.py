"""Several recipes on the same folds, as data frames."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import pandas as pd

from kit.api.competition import PathLike
from kit.api.display import page, table
from kit.api.progress import observer_of
from kit.api.recipe import Recipe, as_recipe
from kit.comparing.candidates import Candidate, labels, with_seeds
from kit.comparing.comparison import Comparison as Compared
from kit.comparing.comparison import compare as run_comparison
from kit.reports.comparison import make_tables
from kit.training.observers import Observer


class Comparison:
    """Recipes that were trained on the same folds.

    Attributes:
        table: One line a recipe, floor and ceiling: the metrics with intervals, fits, CPU time, memory; ``failed``
            says why a recipe failed.
        by_group: One line a member and group, every metric.
        differences: Paired differences, one line a recipe but the one compared with, each with a verdict.
        agreement: What the cross-validation tells of the truth, where one was given.
        runs: One line a run: its directory and costs.
        failures: Why recipes failed, by name.
    """

    def __init__(self, compared: Compared, against: Literal["first", "best"]) -> None:
        tables = make_tables(
            compared.scores, compared.runs, compared.failures, compared.test, against, compared.expected
        )
        self.table: pd.DataFrame = tables.overall
        self.by_group: pd.DataFrame = tables.by_group
        self.differences: pd.DataFrame = tables.differences
        self.agreement: pd.DataFrame = tables.agreement
        self.runs: pd.DataFrame = compared.runs
        self.failures = dict(compared.failures)
        self._metric = compared.metric

    def __repr__(self) -> str:
        recipes = self.table[self.table["kind"] == "recipe"]["member"]
        return f"<Comparison of {', '.join(recipes)} by {self._metric}>"

    def _repr_html_(self) -> str:
        differences = "" if self.differences.empty else table(self.differences)
        return page(f"Comparison by {self._metric}", table(self.table), differences)


def compare(
    recipes: Sequence[Recipe | PathLike],
    *,
    seeds: int = 1,
    against: Literal["first", "best"] = "first",
    data: PathLike | None = None,
    truth: PathLike | None = None,
    out: PathLike = "submissions",
    jobs: int = 1,
    progress: bool | Observer = True,
) -> Comparison:
    """Train several recipes on the same folds and compare them; finished runs are taken from disk.

    Args:
        recipes: Recipes of one competition, or their files.
        seeds: Train each with so many seeds: its own, its own + 1, ….
        against: Differences from the first recipe, or from the best.
        data: The folder of the tables (default: KIT_DATA, or what the recipes say).
        truth: A table of true values of test rows, by id: adds ``test_`` columns that enter nothing.
        out: Where runs are kept.
        jobs: Worker processes, see `kit.train`.
        progress: As in `kit.train`.

    Raises:
        InputError: The recipes cannot be compared: other tables, folds or metric.
    """
    chosen = [as_recipe(recipe) for recipe in recipes]
    called = labels([recipe.load() for recipe in chosen])
    candidates = [
        Candidate(label, with_seeds(recipe.load, (), seeds), recipe.read_tables(data))
        for label, recipe in zip(called, chosen, strict=True)
    ]
    compared = run_comparison(
        candidates,
        Path(out),
        jobs,
        lambda description: observer_of(progress, description),
        None if truth is None else Path(truth),
    )
    return Comparison(compared, against)
