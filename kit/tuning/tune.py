"""`tune`: from a recipe with a search space to the recipe with the best values."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import optuna
from optuna import Study

from kit.config.build import build_metric
from kit.data import Competition
from kit.errors import InputError
from kit.files import remove_stale
from kit.names import why_no_name
from kit.training.planning.plan import make_folds
from kit.tuning.options import TuneOptions
from kit.tuning.results.conclude import check_output, conclude, default_output
from kit.tuning.results.holdout import divide
from kit.tuning.results.progress import Reporter, TrialEnd
from kit.tuning.results.results import TuneResult
from kit.tuning.storage.requeue import WARM, give_up_dead
from kit.tuning.storage.storage import Place, teaching_storage_errors
from kit.tuning.trials.processes import work_in_processes
from kit.tuning.trials.setting import Setting
from kit.tuning.trials.space import check_space, to_params
from kit.tuning.trials.study_key import check_study_key, reference_recipe, study_key
from kit.tuning.trials.worker import n_done, quiet, taking_lock, work

if TYPE_CHECKING:
    from kit.config.search_recipe import SearchRecipe

_CONTENT = "content"
"""The study's user attribute that holds what it is a study of."""


class TuneObserver(Protocol):
    """Is told how a study goes; the command line shows it."""

    def note(self, text: str) -> None:
        """Something that a person wants to know."""

    def started(self, n_trials: int, n_done: int) -> None:
        """Trials begin; so many of all are done already."""

    def finished(self, trial: TrialEnd) -> None:
        """A trial ended, of this call or of another process."""


class _Silent:
    def note(self, text: str) -> None:
        pass

    def started(self, n_trials: int, n_done: int) -> None:
        pass

    def finished(self, trial: TrialEnd) -> None:
        pass


def tune(
    search: SearchRecipe,
    competition: Competition,
    out: Path,
    options: TuneOptions,
    observer: TuneObserver | None = None,
) -> TuneResult:
    """Search for a recipe's best values, from wherever an earlier call was interrupted.

    The study's directory is ``<out>/<competition>/studies/<study>/``, for a storage that is given
    ``…/<study>-<key of the storage>/``: a study of the same name elsewhere is another one.
    Several calls on one study, in several processes, share its trials.

    Args:
        search: What `kit.config.search_recipe.load_search` returned.
        competition: The tables.
        out: Where runs and studies are kept.
        options: How to search.
        observer: Is told how it goes.

    Raises:
        ConfigError: There is nothing to search.
        InputError: An option does not fit, the storage cannot be used, the recipe does not fit the tables.
        StateError: A study of this name was begun with something else, or the storage failed.
        RunError: No trial succeeded, or every worker died.
    """
    options.check()
    observer = observer or _Silent()
    name = _checked_name(options.study or search.name)
    output = check_output(options.output or default_output(search.path, name), search.path)
    check_space(search.dimensions, str(search.path))
    recipe = reference_recipe(search)
    config = recipe.config
    with recipe.placing():
        division = divide(make_folds(config, competition), options.holdout)
    place, directory = _where(out.resolve() / config.competition / "studies" / name, options.storage)
    setting = Setting(
        search=search,
        competition=competition,
        directory=directory,
        place=place,
        name=name,
        objective=options.objective,
        folds=division.scored,
        metric=build_metric(config, competition.targets),
        seed=config.seed if options.seed is None else options.seed,
        trials=options.trials,
        deadline=None if options.timeout is None else time.time() + options.timeout,
    )
    with quiet(), teaching_storage_errors(place):
        described = study_key(search, config, competition, division.scored, options.objective, division.name)
        study = _begin(setting, described, observer)
        _carry_out(setting, study, options.jobs, observer)
        return conclude(study, setting, division, output, options.command)


def _begin(setting: Setting, described: dict[str, str], observer: TuneObserver) -> Study:
    """Make the study, or check that the one there is goes on with the same; enqueue what it starts with."""
    storage = setting.place.open()
    with taking_lock(setting):
        study = optuna.create_study(
            storage=storage, study_name=setting.name, directions=setting.directions, load_if_exists=True
        )
        kept = study.user_attrs.get(_CONTENT)
        if kept is None:
            trials = study.get_trials(deepcopy=False)
            if any(WARM not in trial.user_attrs for trial in trials):
                raise InputError(
                    f"the study {setting.name!r} in {setting.place} is not of `kit tune`; give another --study NAME"
                )
            if not trials:
                _enqueue_present(study, setting, observer)
            # Last: a study that was cut off before does not lose the trial with which it begins.
            study.set_user_attr(_CONTENT, described)
        else:
            check_study_key(setting.name, kept, described)
        for trial in give_up_dead(study, setting.workers, setting.all_meet):
            observer.note(f"trial {trial.number} was cut off; its values are tried again")
        if not study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,)):
            # Nobody works here: what killed workers left half-written can go.
            remove_stale(setting.shared.rglob(".*.tmp*"))
    return study


def _enqueue_present(study: Study, setting: Setting, observer: TuneObserver) -> None:
    dimensions = setting.search.dimensions
    values = setting.search.present_values()
    if values is None:
        observer.note("no warm start: some of the searched values have no present value (`value: …` beside them)")
        return
    params, outside = to_params(dimensions, values)
    if outside:
        observer.note(f"no warm start: the present value of {', '.join(outside)} is outside its search space")
        return
    study.enqueue_trial(params, user_attrs={WARM: True})


def _carry_out(setting: Setting, study: Study, jobs: int, observer: TuneObserver) -> None:
    done = n_done(study)
    if done >= setting.trials:
        has = f"the study has {done} {'trial' if done == 1 else 'trials'} already"
        observer.note(f"{has}; none is begun, a greater --trials begins more")
    elif done:
        observer.note(f"{done} of {setting.trials} trials are done already")
    observer.started(setting.trials, min(done, setting.trials))
    if done >= setting.trials:
        return
    if setting.no_pruning is not None:
        observer.note(setting.no_pruning)
    reporter = Reporter(study, observer.finished)
    missing = setting.trials - done
    if min(jobs, missing) == 1:
        work(setting, reporter.look)
    else:
        work_in_processes(setting, min(jobs, missing), study, reporter.look, observer.note)
    reporter.look(study)
    left = setting.trials - n_done(study)
    if left > 0:
        observer.note(f"stopped with {left} trials to go; the same command goes on")


def _where(directory: Path, storage: str | None) -> tuple[Place, Path]:
    """Return where a study's trials are kept and its own directory, which no study in another storage has."""
    place = Place.of(storage, directory)
    return place, directory.with_name(f"{directory.name}-{place.key}") if place.given else directory


def _checked_name(name: str) -> str:
    """Return a study's name that can be a directory's.

    Raises:
        InputError: It cannot.
    """
    if why := why_no_name(name):
        raise InputError(f"study: {name!r}: {why}")
    return name
