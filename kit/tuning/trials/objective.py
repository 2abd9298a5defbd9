"""One trial: a recipe with proposed values, fold by fold."""

from __future__ import annotations

import math
import multiprocessing
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import optuna
from optuna import Trial
from optuna.exceptions import UpdateFinishedTrialError

from kit.errors import DiskError, KitError, RunError
from kit.files.heartbeat import Heartbeat
from kit.noticed import collected
from kit.training.growth import refuse_too_large
from kit.training.planning.plan import make_plan
from kit.training.scoring.fold_evaluation import FoldEvaluation, evaluate_fold
from kit.training.workspace import Workspace
from kit.tuning.options import over_folds
from kit.tuning.storage.database import STORAGE_ERRORS, beat
from kit.tuning.storage.requeue import ERROR, WORKER
from kit.tuning.trials.pieces import added
from kit.tuning.trials.pruning import row_blocks, step_of
from kit.tuning.trials.setting import Setting
from kit.tuning.trials.space import suggest

SCORE, FOLDS, REDUCED, CPU, WARNINGS = "score", "fold_scores", "fold_reduced", "cpu_s", "warnings"
"""User attributes of a trial: the score over folds at full width, the folds' scores, their reduced ones, CPU seconds of
the fits, what they warned of."""

PIECES = "pieces"
"""The user attribute that holds what each piece of the rows (see `kit.tuning.trials.pieces`) adds to the score; none
where the metric is no plain mean over rows."""


