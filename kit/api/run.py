"""A finished run as data frames; `train`, which makes one, and `train_shard`, which makes a part of one."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kit.api.competition import PathLike
from kit.api.display import page, table
from kit.api.progress import observer_of
from kit.api.recipe import Recipe, as_recipe, load_recipe
from kit.api.report import Report
from kit.config.build import build_metric
from kit.config.load import RESOLVED
from kit.data import read_predictions
from kit.errors import StateError
from kit.files import check_intact, finished_key, read_json
from kit.predicting import RunPredictor
from kit.reporting.run_page import read_facts
from kit.reporting.run_page import run_page as page_of_run
from kit.reports.leaderboard import score_line
from kit.reports.page import REPORT, write_page
from kit.submission.submit import SUBMISSION
from kit.training.engines.base import Engine
from kit.training.engines.connect import EngineName, connected
from kit.training.named_runs import find_run
from kit.training.notices import read_warnings
from kit.training.observers import Observer
from kit.training.scoring.summarize import CONTRIBUTIONS, LEADERBOARD, SUMMARY, read_scores
from kit.training.shard_run import ShardResult
from kit.training.shard_run import train_shard as run_shard
from kit.training.sharing.share import Shard
from kit.training.train import train as run_training


class Run:
    """A finished run: its scores, its predictions, and its models, which predict new rows.

    Args:
        path: Its directory, such as ``submissions/demo/runs/baseline-905b69fc``.

    Attributes:
        path: The same.

    Raises:
        StateError: It is no finished run, or a file in it was changed.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = Path(path)
        if finished_key(self.path) is None:
            raise StateError(f"{path} is no finished run; `kit.train` makes one, and finishes an interrupted one")
        check_intact(self.path)

    @property
    def name(self) -> str:
        """The directory's name."""
        return self.path.name

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe that it was made by, as it was then."""
        return load_recipe(self.path / RESOLVED)

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The scores of what was handed in: ``metric``, ``score``, ``interval``, ``by_fold``, ``by_group`` and more."""
        summary: dict[str, Any] = read_json(self.path / SUMMARY)
        return summary

    @property
    def score(self) -> float:
        """The competition's metric over all validated rows."""
        return float(self.summary["score"])

    @cached_property
    def leaderboard(self) -> pd.DataFrame:
        """One line a member, floor and ceiling: every metric over all validated rows, the first with its interval."""
        return pd.read_csv(self.path / LEADERBOARD)

    @cached_property
    def scores(self) -> pd.DataFrame:
        """The scores by validated row: ``member, kind, fold, row, group, weight`` and every metric."""
        return read_scores(self.path, build_metric(self.recipe.config)).rows

    @cached_property
    def contributions(self) -> pd.DataFrame | None:
        """What each member contributes to the blend; None where there is one model only."""
        file = self.path / CONTRIBUTIONS
        return pd.read_csv(file) if file.is_file() else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is odd about tables, folds, fits and submission."""
        return read_warnings(self.path)

    @cached_property
    def out_of_fold(self) -> pd.DataFrame:
        """The out-of-fold predictions: the keys, ``fold`` and ``row`` of each validated row, then every target."""
        rows = pd.read_parquet(self.path / "oof_rows.parquet")
        values = np.load(self.path / "oof.npy", allow_pickle=False)
        return _beside(rows, values, self.recipe.config.problem.columns(self._predictor.targets, values.shape[1]))

    @cached_property
    def submission(self) -> pd.DataFrame:
        """What was handed in: the id of each row, then every target."""
        column = self.recipe.config.columns.id
        handed_in = read_predictions(self.path / SUBMISSION, id_column=column)
        return _beside(pd.DataFrame({column: handed_in.ids}), handed_in.values, handed_in.targets)

    def predict(self, rows: pd.DataFrame, *, interval: float | None = None, details: bool = False) -> pd.DataFrame:
        """Return the prediction of every target for rows, which the run may never have seen.

        A compound or cell type that no training row has falls back to what the features know of it besides (its
        structure, the overall mean); a warning names it.

        Args:
            rows: (n_rows, …) the key columns, and the metadata that the recipe's features read; what is known of a
                compound (its structure) need not be repeated.
            interval: The share of measurements that intervals are to cover, such as 0.9: adds ``<target>.low`` and
                ``<target>.high``, missing where no folds of the run hide such rows, and what ``details`` adds.
            details: Whether to add the rows' keys, and ``rests_on``: what each prediction rests on.

        Returns:
            A line a row, with the index of ``rows``: a float32 column a target, and what was asked for besides.

        Raises:
            InputError: A column is missing, there are no rows, or the interval is no share.
        """
        predicted = self._predictor.predict(rows, interval=interval)
        if details or interval is not None:
            return predicted.frame().set_index(rows.index)
        return pd.DataFrame(predicted.values, index=rows.index, columns=list(predicted.targets))

    def report(self, file: PathLike | None = None, *, data: PathLike | None = None) -> Report:
        """Write what the run's numbers say as one HTML page, and return it; a notebook shows it.

        Args:
            file: Where to write (default: ``report.html`` in the run's folder).
            data: The folder of the tables (default: where the run had them; without them the page says what it lacks).

        Raises:
            DataError: In ``data`` there are no such tables.
        """
        written = page_of_run(read_facts(self.path, None if data is None else Path(data)))
        place = self.path / REPORT if file is None else Path(file)
        write_page(written, place)
        return Report(place, written.as_json())

    @cached_property
    def _predictor(self) -> RunPredictor:
        return RunPredictor.load(self.path)

    def __repr__(self) -> str:
        return f"<Run {self.name}: {score_line(self.summary)}>"

    def _repr_html_(self) -> str:
        config = self.recipe.config
        score = f"{score_line(self.summary)}, member {self.summary['member']}"
        board = table(self.leaderboard.drop(columns="folds_sd"))
        return page(f"{config.title or config.competition}: {self.name}", score, board, f"run: {self.path}")


def load_run(run: PathLike, *, out: PathLike = "submissions") -> Run:
    """Return a finished run.

    Args:
        run: Its directory, its recipe's name, or ``latest``.
        out: Where runs are kept, for names.

    Raises:
        InputError: There is none of the name, or several.
        StateError: It is no finished run, or a file in it was changed.
    """
    return Run(find_run(Path(run), Path(out)))


def train(
    recipe: Recipe | PathLike,
    *,
    data: PathLike | None = None,
    out: PathLike = "submissions",
    jobs: int = 1,
    engine: EngineName | Engine = "local",
    scheduler: str | None = None,
    fresh: bool = False,
    progress: bool | Observer = True,
) -> Run:
    """Train a recipe: folds, scores, a checked submission; from wherever an earlier call was interrupted.

    Args:
        recipe: The recipe, or its file.
        data: The folder of the tables (default: KIT_DATA, or what the recipe says).
        out: Where runs, submissions and the ledger are kept.
        jobs: Worker processes; the result does not depend on it. Plug-ins that a notebook or script defines itself
            are known in its own process alone, which is what 1 means.
        engine: Where fits are carried out: ``local``, processes of this machine; ``dask``, the workers of a Dask
            cluster, which need no folder in common with this machine; or an engine of your own, such as
            ``kit.training.engines.dask.DaskEngine(client)``. The result does not depend on it.
        scheduler: The address of a Dask scheduler (default: a cluster of ``jobs`` workers of this machine).
        fresh: Set an existing run aside and reuse nothing of it, nor of other runs (the cache is another matter).
        progress: Whether to show how it goes, on one line of standard error; or what is told instead.

    Raises:
        InputError: The recipe does not fit the tables, there is no such engine, or no scheduler answers.
        RunError: A task failed; what is finished stays.
    """
    chosen = as_recipe(recipe)
    loaded, competition, observer = chosen.load(), chosen.read_tables(data), observer_of(progress)
    with connected(engine, scheduler, jobs) as carrying:
        result = run_training(loaded, competition, Path(out), fresh=fresh, observer=observer, engine=carrying)
    return Run(result.path)


def train_shard(
    recipe: Recipe | PathLike,
    shard: str,
    *,
    data: PathLike | None = None,
    out: PathLike = "submissions",
    jobs: int = 1,
    engine: EngineName | Engine = "local",
    scheduler: str | None = None,
    progress: bool | Observer = True,
) -> ShardResult:
    """Carry out a part of a recipe's fits, beside other processes that share ``out``; then `train` joins them.

    Each takes on its part first, then what nobody living has taken on. Any may be killed and started again, begin late
    or never.

    Args:
        recipe: The recipe, or its file.
        shard: Which of how many processes this is, such as ``2/4``.
        data: The folder of the tables (default: KIT_DATA, or what the recipe says).
        out: Where runs are kept, a folder that all of the processes see.
        jobs: Worker processes, see `train`.
        engine: Where fits are carried out, see `train`.
        scheduler: The address of a Dask scheduler, see `train`.
        progress: As in `train`.

    Returns:
        The run's folder (``path``), how many fits this process carried out (``fitted``), how many are ``left``, and how
        many the run has (``total``).

    Raises:
        InputError: As in `train`; or ``shard`` is no i/n.
        RunError: A task failed, or another process joins the run.
    """
    chosen, part = as_recipe(recipe), Shard.parse(shard)
    loaded, competition, observer = chosen.load(), chosen.read_tables(data), observer_of(progress)
    with connected(engine, scheduler, jobs) as carrying:
        return run_shard(loaded, competition, part, Path(out), observer, carrying)


def _beside(rows: pd.DataFrame, values: np.ndarray, targets: tuple[str, ...]) -> pd.DataFrame:
    """Return columns of rows, and their (n_rows, n_targets) values beside them."""
    return pd.concat([rows, pd.DataFrame(values, columns=list(targets), index=rows.index)], axis="columns")
