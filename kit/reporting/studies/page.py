"""The page of a study."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from kit.digits import format_number
from kit.reporting.studies import trials, values
from kit.reporting.studies.facts import StudyFacts, short_names
from kit.reports.page import Answer, Page
from kit.reports.study import LEVEL, against_start


def study_page(facts: StudyFacts) -> Page:
    """Return the page of a study: its best values, whether they are more than luck, and what the trials say."""
    best, table = facts.best, facts.trials
    folds = list(best["fold_scores"])
    states = table["state"].value_counts()
    shown = {
        "values searched": str(len(facts.searched)),
        "trials": str(len(table)),
        "finished": str(states.get("complete", 0)),
        "pruned": str(states.get("pruned", 0)),
        "failed": str(states.get("fail", 0)),
        "CPU time of the fits": f"{table['cpu_s'].sum():.3g} s",
    }
    if best["holdout"]:
        shown["hold-out"] = f"{best['holdout']['fold']}: {format_number(best['holdout']['best']['holdout'])}"
    found = [
        values.best_values(facts),
        trials.history(facts),
        values.importance(facts),
        values.slices(facts),
        values.together(facts),
        trials.by_fold(facts),
        trials.pareto(facts),
        trials.failures(facts),
    ]
    return Page(
        title=f"Study {best['study']}: the best of {len(table)} trials",
        subtitle=f"{facts.axis}, chosen by {_OBJECTIVES[best['objective']]} over {len(folds)} "
        f"{'fold' if len(folds) == 1 else 'folds'} ({', '.join(folds)})",
        headline=f"{values.lead(facts)}.",
        facts=shown,
        sections=[section for section in found if section is not None],
        command=_commands(facts),
        notes=list(best.get("warnings", [])),
        command_title="To take the best values, and to go on",
        answers=list(_answers(facts)),
    )


def _answers(facts: StudyFacts) -> Iterator[Answer]:
    """Yield what a reader comes to ask."""
    start, luck = facts.start, facts.best.get("luck")
    if start is None:
        answer = "Not known: the search began without values"
    elif start["trial"] == facts.best["trial"]:
        answer = "No, nothing that was tried is better"
    elif luck is None:
        answer = "Yes, but it may be luck"
    else:
        answer = "Yes, and it is more than luck" if luck["p"] < LEVEL else "It may be luck"
    sentence = against_start(facts.best)
    yield Answer("Are the best values better than the start?", answer, f"{sentence[0].upper()}{sentence[1:]}.")
    names = dict(zip([one.name for one in facts.searched], short_names(facts.searched), strict=True))
    if len(facts.importance):
        most = [f"{names[str(name)]} ({share:.0%})" for name, share in facts.importance.head(3).items()]
        yield Answer("Which values matter?", ", ".join(most), "Their shares of the differences in score.")
    at_edge = values.edges(facts)
    after = len(facts.trials) - 1 - int(facts.best["trial"])
    if at_edge:
        answer, why = f"Search wider in {', '.join(at_edge)}", "The best lies at an edge of what was searched."
    elif after < len(facts.trials) / 4:
        answer, why = "More trials", f"The best came late: {after} trials after it brought nothing better."
    else:
        answer, why = "Take the best values", f"{after} trials after the best one brought nothing better."
    yield Answer("What next?", answer, why)


_OBJECTIVES = {
    "mean": "the mean",
    "ucb": "the mean and one standard error to the worse side",
    "pareto": "the mean (beside CPU seconds)",
}


def _commands(facts: StudyFacts) -> str:
    best = facts.best
    settings = [f"--set {shlex.quote(f'{name}={_yaml(value)}')}" for name, value in best["values"].items()]
    recipe = Path(best["recipe"]).name if "recipe" in best else "RECIPE.yaml"
    lines = []
    if "output" in best:
        lines += ["# the recipe with the best values", f"kit train {Path(best['output']).name}", ""]
    lines += ["# or one value at a time", f"kit train {recipe} {' '.join(settings)}"]
    if "command" in best:
        lines += ["", "# more trials: the same command with a greater --trials goes on", best["command"]]
    lines += ["", "# this page again, from the study's folder", f"kit report {shlex.quote(str(facts.path))}"]
    return "\n".join([*lines, "", f"# its trials lie in {best['storage']}"])


def _yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
