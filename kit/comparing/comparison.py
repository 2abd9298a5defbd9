"""Several recipes trained on the same folds, and their scores by row beside each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from kit.comparing.candidates import Candidate, check_comparable
from kit.comparing.learning_curve import at_all_rows, check_sizes
from kit.config.build import build_metric
from kit.data import Competition, Predictions, open_predictions, read_predictions
from kit.data.columns import group_labels
from kit.errors import InputError, KitError
from kit.files import DONE, read_json
from kit.metrics.base import Metric, metric_name
from kit.metrics.scores import Scores
from kit.reports.agreement import of_recipes
from kit.reports.comparison import RECIPE
from kit.training.observers import Observer, Silent
from kit.training.planning.plan import make_folds, make_plan
from kit.training.planning.tasks import METRICS_FILE
from kit.training.scoring.calibration import calibrated_runs
from kit.training.scoring.evaluation import CEILING, FLOOR, MODEL, cluster_labels
from kit.training.scoring.predictions import PREDICTIONS, score_predictions
from kit.training.scoring.summarize import main_member
from kit.training.train import RunResult, train
from kit.training.workspace import Workspace

_SHARED_CEILING = "no noise"
"""The only ceiling that depends on no recipe."""

Observe = Callable[[str], Observer]
"""Returns the observer of a run, given the run's description; called before each run."""


@dataclass(frozen=True)
class Comparison:
    """The scores and costs of several recipes on the same folds.

    Attributes:
        scores: The scores of every recipe, floor and noise ceiling with every seed (counted from 0); rows of one
            compound are one cluster. None where every recipe failed.
        test: The same for the rows of the truth, or None without one.
        runs: One line for every finished run: ``member``, ``seed``, ``run`` (its directory), ``fits``, ``cpu_s`` and
            ``wall_s`` (of all its tasks together, those that other runs computed included), ``peak_bytes`` (of its
            largest task; NaN where unknown).
        failures: Why recipes failed, by label; nothing else is known of those.
        metric: The name of the competition's metric.
        drawn: What is drawn in a bootstrap over rows: the column of compounds, or "row".
        truth: The truth that ``test`` was scored against and how many rows of it, in words.
        expected: What is expected of each recipe fitted on all rows, where smaller folds were given.
        calibrated: What `kit.training.scoring.calibration.calibrated_runs` returned, where it was asked for.
    """

    scores: Scores | None
    test: Scores | None
    runs: pd.DataFrame
    failures: dict[str, str]
    metric: str
    drawn: str
    truth: str | None = None
    expected: Mapping[str, float] = field(default_factory=dict)
    calibrated: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def n_seeds(self) -> int:
        """The number of seeds of every recipe that finished."""
        return 1 if self.scores is None else int(self.scores.rows["seed"].nunique())


