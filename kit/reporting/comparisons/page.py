"""The page of a comparison."""

from __future__ import annotations

from collections.abc import Iterator

from kit.digits import format_number
from kit.reporting.comparisons import rows, scores, worth
from kit.reporting.comparisons.facts import ComparisonFacts, decided
from kit.reports.page import Answer, Page


def comparison_page(facts: ComparisonFacts) -> Page:
    """Return the page of a comparison: which recipe is best, whether that is decided, where, and at what cost."""
    config, about = facts.config, facts.about
    first = facts.scores.where(member=facts.best).rows
    shown = {
        "recipes": str(len(facts.recipes)),
        "validated rows": f"{first['row'].nunique():,}",
        "folds": str(first["fold"].nunique()),
        "metric": facts.axis,
    }
    if facts.floor is not None:
        shown["best floor"] = f"{facts.floor['member']} {format_number(facts.floor[facts.metric_name])}"
    found = [
        scores.leaderboard(facts),
        scores.differences(facts),
        rows.wins(facts),
        scores.parts(facts),
        rows.farthest(facts),
        scores.seeds(facts),
        worth.costs(facts),
        worth.truth(facts),
        worth.calibrated(facts),
    ]
    seeds = f", {facts.n_seeds} seeds each" if facts.n_seeds > 1 else ""
    return Page(
        title=f"{config.title or config.competition}: comparison of {_listed(list(map(str, facts.recipes.index)))}",
        subtitle=f"{len(facts.recipes)} recipes on the same folds by {config.folds.kind}{seeds}; {about['date']}",
        headline=f"{scores.lead(facts)}.",
        facts=shown,
        sections=[section for section in found if section is not None],
        command=about["command"],
        notes=[f"{label} failed: {why}" for label, why in about["failures"].items()],
        answers=list(_answers(facts)),
        versions=dict(part.rsplit(" ", 1) for part in about["versions"].split(", ")) | {"machine": about["machine"]},
    )


def _answers(facts: ComparisonFacts) -> Iterator[Answer]:
    """Yield what a reader comes to ask."""
    line = facts.recipes.iloc[0]
    score, low, high = (format_number(line[part]) for part in (facts.metric_name, "low", "high"))
    ahead = scores.floor_ahead(facts)
    best = facts.best if ahead is None else f"None beats the floor {ahead}"
    of_best = f"{facts.best}: {facts.metric_name} {score} (95 % interval {low} to {high})."
    yield Answer("Which recipe is best?", best, of_best)
    others = [str(member) for member in facts.recipes.index[1:]]
    if not others:
        return
    undecided = [other for other in others if not decided(facts.gain(facts.best, other))]
    answer = f"Not against {_listed(undecided)}" if undecided else "Yes, against every other recipe"
    why = f"Its lead over {facts.second} is {scores.in_words(facts.gain(facts.best, others[0]))}."
    more = " One seed each: --seeds 3 tells what seeds alone do." if facts.n_seeds < 2 else ""
    yield Answer("Is that decided?", answer, why + more)
    cheap = worth.cheapest_as_good(facts)
    costs = [f"{name} {worth.duration(float(facts.recipes['cpu_s'][name]))}" for name in {facts.best: 0, cheap: 0}]
    answer = "Yes, as far as can be decided" if cheap == facts.best else f"Not decidedly: {cheap} is cheaper"
    yield Answer("Is the best worth its cost?", answer, f"CPU time: {', '.join(costs)}.")


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 4 else f"{names[0]} and {len(names) - 1} others"
