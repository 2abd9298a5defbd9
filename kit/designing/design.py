"""From a finished run to a list of pairs to measure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from kit.config import load_recipe
from kit.config.schema import RecipeConfig
from kit.data import Competition
from kit.designing.greedy import choose, measure
from kit.errors import ConfigError, InputError, did_you_mean
from kit.models.base import MODELS, JointForecast, PredictsCovariance
from kit.training.joining.saved_run import SavedRun

_DRAWS = 20
"""Choices at random with which a choice is compared."""


@dataclass(frozen=True)
class Designed:
    """Pairs to measure next.

    Attributes:
        table: One line a pair, in the order in which they are best measured: ``order``, the key columns, ``gain`` (by
            how many per cent of what measuring everything could lower, the summed expected squared error in the signal
            of the wanted rows, it lowers that error of the others), ``total`` (that of all pairs so far) and ``error``
            (the expected root mean squared error of the pair's own prediction as yet).
        n_candidates: The number of pairs that could be chosen.
        n_wanted: The number of wanted rows that remain to be predicted.
        before: The mean expected root mean squared error of these, before anything is measured.
        after: The same after the pairs are measured.
        at_random: The total gain of as many pairs drawn at random; the mean of 20 draws.
        models: The names of the models that say so.
        passed_over: The number of rows of the test table that are not wanted: a training row has no such category.
    """

    table: pd.DataFrame
    n_candidates: int
    n_wanted: int
    before: float
    after: float
    at_random: float
    models: tuple[str, ...]
    passed_over: int


def design(run: SavedRun, competition: Competition, n: int, contexts: Sequence[str] | None = None) -> Designed:
    """Choose the pairs whose measurement lowers the expected error of the other wanted rows most.

    Wanted are the rows of the test table. A pair is any that is not measured yet, of a context (a value of the group
    column) and of the other keys of a row that are known from training rows.

    Args:
        run: A run with a model whose forecasts of rows hang together, fitted on all training rows.
        competition: The run's competition.
        n: The number of pairs.
        contexts: The contexts in which can be measured (default: all).

    Raises:
        InputError: No model of the run can say it, a context is unknown, or there are fewer pairs.
    """
    columns = run.recipe.columns
    if columns.group is None or len(columns.keys) < 2 or competition.config.data.test is None:
        raise InputError(
            f"{run.path}: what to measure next are pairs of a group and another key that help with the rows of a test "
            "table; name columns.group, two columns.keys and data.test in the competition file"
        )
    pairs = _unmeasured(competition)
    names, forecasts = _forecasts(run, pairs)
    candidates = np.ones(len(pairs), dtype=bool)
    if contexts:
        known = sorted(set(pairs[columns.group]))
        for context in contexts:
            if context not in known:
                hint = did_you_mean(context, known)
                raise InputError(f"--contexts: there is no pair to measure in {columns.group} {context!r}{hint}")
        candidates = pairs[columns.group].isin(contexts).to_numpy()
    if n > candidates.sum():
        raise InputError(
            f"--add: {n} pairs are asked for, and there are {candidates.sum()} that are not measured yet"
            + (f" in {', '.join(contexts)}" if contexts else "")
            + "; give a smaller number"
        )
    wanted = _rows_of(pairs, competition.test, columns.keys)
    choice = choose(forecasts, wanted, candidates, n)
    share = 100 / np.mean([np.diagonal(forecast.signal)[wanted].sum() for forecast in forecasts])
    errors = np.mean([np.sqrt(np.diagonal(forecast.signal) + forecast.noise) for forecast in forecasts], axis=0)
    table = pairs.iloc[choice.rows][columns.keys].reset_index(drop=True)
    table.insert(0, "order", np.arange(1, n + 1))
    table["gain"] = share * choice.gains
    table["total"] = table["gain"].cumsum()
    table["error"] = errors[choice.rows]
    return Designed(
        table=table,
        n_candidates=int(candidates.sum()),
        n_wanted=int(wanted.sum() - wanted[choice.rows].sum()),
        before=choice.before,
        after=choice.after,
        at_random=share * float(np.mean(list(_random_gains(forecasts, wanted, candidates, n)))),
        models=names,
        passed_over=int(len(competition.test) - wanted.sum()),
    )


def _unmeasured(competition: Competition) -> pd.DataFrame:
    """Return the pairs that no training row has, of contexts and other keys that training rows have."""
    columns, rows = competition.config.columns, competition.rows
    assert columns.group is not None
    others = [name for name in columns.keys if name != columns.group]
    # What is known of a compound is known of its pairs.
    items = rows.drop(columns=columns.group).drop_duplicates(others)
    pairs = rows[[columns.group]].drop_duplicates().merge(items, how="cross")
    measured = _rows_of(pairs, rows, columns.keys)
    return pairs[~measured].reset_index(drop=True)


def _rows_of(pairs: pd.DataFrame, rows: pd.DataFrame, keys: list[str]) -> np.ndarray:
    """Return which of the pairs are among some rows."""
    among: np.ndarray = pd.MultiIndex.from_frame(pairs[keys]).isin(pd.MultiIndex.from_frame(rows[keys]))
    return among


def _forecasts(run: SavedRun, pairs: pd.DataFrame) -> tuple[tuple[str, ...], list[JointForecast]]:
    names, forecasts = [], []
    for name, model, X in run.final_models(PredictsCovariance, pairs):
        assert isinstance(model, PredictsCovariance)
        names.append(name)
        forecasts.append(model.predict_covariance(X))
    if not forecasts:
        raise InputError(f"{run.path}: {_why_not(run)}")
    return tuple(dict.fromkeys(names)), forecasts


def _why_not(run: SavedRun) -> str:
    """Return why no model of a run says how the errors of rows hang together, and what to do."""
    if any(_models_of(run.recipe)):
        return "its models are fitted on the folds alone; train the recipe with `final: refit`"
    able = [cls.kind for cls in MODELS if issubclass(cls, PredictsCovariance)]
    recipes = list(_recipes_that_can(Path(run.manifest["recipe"]).parent))
    return (
        f"none of its models ({', '.join(run.recipe.models)}) says how the errors of rows hang together, as "
        f"{', '.join(able)} does; give the run of a recipe with one"
        + (f", such as {', '.join(map(str, recipes))}" if recipes else "")
    )


def _recipes_that_can(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.glob("*.yaml")):
        try:
            recipe = load_recipe(path).config
        except ConfigError:
            continue
        if path.name != "competition.yaml" and any(_models_of(recipe)):
            yield path


def _models_of(recipe: RecipeConfig) -> Iterator[str]:
    """Yield the models of a recipe that say how the errors of rows hang together."""
    return (name for name, entry in recipe.models.items() if issubclass(MODELS.get(entry.kind), PredictsCovariance))


def _random_gains(
    forecasts: Sequence[JointForecast], wanted: np.ndarray, candidates: np.ndarray, n: int
) -> Iterator[float]:
    """Yield what as many candidates, drawn at random, would gain."""
    rng = np.random.default_rng(0)
    for _ in range(_DRAWS):
        drawn = rng.choice(np.flatnonzero(candidates), n, replace=False)
        yield float(measure(forecasts, wanted, drawn.tolist()).gains.sum())
