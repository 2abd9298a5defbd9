"""The section about the ledger: cross-validation against the leaderboard."""

from __future__ import annotations

import pandas as pd
from scipy.stats import spearmanr

from kit.reporting.facts import RunFacts
from kit.reports.page import Section
from kit.reports.page.svg import FIRST, drawing

LEAST = 4
"""Submissions from which on a rank correlation says something."""


def ledger(facts: RunFacts) -> Section | None:
    """Cross-validation against what the leaderboard answered, over all submissions of the competition."""
    file = facts.path.parents[2] / "ledger.csv"
    if not file.is_file():
        return None
    table = pd.read_csv(file)
    table = table[table["competition"] == facts.recipe.competition]
    part = "private" if table["private"].notna().sum() >= LEAST else "public"
    known = table.dropna(subset=["cv", part])
    if len(known) < 2:
        return None
    rank = float(spearmanr(known["cv"], known[part]).statistic) if len(known) >= LEAST else float("nan")
    with drawing(width=5.2, height=3.4) as made:
        [axes] = made.axes()
        axes.plot(known["cv"], known[part], "o", color=FIRST)
        for _, line in known.iterrows():
            axes.annotate(
                str(line["recipe"])[:20],
                (line["cv"], line[part]),
                fontsize=8,
                xytext=(3, 3),
                textcoords="offset points",
            )
        axes.set_xlabel("cross-validation")
        axes.set_ylabel(f"{part} leaderboard")
    said = f": Spearman {rank:.2f}" if len(known) >= LEAST else f" ({LEAST} are needed to say how well)"
    return Section(
        key="ledger",
        title=f"Cross-validation orders {len(known)} submissions as the {part} leaderboard does{said}",
        figure=made.svg,
        description=f"Score on the {part} leaderboard against cross-validation",
        tables={"Submissions": known[["time", "recipe", "cv", "public", "private"]]},
    )
