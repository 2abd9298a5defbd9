"""The three questions that a reader comes with, answered in front of all findings, and what to try next."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from kit.digits import format_number
from kit.metrics.base import metric_name
from kit.metrics.scores import Difference, Scores
from kit.reporting.facts import RunFacts
from kit.reporting.history import agreement_with_leaderboard
from kit.reports.comparison import BETTER, OPEN, WORSE, verdict
from kit.reports.page import Answer
from kit.reports.verdict import in_brackets, run_verdict
from kit.training.notices import read_warnings

FEW = 20
"""Of fewer independent clusters (compounds, or rows) an interval says little about other ones."""

_NAMED_ROWS = 3


def answers(facts: RunFacts) -> Iterator[Answer]:
    """Yield the questions with their answers."""
    *said, advice = [*run_verdict(facts.scores, facts.board, facts.contributions), ""]
    if advice == "" and said:
        advice = said.pop()
    yield _best(facts, said)
    yield _trust(facts)
    if (failing := _failing(facts)) is not None:
        yield failing
    if advice:
        tips = advice.removeprefix("Next: ")
        yield Answer("What to try next?", tips if tips.startswith("kit ") else tips[:1].upper() + tips[1:])


def _best(facts: RunFacts, said: list[str]) -> Answer:
    """Name the best member, and say whether it is the one that was handed in and beats the next beyond chance."""
    name = facts.metric_name
    models = facts.board[facts.board["kind"].isin(("model", "blend"))].dropna(subset=[name])
    ordered = models.sort_values(name, ascending=not facts.metric.greater_is_better, kind="stable")
    best = ordered.iloc[0]
    second = ordered.iloc[min(1, len(ordered) - 1)]
    # Of a blend that is worse than its best member the verdict says so already.
    if len(ordered) > 1 and second["kind"] != "blend":
        found = _of(facts, best).difference(_of(facts, second))
        judged = verdict(found, facts.metric.greater_is_better)
        apart = "which may be chance" if judged == OPEN else "which is more than chance"
        said.append(f"The next, {_named(second, name)}, is {format_number(abs(found.mean))} worse, {apart}.")
    return Answer("Which model is best?", _best_lead(facts, best), " ".join(said))


def _best_lead(facts: RunFacts, best: pd.Series) -> str:
    """Say which member is best: none where a floor is better, and whether it is the one that predicts."""
    name, handed_in, floor = facts.metric_name, facts.main_line, facts.best("floor")
    if floor is not None and facts.gain(floor[name], best[name]) > 0:
        return f"None: the floor {floor['member']} ({name} {format_number(floor[name])}) is better than every model"
    named = f"{best['member']} ({name} {format_number(best[name])})"
    if best["member"] == handed_in["member"] and best["kind"] == handed_in["kind"]:
        return f"{named}, which is the one that predicts"
    found = _of(facts, best).difference(_of(facts, handed_in))
    if verdict(found, facts.metric.greater_is_better) == OPEN:
        return f"{named}; {_named(handed_in, name)}, which is the one that predicts, is as good within chance"
    return f"{named}, but {_named(handed_in, name)} is the one that predicts"


def _trust(facts: RunFacts) -> Answer:
    """Say how far the score can be trusted: against chance, by how much was hidden, and by past leaderboards."""
    floor, judged, found = facts.best("floor"), OPEN, None
    if floor is not None:
        found = _of(facts, facts.main_line).difference(_of(facts, floor))
        judged = verdict(found, facts.metric.greater_is_better)
    if floor is not None and judged == OPEN:
        lead = f"Not enough to tell it from the floor {floor['member']}: the difference may be chance"
    elif floor is not None and judged == WORSE:
        lead = f"Yes, and it is bad: the floor {floor['member']}, which learns next to nothing, is better beyond chance"
    elif facts.n_clusters < FEW:
        lead = f"Roughly: it rests on {_counted(facts)} only, and other ones may score otherwise"
    else:
        lead = f"Yes, as far as its {_count_folds(facts)} resemble the rows to predict"
    return Answer("Can the score be trusted?", lead, " ".join(_grounds(facts, judged, found)))


def _grounds(facts: RunFacts, judged: str, found: Difference | None) -> Iterator[str]:
    """Yield what the trust in the score rests on, a sentence each."""
    name, summary, floor = facts.metric_name, facts.summary, facts.best("floor")
    low, high = summary["interval"]
    yield f"{name} lies between {format_number(low)} and {format_number(high)} (95 % interval)."
    if floor is not None and found is not None and judged == BETTER:
        gap = f"{format_number(abs(found.mean))}{in_brackets(found)}"
        yield f"It is better than the best floor, {_named(floor, name)}, by {gap}, which is more than chance."
    hidden = f"{summary['validated_rows']} rows"
    if facts.recipe.columns.compound is not None:
        hidden += f" of {_counted(facts)}"
    hidden += f" were hidden in {_count_folds(facts)} ({facts.recipe.folds.kind})"
    yield f"{hidden} from the models that predicted them."
    by_fold = summary["by_fold"].values()
    if len(by_fold) > 1:
        yield f"From fold to fold the score goes from {format_number(min(by_fold))} to {format_number(max(by_fold))}."
    yield agreement_with_leaderboard(facts)
    if warnings := read_warnings(facts.path):
        yield f"What is odd about the run stands at the end ({len(warnings)})."


def _failing(facts: RunFacts) -> Answer | None:
    """Name the worst rows, the hardest group, and how many rows a floor predicts better."""
    rows, metric = facts.main_rows, facts.row_metric
    if metric is None:
        return None
    name, high_is_good = metric_name(metric), metric.greater_is_better
    ordered = rows.sort_values(name, ascending=high_is_good, kind="stable")
    keys = facts.row_names(ordered.head(_NAMED_ROWS))
    worst = [f"{key} ({format_number(value)})" for key, value in zip(keys, ordered[name], strict=False)]
    said = [f"The median row has {name} {format_number(float(rows[name].median()))}."]
    beside = facts.beside_floor
    if beside is not None:
        said.append(
            f"{facts.n_worse_than_floor} of {len(beside)} rows are predicted worse than by the floor "
            f"{beside.attrs['floor']}."
        )
    if rows["group"].nunique() > 1:
        means = rows.groupby("group")[name].mean().sort_values(ascending=high_is_good)
        easy, hard = means.index[-1], means.index[0]
        said.append(
            f"{hard} is the hardest group ({format_number(means.iloc[0])}), {easy} the easiest "
            f"({format_number(means.iloc[-1])})."
        )
    return Answer("Which rows fail?", "; ".join(worst), " ".join(said))


def _of(facts: RunFacts, line: pd.Series) -> Scores:
    return facts.scores.where(member=str(line["member"]), kind=str(line["kind"]))


def _named(line: pd.Series, metric: str) -> str:
    return f"{line['member']} ({format_number(line[metric])})"


def _count_folds(facts: RunFacts) -> str:
    number = facts.oof_rows["fold"].nunique()
    return f"{number} fold{'s' if number > 1 else ''}"


def _counted(facts: RunFacts) -> str:
    """Return how many independent clusters were validated, with their name."""
    compound = facts.recipe.columns.compound
    return f"{facts.n_clusters} {'rows' if compound is None else 'compounds'}"
