"""``kit tune``."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kit.cli.commands import this_command
from kit.cli.inputs import read_tables
from kit.cli.options import DataRoot, Out, Overrides, Report
from kit.cli.output import Document, answer, complain, note, one_line, say, show_table
from kit.cli.progress import Display
from kit.cli.report import page_at_end
from kit.digits import format_number

if TYPE_CHECKING:
    from kit.tuning import TuneResult
    from kit.tuning.results.progress import TrialEnd


class Objective(StrEnum):
    """The objectives of a study."""

    mean = "mean"
    ucb = "ucb"
    pareto = "pareto"


_OBJECTIVE_HELP = (
    "Mean of the folds, mean plus one standard error, or score against CPU seconds of the fits (target "
    "transforms and feature blocks, which trials share, count in the first trial that needs them)."
)
_HOLDOUT_HELP = (
    "A fold on which no trial is scored, pruned or chosen (`last`: the last one); the best one is scored on it at the "
    "end. Its rows stay training rows of the other folds."
)


def tune(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE.yaml", help="A recipe with a search space.")],
    trials: Annotated[
        int, typer.Option(min=1, metavar="N", help="Trials that the study is to have in all, pruned ones included.")
    ],
    storage: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="A database (for several machines: postgresql+psycopg://user@host/database), or a journal file that "
            "only studies write (default: in the study's folder).",
        ),
    ] = None,
    study: Annotated[str | None, typer.Option(metavar="NAME", help="The study (default: the recipe's name).")] = None,
    timeout: Annotated[
        float | None, typer.Option(metavar="S", help="Begin no trial after so many seconds.", show_default=False)
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, metavar="N", help="Worker processes, one thread each.")] = 1,
    objective: Annotated[Objective, typer.Option(help=_OBJECTIVE_HELP)] = Objective.mean,
    holdout: Annotated[str | None, typer.Option(metavar="FOLD", help=_HOLDOUT_HELP)] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where the tuned recipe goes (default: RECIPE.tuned.yaml, with --study RECIPE.NAME.tuned.yaml).",
        ),
    ] = None,
    overrides: Overrides = [],  # noqa: B006 - typer reads the default
    data: DataRoot = None,
    out: Out = Path("submissions"),
    seed: Annotated[int | None, typer.Option(min=0, metavar="N", help="Default: the recipe's.")] = None,
    report: Report = True,
) -> Document:
    """Search for a recipe's best values: trials on its folds.

    Several of the same command share a study; each goes on where an earlier one was interrupted.
    """
    from kit.config.search_recipe import load_search
    from kit.reporting.studies.facts import StudyFacts
    from kit.reporting.studies.page import study_page
    from kit.reports.page import write_page
    from kit.tuning import TuneOptions
    from kit.tuning import tune as run_study
    from kit.tuning.trials.space import check_space
    from kit.tuning.trials.study_key import reference_recipe

    search = load_search(recipe, overrides)
    check_space(search.dimensions, str(search.path))
    loaded = reference_recipe(search)
    competition = read_tables(loaded, data)
    title = loaded.config.title or loaded.config.competition
    say(one_line(f"{title}: {search.name}, {len(search.dimensions)} values searched"))
    options = TuneOptions(
        trials=trials,
        study=study,
        storage=storage,
        timeout=timeout,
        jobs=jobs,
        objective=objective.value,
        holdout=holdout,
        output=output,
        seed=seed,
        command=shown_command(sys.argv[1:]),
    )
    progress = TrialProgress()
    try:
        result = run_study(search, competition, out, options, progress)
    except KeyboardInterrupt:
        progress.close()
        complain(f"stopped; this goes on, and with a smaller --trials it ends with what there is: {this_command()}")
        raise typer.Exit(1) from None
    finally:
        progress.close()
    _show(result)
    page = None
    if report:
        page = page_at_end(result.directory, lambda file: write_page(study_page(StudyFacts(result.directory)), file))
    if page is not None:
        answer(f"report: {page}")
    return {
        "best": result.best,
        "trials": result.trials,
        "importance": result.importance,
        "pareto": result.pareto,
        "warnings": list(result.warnings),
        "study": result.directory,
        "recipe": result.output,
        "report": page,
    }


_UNSHOWN = ("--out", "--output", "--data", "--storage")
"""Options that name places of this machine, and perhaps a password."""
_PRINTING = ("--quiet", "-q", "--json", "--report", "--no-report")
"""Options that say what is printed and written besides."""


def shown_command(arguments: Sequence[str]) -> str:
    """Return a command line as it goes into the head of a recipe: what decides the trials, no places."""
    words = ["kit"]
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word in _PRINTING:
            continue
        name, sign, value = word.partition("=")
        if name not in (*_UNSHOWN, "--set"):
            words.append(word)
            continue
        value = value if sign else (rest.pop(0) if rest else "")
        if name == "--set" and not value.startswith("data."):
            words += [name, value]
    return shlex.join(words)


def _show(result: TuneResult) -> None:
    import pandas as pd

    from kit.reports.study import against_start

    for text in result.warnings:
        note(f"warning: {text}")
    best, trials = result.best, result.trials
    counts = ", ".join(f"{count} {state}" for state, count in trials["state"].value_counts().items())
    say()
    values = [{"value": name, "best": _shown(value)} for name, value in best["values"].items()]
    if result.importance:
        values = [line | {"matters": result.importance.get(str(line["value"]), 0.0)} for line in values]
    show_table(pd.DataFrame(values), f"Best of {len(trials)} trials ({counts})", digits=3)
    if result.pareto is not None:
        say()
        columns = ["trial", "score", "cpu_s", *best["values"]]
        table = result.pareto[[name for name in columns if name in result.pareto]]
        show_table(table, "Trials that no other beats in score and CPU seconds")
    say()
    warm = best["present_values"]
    is_start = warm and warm["trial"] == best["trial"]
    before = f" (present values: {format_number(warm['score'])})" if warm else ""
    answer(f"score: {best['metric']} {format_number(best['score'])}{before}, trial {best['trial']}")
    say(f"{against_start(best)}{'; more --trials, or a wider search' if is_start else ''}")
    if best["holdout"]:
        _show_holdout(best["holdout"])
    answer(f"study: {result.directory}")
    answer(f"recipe: {result.output}")


def _show_holdout(holdout: Mapping[str, Any]) -> None:
    import pandas as pd

    lines = [
        {"values": name, "trials' folds": line["study"], "hold-out": line["holdout"], "gap": line["gap"]}
        for name, line in (("best trial", holdout["best"]), ("present", holdout["present"]))
        if line
    ]
    say()
    show_table(pd.DataFrame(lines), f"Hold-out {holdout['fold']}, on which no trial was scored")
    if holdout["present"]:
        changes = [holdout["best"][part] - holdout["present"][part] for part in ("study", "holdout")]
        say(f"change of score by tuning: {changes[0]:+.4f} on the trials' folds, {changes[1]:+.4f} on the hold-out")
    say()


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


class TrialProgress(Display):
    """Shows trials as they end."""

    def __init__(self) -> None:
        super().__init__("trials")
        self._last = ""

    def started(self, n_trials: int, n_done: int) -> None:
        """Show how many trials there are."""
        self.begin(n_trials, n_done)
        if n_done < n_trials:
            self.show()

    def finished(self, trial: TrialEnd) -> None:
        """Count a trial; one that failed did not bring the study further."""
        self._done += trial.state != "fail"
        if trial.error is not None:
            self.note(f"trial {trial.number} failed: {trial.error}")
        else:
            score = trial.state if trial.score is None else format_number(trial.score)
            self._last = f"trial {trial.number}: {score}"
        self.show(last=self._before + self._done == self._total)

    def scores(self) -> str:
        """Return what the last trial scored."""
        return self._last