def compare(
    candidates: Sequence[Candidate],
    out: Path = Path("submissions"),
    jobs: int | None = None,
    observe: Observe = lambda description: Silent(),
    truth: Path | None = None,
    smaller: Sequence[Candidate] = (),
    calibrated: bool = False,
) -> Comparison:
    """Train every recipe with every seed and collect scores and costs; finished runs are read from disk.

    Why a recipe failed is in `Comparison.failures`; the others go on.

    Args:
        candidates: What is compared, each with the same number of seeds.
        out: Where runs are kept.
        jobs: Worker processes (default: the cores of this machine).
        observe: Called with the description of each run before it; returns what shows how the run goes.
        truth: True values of some test rows. What is scored against them enters nothing else.
        smaller: The same recipes with folds that validate the same rows and train on fewer of them, in the same
            order: what is expected of a fit on all rows follows from both (`kit.comparing.learning_curve`).
        calibrated: Whether the field's metrics are put between floor and ceiling, for the first seed of each.

    Raises:
        InputError: The recipes cannot be compared (see `check_comparable`), or truth or smaller folds do not fit.
    """
    if not candidates:
        raise InputError("nothing to compare; give at least one recipe")
    check_comparable(candidates)
    true = None if truth is None else read_truth(truth, candidates[0].competition)
    sizes = _sizes(candidates, smaller) if smaller else None
    failures: dict[str, str] = {}
    finished = _train_all(candidates, out, jobs, observe, failures)
    scores = _collect(_cv_scores(candidate, results, not n) for n, (candidate, results) in enumerate(finished))
    expected = {}
    if sizes is not None and scores is not None:
        named = [candidate for candidate in smaller if candidate.label not in failures]
        on_fewer: dict[str, str] = {}
        with_smaller = _train_all(named, out, jobs, observe, on_fewer)
        failures |= {f"{label}, smaller folds": why for label, why in on_fewer.items()}
        on_smaller = _collect(_cv_scores(candidate, results, False) for candidate, results in with_smaller)
        if on_smaller is not None:
            less = of_recipes(on_smaller)
            found = of_recipes(scores.where(kind=RECIPE))
            expected = {name: at_all_rows(found[name], sizes[0], less[name], sizes[1]) for name in map(str, less.index)}
    config = candidates[0].recipes[0].config
    metric = build_metric(config, candidates[0].competition.targets)
    return Comparison(
        scores=scores,
        test=None
        if true is None
        else _collect(
            _test_scores(candidate, results, metric, true, not n) for n, (candidate, results) in enumerate(finished)
        ),
        runs=pd.DataFrame(
            [
                {"member": candidate.label, "seed": nth, "run": str(result.path)} | run_cost(result.path)
                for candidate, results in finished
                for nth, result in enumerate(results)
            ],
            columns=["member", "seed", "run", "fits", "cpu_s", "wall_s", "peak_bytes"],
        ),
        failures=failures,
        metric=metric_name(metric),
        drawn=config.columns.compound or "row",
        truth=None if true is None else f"{truth} ({len(true.ids)} of {len(candidates[0].competition.test)} test rows)",
        expected=expected,
        calibrated=_calibrated(finished) if calibrated and finished else pd.DataFrame(),
    )


def _train_all(
    candidates: Sequence[Candidate], out: Path, jobs: int | None, observe: Observe, failures: dict[str, str]
) -> list[tuple[Candidate, list[RunResult]]]:
    """Train every candidate with every seed; those that fail go into ``failures`` with the reason."""
    finished = []
    for candidate in candidates:
        results: list[RunResult] = []
        try:
            for nth, recipe in enumerate(candidate.recipes):
                observer = observe(candidate.description(nth))
                results.append(train(recipe, candidate.competition, out, jobs, observer=observer))
        except KitError as error:
            failures[candidate.label] = _with_seed(str(error), candidate, len(results))
            continue
        finished.append((candidate, results))
    return finished


def _sizes(candidates: Sequence[Candidate], smaller: Sequence[Candidate]) -> tuple[float, float]:
    """Return which share of the rows the folds train on, and the smaller ones, by the first candidate's seed."""
    check_comparable(smaller)
    recipe, competition = candidates[0].recipes[0].config, candidates[0].competition
    folds = make_folds(recipe, competition)
    with smaller[0].recipes[0].placing():
        smaller_folds = make_folds(smaller[0].recipes[0].config, competition)
    return check_sizes(folds, smaller_folds, group_labels(competition.rows, recipe.columns.group))


