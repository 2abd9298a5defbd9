"""What a page needs of a finished run, read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Floats
from kit.config import load_recipe
from kit.config.build import build_metric
from kit.config.schema import RecipeConfig
from kit.data import Competition
from kit.errors import DataError, StateError
from kit.files import check_intact, finished_key, read_json
from kit.metrics.base import Metric, metric_name
from kit.metrics.scores import Scores
from kit.training.joining.saved_run import SavedRun
from kit.training.manifest import TRAIN_ROWS
from kit.training.scoring.summarize import CONTRIBUTIONS, LEADERBOARD, SUMMARY, read_scores

MOST_CELLS = 2_000_000
"""Of larger tables, figures of single cells show a sample of so many."""

MOST_POINTS = 2000
"""Of more rows or compounds, figures with a point for each show a sample of so many."""

_BLOCK_ROWS = 256
_NO_MODELS = ("floor", "ceiling")
_LABELS = ("class", "part")
"""Columns of labels, which stay text where they are digits."""


@dataclass(frozen=True, eq=False)
class RunFacts:
    """A finished run.

    Attributes:
        path: Its directory.
        tables: The competition's tables; None where they are not to be had: what needs the targets is left out.
        known_scores: Its scores, where they are in memory already: of a million rows they are not read twice.

    Raises:
        StateError: It is no finished run, or a file in it was changed.
        DataError: The run was trained on other tables.
    """

    path: Path
    tables: Competition | None
    known_scores: Scores | None = None

    def __post_init__(self) -> None:
        if finished_key(self.path) is None:
            raise StateError(f"{self.path} is no finished run; `kit train` makes one, and finishes an interrupted one")
        check_intact(self.path)
        if self.tables is not None and not self._has_seen(self.tables):
            train = self.tables.root / self.recipe.data.train
            raise DataError(f"{train} is not the table that {self.path} was trained on; name another folder (--data)")

    def _has_seen(self, tables: Competition) -> bool:
        """Whether the run was trained on these tables."""
        name = self.recipe.data.train
        return bool(tables.hashes.get(name) == self.manifest["data"]["sha256"].get(name))

    @cached_property
    def recipe(self) -> RecipeConfig:
        """The recipe as it was resolved."""
        return load_recipe(self.path / "config.resolved.yaml").config

    @cached_property
    def saved(self) -> SavedRun:
        """Its fitted models."""
        return SavedRun(self.path)

    @cached_property
    def metric(self) -> Metric:
        """The competition's metric."""
        return build_metric(self.recipe)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The scores of what was handed in."""
        summary: dict[str, Any] = read_json(self.path / SUMMARY)
        return summary

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Command, versions, times."""
        manifest: dict[str, Any] = read_json(self.path / "manifest.json")
        return manifest

    @cached_property
    def board(self) -> pd.DataFrame:
        """One line a member, floor and ceiling."""
        return pd.read_csv(self.path / LEADERBOARD)

    @cached_property
    def scores(self) -> Scores:
        """The scores of all members by validated row."""
        return read_scores(self.path, self.metric) if self.known_scores is None else self.known_scores

    @cached_property
    def main_line(self) -> pd.Series:
        """The leaderboard's line of what was handed in; a floor may have the name of a model."""
        named = self.board["member"] == self.summary["member"]
        line: pd.Series = self.board[named & ~self.board["kind"].isin(_NO_MODELS)].iloc[0]
        return line

    @cached_property
    def main_rows(self) -> pd.DataFrame:
        """The scores of what was handed in by validated row: keys, ``fold, row, group, weight`` and every metric."""
        mine = self.scores.where(member=str(self.main_line["member"]), kind=str(self.main_line["kind"])).rows
        keys = self.oof_rows[self.recipe.columns.keys] if self.recipe.columns.keys else pd.DataFrame(index=mine.index)
        return pd.concat([keys.reset_index(drop=True), mine.reset_index(drop=True)], axis=1)

    def row_names(self, rows: pd.DataFrame) -> list[str]:
        """Return what each of some lines of `main_rows` is called: its keys, or its number."""
        keys = list(self.recipe.columns.keys)
        if not keys:
            return [f"row {row}" for row in rows["row"]]
        return [", ".join(map(str, values)) for values in rows[keys].itertuples(index=False)]

    @cached_property
    def n_clusters(self) -> int:
        """The number of validated compounds, or rows where there are none: what a bootstrap draws."""
        compound = self.recipe.columns.compound
        if compound is None:
            return int(self.oof_rows["row"].nunique())
        if compound in self.oof_rows:
            return int(self.oof_rows[compound].nunique())
        rows = pd.read_parquet(self.path / TRAIN_ROWS, columns=[compound])
        return int(rows[compound].iloc[self.oof_rows["row"]].nunique())

    @cached_property
    def beside_floor(self) -> pd.DataFrame | None:
        """The score of every validated row by `row_metric`, ``mine`` and of the best ``floor``; None without one.

        ``attrs["floor"]`` names the floor.
        """
        metric, floor = self.row_metric, self.best("floor")
        if floor is None or metric is None:
            return None
        name = metric_name(metric)
        theirs = self.scores.where(member=str(floor["member"]), kind="floor").rows
        both = pd.DataFrame({"mine": self.main_rows[name].to_numpy(), "floor": theirs[name].to_numpy()})
        both.attrs["floor"] = floor["member"]
        return both

    @property
    def n_worse_than_floor(self) -> int:
        """Of how many validated rows the best floor has the better score; 0 without floors."""
        both = self.beside_floor
        if both is None or self.row_metric is None:
            return 0
        better = both["floor"] > both["mine"] if self.row_metric.greater_is_better else both["floor"] < both["mine"]
        return int(better.sum())

    @cached_property
    def oof_rows(self) -> pd.DataFrame:
        """The keys, fold and row of every validated row."""
        return pd.read_parquet(self.path / "oof_rows.parquet")

    @cached_property
    def predictions(self) -> Floats:
        """(n_entries, n_targets) out-of-fold predictions, in the order of `oof_rows`; a memory-map."""
        predictions: Floats = np.load(self.path / "oof.npy", mmap_mode="r", allow_pickle=False)
        return predictions

    @property
    def measured(self) -> Competition | None:
        """The competition's tables, where they are there and their targets are measurements."""
        return self.tables if self.tables is not None and self.recipe.problem.measures else None

    @cached_property
    def row_sizes(self) -> tuple[Doubles, Doubles]:
        """(n_entries,) root mean squares of what was measured in each validated row, and of the errors there.

        Raises:
            ValueError: There are no tables.
        """
        if self.tables is None:
            raise ValueError("the targets are in the tables")
        rows = self.oof_rows["row"].to_numpy()
        squares = np.empty((2, len(rows)))
        for start in range(0, len(rows), _BLOCK_ROWS):
            part = slice(start, start + _BLOCK_ROWS)
            measured = np.asarray(self.tables.Y[rows[part]], dtype=np.float64)
            squares[0, part] = np.nanmean(measured**2, axis=1)
            squares[1, part] = np.nanmean((measured - self.predictions[part]) ** 2, axis=1)
        sizes = np.sqrt(squares)
        return sizes[0], sizes[1]

    @cached_property
    def contributions(self) -> pd.DataFrame | None:
        """What each member contributes to the blend; None where there is one model only."""
        file = self.path / CONTRIBUTIONS
        return pd.read_csv(file) if file.is_file() else None

    def table(self, name: str) -> pd.DataFrame | None:
        """Return a table that the kind of problem has beside scores (`ProblemType.tables`); None without one."""
        file = self.path / f"{name}.csv"
        return pd.read_csv(file, dtype=dict.fromkeys(_LABELS, str)) if file.is_file() else None

    @cached_property
    def expected_errors(self) -> pd.DataFrame | None:
        """What models expect of their own errors, row by row; None where none does."""
        file = self.path / "expected_errors.parquet"
        return pd.read_parquet(file) if file.is_file() else None

    @cached_property
    def tasks(self) -> pd.DataFrame:
        """One line a fit: stage, model, repeat, split, seconds, CPU seconds, peak MiB."""
        records = []
        for file in sorted((self.path / "tasks").glob("*/*/seed=*/*/metrics.json")):
            found = read_json(file)
            split, seed, model, stage = [parent.name for parent in list(file.parents)[:4]]
            records.append(
                {
                    "stage": stage,
                    "model": model,
                    "repeat": int(seed.partition("=")[2]),
                    "split": split,
                    "wall_s": found.get("wall_s"),
                    "cpu_s": found.get("cpu_s"),
                    "peak_mib": found.get("peak_bytes", 0) / 2**20,
                    "report": found.get("report") or {},
                }
            )
        return pd.DataFrame(records)

    def best(self, kind: str) -> pd.Series | None:
        """Return the leaderboard's best line of a kind; None without one."""
        lines = self.board[self.board["kind"] == kind].dropna(subset=[self.metric_name])
        if lines.empty:
            return None
        values = lines[self.metric_name].to_numpy()
        return lines.iloc[int(values.argmax() if self.metric.greater_is_better else values.argmin())]

    @property
    def metric_name(self) -> str:
        """The name of the competition's metric in tables."""
        return str(self.summary["metric"])

    @cached_property
    def row_metric(self) -> Metric | None:
        """The metric that judges single rows: the competition's, or the next one where that is no mean of rows."""
        return next((metric for metric in self.scores.metrics if metric_name(metric) in self.main_rows), None)

    def gain(self, better: float, worse: float) -> float:
        """Return by how much a score is better than another, in the metric's units."""
        return better - worse if self.metric.greater_is_better else worse - better

    def is_best_high(self) -> str:
        """Return which direction is better, in words."""
        return "higher is better" if self.metric.greater_is_better else "lower is better"