class TrialObjective:
    """The objective function of a study: called by Optuna with a trial, returns the value to be optimised.

    The value is on the folds' `reduced` scores; the full-width score, by which the best trial is chosen, goes into the
    trial's user attributes.

    Args:
        setting: The study.
        presence: This worker.
        begun: Called as soon as the trial is known to be this worker's.

    Attributes:
        number: The number of the trial, as soon as there is one.
        error: What went wrong in the trial itself; None where nothing did, or another worker gave it up.
    """

    def __init__(self, setting: Setting, heartbeat: Heartbeat, begun: Callable[[], None]) -> None:
        self._setting = setting
        self._presence = heartbeat
        self._begun = begun
        self.number: int | None = None
        self.error: KitError | None = None

    def __call__(self, trial: Trial) -> float | tuple[float, float]:
        """Carry out a trial; return its value, for ``pareto`` with its CPU seconds.

        Raises:
            KitError: The values make no recipe, a fit failed, or anything else went wrong; the message is among the
                trial's attributes.
            optuna.TrialPruned: Some folds have shown that it is worse than the best one.
            UpdateFinishedTrialError: Another worker gave the trial up meanwhile.
            SQLAlchemyError, StorageInternalError: The database failed.
        """
        self.number = trial.number
        try:
            return self._carried_out(trial)
        except (optuna.TrialPruned, UpdateFinishedTrialError, *STORAGE_ERRORS):
            raise
        except Exception as error:
            self.error = _as_kit_error(error)
            # What the disk does is not the fault of the values: they are tried again.
            if not isinstance(self.error, DiskError):
                with suppress(UpdateFinishedTrialError):
                    trial.set_user_attr(ERROR, str(self.error))
            raise self.error from error

    def _carried_out(self, trial: Trial) -> float | tuple[float, float]:
        setting = self._setting
        beat(trial)
        trial.set_user_attr(WORKER, self._presence.described())
        values = suggest(trial, setting.search.dimensions)
        self._begun()
        recipe = setting.search.fill(values)
        with recipe.placing():
            plan = make_plan(recipe.config, setting.competition)
            workspace = Workspace(recipe.config, setting.competition, plan, setting.scratch)
            refuse_too_large(workspace)
            folds: dict[int, FoldEvaluation] = {}
            for position, last in self._order(trial.number):
                folds[position] = self._fold(trial, workspace, position)
                # What a pruned trial has seen stays known.
                seen = {setting.folds[one].name: found.score for one, found in folds.items()}
                trial.set_user_attr(FOLDS, seen)
                if not last and setting.objective != "pareto" and trial.should_prune():
                    raise optuna.TrialPruned
        in_order = [folds[position] for position in setting.folds]
        names = [fold.name for fold in setting.folds.values()]
        reduced, scores = [one.reduced for one in in_order], [one.score for one in in_order]
        if not all(map(math.isfinite, [*reduced, *scores])):
            raise RunError(f"scores that are no numbers: {dict(zip(names, scores, strict=True))}")
        cpu_s = math.fsum(one.cpu_s for one in in_order)
        trial.set_user_attr(SCORE, over_folds(scores, setting.weights, "mean"))
        trial.set_user_attr(REDUCED, dict(zip(names, reduced, strict=True)))
        trial.set_user_attr(CPU, cpu_s)
        tables = [one.rows for one in in_order if one.rows is not None]
        if len(tables) == len(in_order):
            trial.set_user_attr(PIECES, added(setting.competition, tables, setting.weights).tolist())
        value = over_folds(reduced, setting.weights, setting.objective, setting.greater_is_better)
        return (value, cpu_s) if setting.objective == "pareto" else value

    def _order(self, number: int) -> Iterator[tuple[int, bool]]:
        """Yield the folds' positions, and whether each is the last: those that decide most come first.

        The heaviest folds, and of equally heavy ones those of more rows, soonest show a loss that the others cannot
        make good. Among equals every trial begins with another one: were it always the same, the study would know that
        one best, as no trial would survive that is bad there alone.
        """
        folds = self._setting.folds
        alike: dict[tuple[float, int], list[int]] = {}
        for position, fold in folds.items():
            alike.setdefault((fold.weight, len(fold.validation)), []).append(position)
        ordered: list[int] = []
        for size in sorted(alike, reverse=True):
            start = number % len(alike[size])
            ordered += alike[size][start:] + alike[size][:start]
        for place, position in enumerate(ordered):
            yield position, place == len(ordered) - 1

    def _fold(self, trial: Trial, workspace: Workspace, position: int) -> FoldEvaluation:
        parent = multiprocessing.parent_process()
        if parent is not None and not parent.is_alive():
            raise KeyboardInterrupt  # nobody waits for this worker any more
        scratch = workspace.path / self._presence.name / f"trial={trial.number}-fold={position}"
        with removed(scratch), collected() as raised:
            try:
                found = evaluate_fold(replace(workspace, path=scratch), position, self._setting.shared)
            except KitError as error:
                raise self._with_kept_log(error, scratch, trial.number) from error
            finally:
                # Of a fold that failed, too, and before it may be pruned.
                warned = dict.fromkeys([*trial.user_attrs.get(WARNINGS, []), *raised])
                if warned:
                    trial.set_user_attr(WARNINGS, list(warned))
        if self._setting.objective != "pareto":
            self._report(trial, found, position)
        return found

    def _report(self, trial: Trial, found: FoldEvaluation, position: int) -> None:
        if found.rows is None:
            return
        reduced = found.rows["reduced"].to_numpy()
        for block, rows in enumerate(row_blocks(found.rows["row"].to_numpy())):
            trial.report(float(reduced[rows].mean()), step_of(position, block))

    def _with_kept_log(self, error: KitError, scratch: Path, number: int) -> KitError:
        """Move the traceback of a failed fit out of the scratch directory, and name its new place."""
        # An engine's error tells how its run goes on; a trial has no run.
        text = str(error).partition("; what is finished stays in ")[0]
        logs, kept = scratch / "errors", self._setting.errors / f"trial={number}"
        if not logs.is_dir():
            return type(error)(text)
        with suppress(OSError):
            shutil.rmtree(kept, ignore_errors=True)
            kept.parent.mkdir(parents=True, exist_ok=True)
            logs.rename(kept)
        return type(error)(text.replace(str(logs), str(kept)))


def _as_kit_error(error: Exception) -> KitError:
    if isinstance(error, KitError):
        return error
    kind = DiskError if isinstance(error, OSError) else RunError
    return kind(f"{type(error).__name__}: {error}")


@contextmanager
def removed(directory: Path) -> Iterator[Path]:
    """Remove a directory when the block ends, however it ends."""
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def seconds_left(setting: Setting) -> float:
    """Return the seconds until no trial is begun any more."""
    return math.inf if setting.deadline is None else setting.deadline - time.time()