def read_truth(truth: Path, competition: Competition) -> Predictions:
    """Read the true values of test rows, of those targets that the table has.

    Raises:
        DataError: The table is damaged.
        InputError: It has none of the targets, or ids that are no test rows.
    """
    offered = set(open_predictions(truth, competition.config.data).candidates)
    common = [name for name in competition.targets if name in offered]
    if not common:
        raise InputError(f"{truth} has no target column of {competition.config.competition}")
    true = read_predictions(
        truth,
        common,
        competition.config.columns.id,
        data=competition.config.data,
        allow_nan=competition.config.columns.missing_targets == "allow",
    )
    known = set(_ids(competition))
    unknown = [value for value in map(str, true.ids) if value not in known]
    if unknown:
        raise InputError(
            f"{truth}: {len(unknown)} of {len(true.ids)} ids are no test rows of {competition.config.competition}, the "
            f"first is {unknown[0]!r}; is it the truth of another competition?"
        )
    return true._replace(ids=tuple(map(str, true.ids)))


def run_cost(run: Path) -> dict[str, Any]:
    """Return the total cost of a run's tasks: ``fits``, ``cpu_s``, ``wall_s``, and the largest ``peak_bytes``."""
    files = [done.with_name(METRICS_FILE) for done in sorted((run / "tasks").rglob(DONE))]
    tasks = [read_json(path) for path in files if path.is_file()]
    peaks = [task["peak_bytes"] for task in tasks if task.get("peak_bytes") is not None]
    return {
        "fits": len(tasks),
        "cpu_s": sum(task["cpu_s"] for task in tasks),
        "wall_s": sum(task["wall_s"] for task in tasks),
        "peak_bytes": float(max(peaks)) if peaks else np.nan,
    }


def _with_seed(message: str, candidate: Candidate, nth: int) -> str:
    return f"seed {candidate.recipes[nth].config.seed}: {message}" if len(candidate.recipes) > 1 else message


def _calibrated(finished: Sequence[tuple[Candidate, list[RunResult]]]) -> pd.DataFrame:
    """Return the field's metrics of every recipe's first seed between common floors and ceilings."""
    first, (run, *_) = finished[0]
    recipe, competition = first.recipes[0].config, first.competition
    workspace = Workspace(recipe, competition, make_plan(recipe, competition), run.path)
    files = {candidate.label: results[0].path / "oof.npy" for candidate, results in finished}
    oof = {name: np.load(file, mmap_mode="r", allow_pickle=False) for name, file in files.items()}
    return calibrated_runs(workspace, oof)


def _collect(parts: Iterable[Scores]) -> Scores | None:
    found = list(parts)
    return Scores.join(found) if found else None


def _cv_scores(candidate: Candidate, results: Sequence[RunResult], with_floors: bool) -> Scores:
    clusters = cluster_labels(candidate.competition)
    parts = []
    for nth, result in enumerate(results):
        of_seed = [main_member(result.scores).called(candidate.label, RECIPE)]
        if with_floors:
            noise = result.scores.where(kind=CEILING, member=_SHARED_CEILING)
            of_seed = [result.scores.where(kind=FLOOR), noise, *of_seed]
        scores = Scores.join(of_seed)
        parts.append(scores.of_seed(nth, clusters[scores.rows["row"]]))
    return Scores.join(parts)


def _test_scores(
    candidate: Candidate, results: Sequence[RunResult], metric: Metric, true: Predictions, with_floors: bool
) -> Scores:
    competition = candidate.competition
    ids, compound = _ids(competition), competition.config.columns.compound
    labels = dict(zip(ids, ids if compound is None else competition.test[compound].astype(str), strict=True))
    parts = []
    for nth, result in enumerate(results):
        values = np.load(result.path / "test.npy", allow_pickle=False)
        given = Predictions(tuple(ids), values, competition.targets)
        scored = score_predictions(given, true, metric, competition if with_floors else None).scores
        own = scored.where(kind=MODEL, member=PREDICTIONS).called(candidate.label, RECIPE)
        scores = Scores.join([scored.where(kind=FLOOR), own])
        parts.append(scores.of_seed(nth, scores.rows["row"].map(labels).to_numpy()))
    return Scores.join(parts)


def _ids(competition: Competition) -> list[str]:
    return competition.test[competition.config.columns.id].astype(str).tolist()
