"""The section about the ledger: cross-validation against the leaderboard."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from kit.reporting.facts import RunFacts
from kit.reports.page import Section
from kit.reports.page.charts import name_points
from kit.reports.page.svg import FIRST, drawing

LEAST = 4
"""Submissions from which on a rank correlation says something."""

MOST_NAMED = 10
"""Of more submissions the figure names the first; the table has all."""


def agreement_with_leaderboard(facts: RunFacts) -> str:
    """Return what the leaderboard has said of cross-validation so far, in a sentence."""
    known, part = _answered(facts)
    if len(known) < LEAST:
        return (
            f"What a leaderboard says of such scores is not known: it has answered {len(known)} submissions of this "
            f"competition ({LEAST} are needed)."
        )
    rank = _rank(known, part)
    return f"Cross-validation has ordered {len(known)} submissions {_words(rank, part)}."


def ledger(facts: RunFacts) -> Section | None:
    """Cross-validation against what the leaderboard answered, over all submissions of the competition."""
    known, part = _answered(facts)
    if len(known) < 2:
        return None
    rank = _rank(known, part) if len(known) >= LEAST else float("nan")
    with drawing(height=3.4) as made:
        [axes] = made.axes()
        axes.plot(known["cv"], known[part], "o", color=FIRST)
        axes.margins(x=0.15)
        axes.set_xlabel(f"{facts.metric_name}, cross-validation")
        axes.set_ylabel(f"{facts.metric_name}, {part} leaderboard")
        places = known[["cv", part]].to_numpy(dtype=np.float64)
        name_points(axes, places[:MOST_NAMED], list(known["recipe"])[:MOST_NAMED])
    said = f" {_words(rank, part)}" if len(known) >= LEAST else f"; {LEAST} are needed to say how well"
    return Section(
        key="ledger",
        title=f"Cross-validation orders {len(known)} submissions{said}",
        figure=made.svg,
        description=f"Score on the {part} leaderboard against cross-validation",
        tables={"Submissions": known[["time", "recipe", "cv", "public", "private"]]},
    )


def _answered(facts: RunFacts) -> tuple[pd.DataFrame, str]:
    """Return the submissions that a leaderboard has answered, and which leaderboard."""
    file = facts.path.parents[2] / "ledger.csv"
    if not file.is_file():
        return pd.DataFrame(), "public"
    table = pd.read_csv(file)
    table = table[table["competition"] == facts.recipe.competition]
    part = "private" if table["private"].notna().sum() >= LEAST else "public"
    return table.dropna(subset=["cv", part]), part


def _rank(known: pd.DataFrame, part: str) -> float:
    return float(spearmanr(known["cv"], known[part]).statistic)


def _words(rank: float, part: str) -> str:
    how = "much as" if rank >= 0.7 else "roughly as" if rank >= 0.4 else "hardly as"
    if rank <= -0.4:
        return f"against the order of the {part} leaderboard: Spearman {rank:.2f}"
    return f"{how} the {part} leaderboard does: Spearman {rank:.2f}"
