"""The page of a comparison."""

from __future__ import annotations

from kit.digits import format_number
from kit.reporting.comparisons import rows, scores, worth
from kit.reporting.comparisons.facts import ComparisonFacts
from kit.reports.page import Page


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
        subtitle=f"{len(facts.recipes)} recipes on the same folds by {config.folds.kind}{seeds}; {about['date']}, "
        f"{about['machine']}",
        headline=f"{scores.lead(facts)}.",
        facts=shown,
        sections=[section for section in found if section is not None],
        command=f"{about['command']}\n\n{about['versions']}",
        notes=[f"{label} failed: {why}" for label, why in about["failures"].items()],
    )


def _listed(names: list[str]) -> str:
    return ", ".join(names) if len(names) <= 4 else f"{names[0]} and {len(names) - 1} others"
