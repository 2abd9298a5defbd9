"""The tables of the study, from the scores that are kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks._measure import machine
from benchmarks.cv_schemes.members import REAL, SCHEMES, SIMULATED, SMALLER, TOGETHER, TRUTH
from kit.comparing.learning_curve import at_all_rows
from kit.metrics.rowwise import MRRMSE
from kit.metrics.scores import Scores
from kit.reports.agreement import agreement, of_recipes
from kit.reports.comparison import RECIPE
from kit.reports.markdown import markdown_table

Find = Callable[[str, str, str], Path]
"""Returns the file of the scores of a recipe on a data set by a scheme."""

FITTED_ON_ALL = "{}, at all rows"


def report(find: Find, members: list[str]) -> str:
    """Return the tables of every scheme that all of the recipes were scored by.

    Args:
        find: Where scores are kept.
        members: The recipes.
    """
    schemes = [name for name in [*SCHEMES, *TOGETHER] if _is_there(find, name, members)]
    choice = pd.DataFrame([line for scheme in schemes for line in _simulated(find, scheme, members)])
    parts = [
        f"{machine()}. {len(members)} recipes, {len(SIMULATED)} simulated competitions.",
        "## What the schemes are worth, by the hidden rows of simulated competitions",
        markdown_table(choice),
        "## Recipes: hidden rows (mean of the simulated competitions) and the schemes' scores",
        markdown_table(_recipes(find, schemes, members)),
    ]
    on_real = [scheme for scheme in schemes if _is_there(find, scheme, members, REAL)]
    if all(find(REAL, TRUTH, name).is_file() for name in members) and on_real:
        lines = [line for scheme in on_real for line in _lines(find, scheme, members, REAL)]
        parts += ["## The real data's 94 public rows, looked at after the choice", markdown_table(pd.DataFrame(lines))]
    return "\n\n".join(parts)


def _is_there(find: Find, scheme: str, members: list[str], *data: str) -> bool:
    parts = TOGETHER.get(scheme, (scheme,))
    return all(find(one, part, name).is_file() for one in data or SIMULATED for part in parts for name in members)


def _simulated(find: Find, scheme: str, members: list[str]) -> Iterator[dict[str, object]]:
    """Yield the lines of a scheme, joined over the simulated competitions."""
    by_data = [_lines(find, scheme, members, data) for data in SIMULATED]
    for lines in zip(*by_data, strict=True):
        frame = pd.DataFrame(lines)
        of_each = ", ".join(f"{value:.2f}" for value in frame["spearman"])
        yield {
            "scheme": frame["scheme"][0],
            "rows": frame["rows"][0],
            "Spearman": f"{frame['spearman'].mean():.2f} ({of_each})",
            "lost": frame["lost"].mean(),
            "overshoot": frame["overshoot"].mean(),
            "intervals": _total(frame["intervals"]),
            "differences": _total(frame["differences"]),
            "CPU s": frame["CPU s"].mean(),
        }


def _total(counts: pd.Series) -> str:
    """Return the sum of counts "9 of 12"."""
    pairs = [text.split(" of ") for text in counts if text]
    return f"{sum(int(a) for a, _ in pairs)} of {sum(int(b) for _, b in pairs)}" if pairs else ""


def _lines(find: Find, scheme: str, members: list[str], data: str) -> list[dict[str, object]]:
    """Return the line of a scheme on a data set and, with smaller folds, that of what a learning curve expects."""
    scores, test = _scores(find, data, scheme, members), _scores(find, data, TRUTH, members)
    expected = {}
    if (smaller := SMALLER.get(scheme)) and _is_there(find, smaller, members, data):
        found, less = of_recipes(scores), of_recipes(_scores(find, data, smaller, members))
        shares = [_share(find, data, name, members[0]) for name in (scheme, smaller)]
        expected = {name: at_all_rows(found[name], shares[0], less[name], shares[1]) for name in members}
    true = of_recipes(test)
    lines = []
    for line, name, values in zip(
        agreement(scores, test, expected).to_dict("records"),
        (scheme, FITTED_ON_ALL.format(scheme)),
        (of_recipes(scores), pd.Series(expected, dtype=float)),
        strict=False,
    ):
        lines.append(
            {
                "scheme": name,
                "rows": scores.rows["row"].nunique(),
                "spearman": line["spearman"],
                # What is lost by taking the recipe that the scheme has as the best.
                "lost": true[values.idxmin()] - true.min(),
                "overshoot": line["overshoot"],
                "intervals": line["intervals"],
                "differences": line["differences"],
                "CPU s": _seconds(find, data, scheme, members),
            }
        )
    return lines


def _scores(find: Find, data: str, scheme: str, members: list[str]) -> Scores:
    """Return the scores of all recipes by a scheme; those of several schemes together count the same."""
    parts = []
    for name in members:
        for part in TOGETHER.get(scheme, (scheme,)):
            rows = pd.read_parquet(find(data, part, name))
            weight = rows["weight"] / rows["weight"].sum()
            # A row that two schemes validate is a line of each.
            fold = part + ": " + rows["fold"].astype(str)
            parts.append(rows.assign(member=name, kind=RECIPE, seed=0, weight=weight, fold=fold))
    joined = pd.concat(parts, ignore_index=True).astype({"row": str, "cluster": str})
    return Scores((MRRMSE(),), joined)


def _share(find: Find, data: str, scheme: str, member: str) -> float:
    return float(pd.read_parquet(find(data, scheme, member))["share"].iloc[0])


def _seconds(find: Find, data: str, scheme: str, members: list[str]) -> float:
    """Return the CPU seconds of all recipes."""
    parts = TOGETHER.get(scheme, (scheme,))
    return float(
        np.sum([pd.read_parquet(find(data, part, name))["cpu_s"].iloc[0] for part in parts for name in members])
    )


def _recipes(find: Find, schemes: list[str], members: list[str]) -> pd.DataFrame:
    """Return a line a recipe: the mean over simulated competitions of the truth's score and of every scheme's."""
    columns = {
        name: np.mean([of_recipes(_scores(find, data, name, members)) for data in SIMULATED], axis=0)
        for name in [TRUTH, *schemes]
    }
    table = pd.DataFrame({"recipe": members} | columns)
    return table.sort_values(TRUTH, ignore_index=True)
