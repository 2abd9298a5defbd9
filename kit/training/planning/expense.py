"""What a whole run costs, before anything is fitted: the fits, and all that is beside them.

The constants were measured at 614 × 18,211 and on ten rows (one thread of an AMD EPYC); `make bench` prints what is
foretold beside what is taken. Other processors differ, and what stops early takes less: within a factor of two.

The memory is that of the processes' own. An array of `kit.large.LARGE` bytes and more lives in a temporary file and
counts as nothing but the blocks in which it is worked on: of it the system keeps in memory what there is room for.
What scoring takes was measured on 16,000 to a million rows of 978 targets (`make bench-growth`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from kit.data import Competition
from kit.large import private_bytes
from kit.training.planning.estimate import Estimate, estimate, libraries_of
from kit.training.planning.plan import Plan

_START_S, _WORKER_START_S = 4.5, 2.5
"""Interpreter, imports, the recipe, a page of small tables; interpreter and imports of a worker."""

_READ_S, _FOLD_S, _SCORE_S, _SUBMIT_S, _PAGE_S = 1e-7, 3e-8, 4.5e-8, 2e-7, 6e-8
"""For a number of the training table read; of a fold's training rows, for floors; of validated rows and members; of
predictions that are joined, written and read back; of the training table, for the page."""

_JOIN_S = 1e-8
"""For a number that a fit predicts, on the way to that of its stage."""

_FLOORS_AND_CEILINGS = 7
"""Members that are scored beside the recipe's models and their blend."""

_MAIN_BYTES, _WORKER_BYTES = 315 * 2**20, 215 * 2**20
"""Of a process that fits ten rows: with tables read and the page drawn, and of a worker."""

_BLOCKS_BYTES = 32 * 2**20
"""Temporary float64 blocks, see `kit.arrays.blocks`."""

_SCORED_ROW_BYTES = 250
"""Of a validated row and member: its line in the tables of scores, while they are put below each other."""

_LIBRARIES = {"torch": (3.0, 260 * 2**20), "catboost": (0.2, 30 * 2**20)}
"""Seconds and bytes of an import that are worth counting."""


@dataclass(frozen=True)
class Expense:
    """The estimated cost of a run.

    Attributes:
        models: The cost of every model's fits.
        workers: How many processes fit at once; one is the main process itself.
        beside_seconds: CPU time of everything that is no fit, of all processes.
        main_bytes: Peak memory of the main process, of what no file holds.
        worker_bytes: Peak memory of a worker; with one worker, that of the main process.
    """

    models: list[Estimate]
    workers: int
    beside_seconds: float
    main_bytes: int
    worker_bytes: int

    @property
    def cpu_seconds(self) -> float:
        """CPU time of the whole run."""
        return self.beside_seconds + sum(model.cpu_seconds for model in self.models)


def expense(plan: Plan, competition: Competition, workers: int) -> Expense:
    """Return what a plan costs on some workers, roughly.

    Raises:
        InputError: A feature block does not fit the tables.
    """
    models = estimate(plan, competition)
    libraries = [_LIBRARIES[name] for name in sorted(_libraries(plan)) if name in _LIBRARIES]
    imports, loaded = sum(seconds for seconds, _ in libraries), sum(size for _, size in libraries)
    fitting = max(model.memory_bytes for model in models) + _BLOCKS_BYTES
    joining = _joining_bytes(plan, competition, models) + _BLOCKS_BYTES
    beside = _START_S + _beside_seconds(plan, competition)
    if workers == 1:
        main = _MAIN_BYTES + loaded + max(fitting, joining)
        return Expense(models, workers, beside + imports, main, main)
    # The page loads models of the folds again, and their libraries.
    beside += imports + workers * (_WORKER_START_S + imports)
    return Expense(models, workers, beside, _MAIN_BYTES + loaded + joining, _WORKER_BYTES + loaded + fitting)


def _libraries(plan: Plan) -> set[str]:
    """Return the libraries that a plan's models and feature blocks name."""
    return {name for stage in plan.stages for spec in stage.models.values() for name in libraries_of(spec)}


def _beside_seconds(plan: Plan, competition: Competition) -> float:
    """Return the seconds of reading, floors, scores, joining, submission and page."""
    n_rows, n_targets = competition.n_rows, competition.n_targets
    trained = sum(len(fold.train) for fold in plan.folds)
    validated = sum(len(fold.validation) for fold in plan.folds)
    predicted = len(competition.test) * len(plan.folds) + validated
    of_rows = (_READ_S + _PAGE_S) * n_rows + _FOLD_S * trained + _SCORE_S * _n_members(plan) * validated
    joined = _JOIN_S * predicted * len(plan.tasks) / len(plan.folds)
    return n_targets * (of_rows + _SUBMIT_S * len(competition.test) + joined)


def _joining_bytes(plan: Plan, competition: Competition, models: list[Estimate]) -> int:
    """Return the most of what scoring needs, a fold's rows beside the table, and of what the page needs: its models."""
    n_rows = competition.n_rows
    # Targets of that many rows. What the page loads are the models' own arrays, which are kept in memory.
    of = partial(private_bytes, n_columns=competition.n_targets)
    last = [model.n_outputs for model in models if model.stage == plan.last.name]
    submitting = of(n_rows) + 2 * of(len(competition.test))
    return of(n_rows) + max(_scoring_bytes(plan, of), submitting, 4 * n_rows * sum(last))


def _scoring_bytes(plan: Plan, of: Callable[[int], int]) -> int:
    """Return what the folds' scores need: the last fold's rows, and what all folds predicted and missed by.

    Args:
        plan: The plan.
        of: The bytes of the targets of that many rows.
    """
    # A fold holds the targets of its rows, what all its models predicted, their blend, one member more.
    fold = max(of(len(fold.train)) + 3 * of(len(fold.validation)) for fold in plan.folds)
    models = (len(plan.last.models) - 1) * max(of(len(fold.validation)) for fold in plan.folds)
    # Predictions and errors: one by one, and at the end, when the models' are let go, put below each other too.
    parts = 2 * sum(of(len(fold.validation)) for fold in plan.folds)
    validated = sum(len(fold.validation) for fold in plan.folds)
    return fold + parts + max(models, 2 * of(validated)) + _SCORED_ROW_BYTES * _n_members(plan) * validated


def _n_members(plan: Plan) -> int:
    """Return how many members are scored."""
    return len(plan.last.models) + len(plan.stages) + _FLOORS_AND_CEILINGS
