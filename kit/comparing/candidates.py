"""The recipes of a comparison: what they are called, and whether their scores can be compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from kit.config import Loaded, load_recipe
from kit.config.build import build_metric
from kit.config.schema import RecipeConfig
from kit.data import Competition
from kit.errors import InputError
from kit.files import digest
from kit.metrics.base import metric_name
from kit.names import LONGEST, as_name
from kit.splits.base import Fold
from kit.training.planning.plan import make_folds


@dataclass(frozen=True)
class Candidate:
    """A recipe to compare.

    Attributes:
        label: What the tables call it.
        recipes: The recipe with one seed after another: its own, its own + 1, ….
        competition: The tables that it reads.
    """

    label: str
    recipes: tuple[Loaded[RecipeConfig], ...]
    competition: Competition

    def description(self, nth: int) -> str:
        """Return the display name of the run with the nth seed."""
        return f"{self.label}, seed {self.recipes[nth].config.seed}" if len(self.recipes) > 1 else self.label


def load_with_seeds(path: Path, overrides: Sequence[str] = (), n_seeds: int = 1) -> tuple[Loaded[RecipeConfig], ...]:
    """Load a recipe with its own seed, then with each of the next.

    Args:
        path: The recipe's file.
        overrides: Values in place of the recipe's, as ``key=value``.
        n_seeds: The number of seeds, from 1.

    Raises:
        ConfigError: The recipe is wrong.
    """
    return with_seeds(partial(load_recipe, path), overrides, n_seeds)


def with_seeds(
    load: Callable[[Sequence[str]], Loaded[RecipeConfig]], overrides: Sequence[str], n_seeds: int
) -> tuple[Loaded[RecipeConfig], ...]:
    """Do what `load_with_seeds` does with a recipe that ``load`` returns for such values."""
    first = load(overrides)
    others = range(first.config.seed + 1, first.config.seed + n_seeds)
    return (first, *(load([*overrides, f"seed={seed}"]) for seed in others))


def labels(recipes: Sequence[Loaded[RecipeConfig]]) -> list[str]:
    """Return a short name for each recipe: its file's, with as many folders before it as tell it from the others.

    Raises:
        InputError: A recipe is given twice.
    """
    paths = [recipe.path.resolve().with_suffix("") for recipe in recipes]
    for path in paths:
        if paths.count(path) > 1:
            raise InputError(f"{path.name} is given twice; give every recipe once (--seeds N repeats all of them)")
    names = []
    for path in paths:
        others = [other for other in paths if other != path]
        depth = 1
        while any(other.parts[-depth:] == path.parts[-depth:] for other in others):
            depth += 1
        names.append("/".join(path.parts[-depth:]))
    return names


def default_name(candidates: Sequence[Candidate]) -> str:
    """Return a name that tells what is compared and differs where anything of it differs."""
    first = [candidate.label.replace("/", "-") for candidate in candidates[:2]]
    words = "-vs-".join(first) if len(candidates) <= 2 else f"{first[0]}-vs-{len(candidates) - 1}-others"
    content = [
        [candidate.label, [recipe.config.model_dump(mode="json") for recipe in candidate.recipes]]
        for candidate in candidates
    ]
    return f"{as_name(words)[: LONGEST - 9]}-{digest(content)[:8]}"


def check_comparable(candidates: Sequence[Candidate]) -> None:
    """Check that all recipes are of one competition, scored by one metric on the same folds; nothing is fitted.

    Raises:
        InputError: They are not; the message names the recipes and says what differs.
    """
    first, *others = candidates
    for other in others:
        _check_competition(first, other)
    for nth in range(len(first.recipes)):
        expected = _folds(first, nth)
        for other in others:
            _check_folds(first, other, nth, expected, _folds(other, nth))


def _folds(candidate: Candidate, nth: int) -> dict[str, Fold]:
    try:
        with candidate.recipes[nth].placing():
            folds = make_folds(candidate.recipes[nth].config, candidate.competition)
        return {fold.name: fold for fold in folds}
    except InputError as error:
        raise InputError(f"{candidate.description(nth)}: {error}") from None


def _check_competition(first: Candidate, other: Candidate) -> None:
    one, another = first.recipes[0].config, other.recipes[0].config
    both = f"{first.label} and {other.label}"
    if one.competition != another.competition:
        raise InputError(
            f"{both} are recipes of different competitions, {one.competition} and {another.competition}; "
            "scores of different rows cannot be compared"
        )
    if first.competition.fingerprint != other.competition.fingerprint:
        raise InputError(
            f"{both} do not read the same tables: {first.competition.root} and {other.competition.root} differ, or "
            "what their columns mean does; give both the same data and columns (--data DIR)"
        )
    metrics = [metric_name(build_metric(config)) for config in (one, another)]
    if metrics[0] != metrics[1]:
        raise InputError(
            f"{both} are scored by different metrics, {metrics[0]} and {metrics[1]}; "
            f"choose one for all: --set metric={one.metric.kind}"
        )
    if len(first.recipes) != len(other.recipes):
        raise InputError(f"{both} have different numbers of seeds, {len(first.recipes)} and {len(other.recipes)}")


def _check_folds(first: Candidate, other: Candidate, nth: int, one: dict[str, Fold], another: dict[str, Fold]) -> None:
    differences = [f"the fold {name!r} is one of {first.label} only" for name in one if name not in another]
    differences += [f"the fold {name!r} is one of {other.label} only" for name in another if name not in one]
    for name in one:
        if name in another:
            differences += [f"the fold {name!r} {what}" for what in _fold_differences(one[name], another[name])]
    if not differences:
        return
    seeds = first.recipes[nth].config.seed, other.recipes[nth].config.seed
    hint = "" if seeds[0] == seeds[1] else f", and the same seed (these have {seeds[0]} and {seeds[1]})"
    raise InputError(
        f"{first.label} and {other.label} are not validated on the same folds:\n  "
        + "\n  ".join(differences)
        + f"\n  give both the same folds (--set folds.kind=…){hint}; only scores of the same rows can be compared"
    )


def _fold_differences(one: Fold, another: Fold) -> list[str]:
    differences = []
    for part, verb in (("validation", "validates"), ("train", "trains on")):
        a, b = getattr(one, part), getattr(another, part)
        if not np.array_equal(a, b):
            differences.append(f"{verb} other rows: {len(a)} and {len(b)}, {len(np.intersect1d(a, b))} in common")
    if not np.isclose(one.weight, another.weight):
        differences.append(f"weighs {one.weight:g} and {another.weight:g}")
    return differences
