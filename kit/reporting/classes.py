"""What a classification has beside scores: accuracy among confident predictions, and how each class fares."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kit.digits import format_number
from kit.problem_types.class_tables import CLASSES, COVERAGE
from kit.reporting.facts import RunFacts
from kit.reports.leaderboard import MOST_GROUPS
from kit.reports.page import Section
from kit.reports.page.svg import FIRST, SECOND, drawing

FEW_ROWS = 10
"""Of a class with fewer rows in a part of the table, an F1 says little; one of the averages leaves such out."""

MOST_CLASSES = 20
"""Of more classes a table shows the hardest."""

_ALL, _CONFIDENT = "all", 0.5


def class_tables(facts: RunFacts) -> dict[str, pd.DataFrame]:
    """Return the tables that there are by their titles: F1 and validated rows by class, accuracy by confidence."""
    tables = {
        f"F1 by class and {_part(facts)}": _f1_by_part(facts),
        f"Validated rows by class and {_part(facts)}": _rows_by_part(facts),
        "Accuracy among predictions of some confidence": _confident(facts),
    }
    return {title: table for title, table in tables.items() if table is not None}


def _confident(facts: RunFacts) -> pd.DataFrame | None:
    """Return the accuracy at each confidence that some row reaches: ``confidence, rows, kept, accuracy``."""
    table = facts.table(COVERAGE)
    return None if table is None else table[table["rows"] > 0].drop_duplicates("rows", keep="last")


def _rows_by_part(facts: RunFacts) -> pd.DataFrame | None:
    """Return how many validated rows of each class a part has, a column a part; None where there are many parts."""
    table = _of_few_parts(facts)
    if table is None:
        return None
    counts = table.pivot(index="class", columns="part", values="rows").fillna(0).astype(int)
    return _hardest(facts, counts.assign(**{_ALL: counts.sum(axis=1)})).rename_axis("class").reset_index()


def _f1_by_part(facts: RunFacts) -> pd.DataFrame | None:
    """Return the F1 of each class in each part, NaN where it has no rows there, and averages.

    The averages over the classes of a part, and in the column ``all`` over all classes and parts: of all alike, by
    rows, and of those with `FEW_ROWS` rows at least.
    """
    table = _of_few_parts(facts)
    if table is None:
        return None
    there = table[table["rows"] > 0]
    f1 = there.pivot(index="class", columns="part", values="f1")
    f1[_ALL] = _f1_of_classes(there)
    parts = {str(part): of_part for part, of_part in there.groupby("part", sort=False)} | {_ALL: there}
    averages = pd.DataFrame({part: f1_averages(of_part) for part, of_part in parts.items()})
    shown = pd.concat([_hardest(facts, f1), averages[f1.columns]])
    return shown.rename_axis("class").reset_index()


def f1_averages(table: pd.DataFrame) -> pd.Series:
    """Return averages of F1 over lines with ``rows`` and ``f1``: of all alike, by rows, without those of few rows."""
    enough = table[table["rows"] >= FEW_ROWS]
    return pd.Series(
        {
            "mean": table["f1"].mean(),
            "mean by rows": np.average(table["f1"], weights=table["rows"]),
            f"mean of {FEW_ROWS} rows or more": enough["f1"].mean(),
        }
    )


def by_class(facts: RunFacts) -> Section | None:
    """How each class fares in each group, or fold."""
    table = facts.table(CLASSES)
    if table is None:
        return None
    f1 = _f1_of_classes(table)
    averages = f1_averages(table[table["rows"] > 0])
    hardest = f1.index[0]
    tables = {title: of_classes for title, of_classes in class_tables(facts).items() if "class" in title}
    if not tables:
        tables = {"F1 by class": f1.rename("f1").head(MOST_CLASSES).rename_axis("class").reset_index()}
    left_out = f" Of {len(f1)} classes the {MOST_CLASSES} hardest are shown." if len(f1) > MOST_CLASSES else ""
    return Section(
        key="classes",
        title=f"The hardest class is {hardest} (F1 {format_number(f1.iloc[0])}); on average F1 is "
        f"{format_number(averages.iloc[0])} by class and {_part(facts)}, {format_number(averages.iloc[1])} by rows",
        text=f"F1 is the harmonic mean of precision and recall; without a number a class has no rows there. The last "
        f"average leaves out what has fewer than {FEW_ROWS} rows.{left_out}",
        tables=tables,
    )


def coverage(facts: RunFacts) -> Section | None:
    """The accuracy among confident predictions against their share."""
    every, table = facts.table(COVERAGE), _confident(facts)
    if every is None or table is None or len(table) < 2:
        return None
    whole = every.iloc[0]
    at = every[(every["confidence"] <= _CONFIDENT) & (every["rows"] > 0)].iloc[-1]
    with drawing(height=2.8) as made:
        [axes] = made.axes()
        axes.plot(table["kept"], table["accuracy"], "-o", color=FIRST, markersize=4)
        axes.plot(at["kept"], at["accuracy"], "D", color=SECOND, label=f"confidence {at['confidence']:g} or more")
        axes.set_xlabel("share of the rows that are kept")
        axes.set_ylabel("accuracy among them")
        axes.legend()
    return Section(
        key="coverage",
        title=f"At a confidence of {at['confidence']:g}, {at['kept']:.0%} of the rows are kept and "
        f"{at['accuracy']:.1%} of these are right; of all rows {whole['accuracy']:.1%} are",
        text="The confidence is the probability of the likeliest class, as it was predicted out of fold.",
        figure=made.svg,
        description="Accuracy among the rows of some confidence at least, against their share",
        tables={"By confidence": table},
    )


def _of_few_parts(facts: RunFacts) -> pd.DataFrame | None:
    table = facts.table(CLASSES)
    return None if table is None or table["part"].nunique() > MOST_GROUPS else table


def _f1_of_classes(table: pd.DataFrame) -> pd.Series:
    """Return the F1 of each class over all parts together, the hardest first; of classes without any row none."""
    counts = table.groupby("class")[["rows", "named", "hit"]].sum()
    counts = counts[counts["rows"] > 0]
    f1: pd.Series = 2 * counts["hit"] / (counts["rows"] + counts["named"])
    return f1.sort_values(kind="stable")


def _hardest(facts: RunFacts, of_classes: pd.DataFrame) -> pd.DataFrame:
    """Return the lines of the classes that are hardest, or of all where there are few, in the order of their names."""
    table = facts.table(CLASSES)
    assert table is not None
    hardest = set(_f1_of_classes(table).index[:MOST_CLASSES])
    return of_classes[of_classes.index.isin(hardest)]


def _part(facts: RunFacts) -> str:
    return facts.recipe.columns.group or "fold"
