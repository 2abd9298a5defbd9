"""What a page needs of a comparison, read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from kit.config import load_recipe
from kit.config.build import build_metric
from kit.config.load import RESOLVED
from kit.config.schema import RecipeConfig
from kit.errors import StateError
from kit.files import read_json
from kit.metrics.base import Metric
from kit.metrics.scores import Difference, Scores
from kit.reports.comparison import ABOUT, OPEN, RECIPE, verdict
from kit.training.scoring.summarize import OOF_ROWS, read_scores


@dataclass(frozen=True, eq=False)
class ComparisonFacts:
    """A comparison.

    Attributes:
        path: Its folder.
    """

    path: Path

    def __post_init__(self) -> None:
        if not (self.path / ABOUT).is_file():
            raise StateError(
                f"{self.path} is no comparison, or one of an older kit; the same `kit compare` makes it again "
                "(finished runs are read from disk)"
            )
        if not self.about["recipes"]:
            raise StateError(f"{self.path}: every recipe of this comparison failed: {self.about['failures']}")

    @cached_property
    def about(self) -> dict[str, Any]:
        """How it was made: command, machine, date, versions, what failed, which tables there are."""
        about: dict[str, Any] = read_json(self.path / ABOUT)
        return about

    @cached_property
    def config(self) -> RecipeConfig:
        """The first recipe: what all of them share is read from it."""
        return load_recipe(self.path / RESOLVED).config

    @cached_property
    def metric(self) -> Metric:
        """The competition's metric."""
        return build_metric(self.config)

    @cached_property
    def scores(self) -> Scores:
        """The scores of every recipe, floor and ceiling on the rows that all were validated on."""
        return read_scores(self.path, self.metric)

    @cached_property
    def board(self) -> pd.DataFrame:
        """One line a recipe that finished, floor and ceiling."""
        board = pd.read_csv(self.path / "comparison.csv", dtype={"member": str, "runs": str})
        return board.dropna(subset=[self.metric_name])

    @cached_property
    def recipes(self) -> pd.DataFrame:
        """The board's recipes by their names, the best first."""
        mine = self.board[self.board["kind"] == RECIPE]
        order = mine[self.metric_name].map(self.metric.as_loss).sort_values(kind="stable").index
        return mine.loc[order].set_index("member")

    @property
    def best(self) -> str:
        """The best recipe."""
        return str(self.recipes.index[0])

    @property
    def second(self) -> str | None:
        """The one after it; None where there is one recipe only."""
        return str(self.recipes.index[1]) if len(self.recipes) > 1 else None

    @cached_property
    def floor(self) -> pd.Series | None:
        """The board's best floor."""
        floors = self.board[self.board["kind"] == "floor"]
        if floors.empty:
            return None
        return floors.iloc[int(floors[self.metric_name].map(self.metric.as_loss).to_numpy().argmin())]

    def table(self, name: str) -> pd.DataFrame | None:
        """Return one of the comparison's other tables; None where it is empty or does not belong to it."""
        file = self.path / f"{name}.csv"
        if name not in self.about["tables"] or file.stat().st_size < 3:
            return None
        return pd.read_csv(file, dtype={"member": str})

    def gain(self, one: str, other: str, kind: str = RECIPE) -> Difference:
        """Return by how much a recipe is better than another one, or than a floor, on the same rows."""
        pair = one, other, kind
        if pair not in self._gains:
            found = self._members[one, RECIPE].difference(self._members[other, kind])
            turned = Difference(-found.mean, -found.high, -found.low)
            self._gains[pair] = found if self.metric.greater_is_better else turned
        return self._gains[pair]

    @cached_property
    def _gains(self) -> dict[tuple[str, str, str], Difference]:
        return {}

    @cached_property
    def _members(self) -> dict[tuple[str, str], Scores]:
        lines = self.scores.rows[["member", "kind"]].drop_duplicates()
        pairs = [(str(member), str(kind)) for member, kind in zip(lines["member"], lines["kind"], strict=True)]
        return {(member, kind): self.scores.where(member=member, kind=kind) for member, kind in pairs}

    def row_scores(self, members: list[str]) -> pd.DataFrame | None:
        """Return the metric of every validated row, a column a recipe, means over folds and seeds; None without one.

        The first columns are ``row, group``.
        """
        name = self.metric_name
        rows = self.scores.where(kind=RECIPE).rows
        if name not in rows:
            return None
        wide = rows.groupby(["row", "group", "member"], sort=False)[name].mean().unstack("member")
        return wide[members].reset_index()

    def keys(self) -> pd.DataFrame | None:
        """Return the keys of every validated row, by ``row``; None where the best recipe's run is gone."""
        runs = str(self.recipes["runs"].iloc[0]).split()
        file = self.path.parents[1] / "runs" / runs[0] / OOF_ROWS
        if not self.config.columns.keys or not file.is_file():
            return None
        return pd.read_parquet(file)[[*self.config.columns.keys, "row"]].drop_duplicates("row")

    @property
    def metric_name(self) -> str:
        """The name of the competition's metric in tables."""
        return self.scores.names[0]

    @property
    def drawn(self) -> str:
        """What is drawn in a bootstrap over rows."""
        return self.config.columns.compound or "row"

    @property
    def n_seeds(self) -> int:
        """The number of seeds of every recipe."""
        return int(self.scores.rows["seed"].nunique())

    @property
    def axis(self) -> str:
        """The metric and its direction, for an axis."""
        return f"{self.metric_name} ({'higher' if self.metric.greater_is_better else 'lower'} is better)"


def decided(gain: Difference) -> bool:
    """Whether a gain is more than chance, its interval leaving out 0."""
    return verdict(gain, greater_is_better=True) != OPEN
