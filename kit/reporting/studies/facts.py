"""What a page needs of a study, read once: the files that `kit tune` leaves in its folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kit.arrays import Doubles
from kit.errors import StateError
from kit.files import read_json


@dataclass(frozen=True)
class Searched:
    """A searched value.

    Attributes:
        name: Its place in the recipe, and its column of `StudyFacts.trials`.
        choices: What is chosen from, as texts; empty for a range of numbers.
        low: The least number of the range.
        high: The greatest.
        log: Whether it is searched on a logarithmic scale.
    """

    name: str
    choices: tuple[str, ...]
    low: float
    high: float
    log: bool

    def places(self, trials: pd.DataFrame) -> Doubles:
        """Return (n_trials,) where trials lie: the number, or the place among the choices; NaN where it is unknown."""
        values = trials[self.name]
        if not self.choices:
            return np.asarray(pd.to_numeric(values, errors="coerce"), dtype=np.float64)
        known = {_same(choice): float(place) for place, choice in enumerate(self.choices)}
        return np.asarray(values.map(_same, na_action="ignore").map(known), dtype=np.float64)

    def shares(self, trials: pd.DataFrame) -> Doubles:
        """Return (n_trials,) where trials lie between the ends of what is searched, from 0 to 1."""
        if self.choices:
            return self.places(trials) / max(len(self.choices) - 1, 1)
        values, low, high = self.places(trials), self.low, self.high
        if self.log:
            values, low, high = np.log(values), float(np.log(low)), float(np.log(high))
        return np.asarray((values - low) / (high - low if high > low else 1.0), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class StudyFacts:
    """A study.

    Attributes:
        path: Its folder.
    """

    path: Path

    def __post_init__(self) -> None:
        for name in ("best.json", "trials.csv"):
            if not (self.path / name).is_file():
                raise StateError(f"{self.path} is no study with results: there is no {name}; `kit tune` writes it")

    @cached_property
    def best(self) -> dict[str, Any]:
        """The best trial: study, metric, values, scores, hold-out."""
        best: dict[str, Any] = read_json(self.path / "best.json")
        return best

    @cached_property
    def trials(self) -> pd.DataFrame:
        """One line a trial; what was chosen from is text."""
        names = [str(name) for name in self.best["values"]]
        table = pd.read_csv(self.path / "trials.csv", dtype={name: str for name in names if self._is_choice(name)})
        table["error"] = table["error"].fillna("").astype(str)
        return table

    @cached_property
    def finished(self) -> pd.DataFrame:
        """The trials that went through all folds."""
        return self.trials[self.trials["state"] == "complete"].dropna(subset=["score"])

    @cached_property
    def importance(self) -> pd.Series:
        """The share of the differences in score that each value makes, the largest first; empty where unknown."""
        file = self.path / "importance.csv"
        if not file.is_file():
            return pd.Series(dtype=float)
        table = pd.read_csv(file)
        shares: pd.Series = table.set_index("value")["share"]
        return shares

    @cached_property
    def searched(self) -> list[Searched]:
        """The searched values, those that matter most first."""
        found = [self._searched(str(name)) for name in self.best["values"]]
        order = {str(name): place for place, name in enumerate(self.importance.index)}
        return sorted(found, key=lambda one: order.get(one.name, len(order)))

    @property
    def start(self) -> pd.Series | None:
        """The trial of the values that the search began with; None without one."""
        start = self.best["present_values"]
        return None if not start else self.trials[self.trials["trial"] == start["trial"]].iloc[0]

    @property
    def best_line(self) -> pd.Series:
        """The best trial's line of `trials`."""
        line: pd.Series = self.trials[self.trials["trial"] == self.best["trial"]].iloc[0]
        return line

    @property
    def metric_name(self) -> str:
        """The name of the metric."""
        return str(self.best["metric"])

    @cached_property
    def greater_is_better(self) -> bool:
        """The direction of the metric; of a study of an older kit, that in which its best trial lies."""
        known = self.best.get("greater_is_better")
        scores = self.finished["score"]
        return bool(known) if known is not None else bool(self.best["score"] > scores.median())

    @property
    def axis(self) -> str:
        """The metric and its direction, for an axis."""
        return f"{self.metric_name} ({'higher' if self.greater_is_better else 'lower'} is better)"

    def gain(self, better: float, worse: float) -> float:
        """Return by how much a score is better than another."""
        return better - worse if self.greater_is_better else worse - better

    def _is_choice(self, name: str) -> bool:
        known = self._space.get(name)
        value = self.best["values"][name]
        return known["kind"] == "choice" if known else isinstance(value, bool) or not isinstance(value, (int, float))

    def _searched(self, name: str) -> Searched:
        known, seen = self._space.get(name, {}), self.trials[name].dropna()
        if self._is_choice(name):
            choices = [str(choice) for choice in known.get("choices", seen.unique())]
            return Searched(name, tuple(choices), 0.0, float(len(choices) - 1), False)
        low, high = (float(known.get(end, of_seen)) for end, of_seen in (("low", seen.min()), ("high", seen.max())))
        return Searched(name, (), low, high, bool(known.get("log", False)))

    @cached_property
    def _space(self) -> dict[str, dict[str, Any]]:
        return {str(one["name"]): one for one in self.best.get("space", [])}


def _same(choice: str) -> str:
    """Return a choice as it is compared: a table with gaps holds the whole number 1 as 1.0."""
    try:
        return f"{float(choice):g}"
    except ValueError:
        return choice


def short_names(searched: list[Searched]) -> list[str]:
    """Return the end of each value's place in the recipe, with as much before it as tells it from the others."""
    names = []
    for one in searched:
        parts = one.name.split(".")
        depth = 1
        while any(other.name != one.name and other.name.split(".")[-depth:] == parts[-depth:] for other in searched):
            depth += 1
        names.append(".".join(parts[-depth:]))
    return names
