"""The map of the compounds (of the rows, where there are none) by what they do, coloured by error and by mechanism."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.stats import spearmanr

from kit.arrays import Doubles, Ints, blocks
from kit.data.columns import group_labels
from kit.digits import format_number
from kit.metrics.base import Metric, metric_name
from kit.reporting.facts import MOST_CELLS, MOST_POINTS, RunFacts
from kit.reports.page import Section
from kit.reports.page.charts import name_points, short
from kit.reports.page.svg import COLOURS, SEQUENTIAL, SERIES, SHAPES, drawing

_NEIGHBOURS, _NAMED, _LEAST = 3, 4, 8
_MOST_CLASSES = 40
"""A column of more different texts is taken for names, not for mechanisms."""


def compound_map(facts: RunFacts) -> Section | None:
    """Compounds as points that lie together where their responses point the same way.

    A compound's response is the mean of its rows' targets, minus their groups' means, scaled to length 1; the plane is
    that of the first two principal components.
    """
    tables, metric = facts.measured, facts.row_metric
    if tables is None or metric is None:
        return None
    name, compound = metric_name(metric), facts.recipe.columns.compound
    labels = tables.rows[compound].astype(str).to_numpy() if compound else np.arange(tables.n_rows).astype(str)
    items, codes = np.unique(labels, return_inverse=True)
    rng, sampled = np.random.default_rng(0), len(items) > MOST_POINTS
    chosen = np.sort(rng.choice(len(items), MOST_POINTS, replace=False)) if sampled else np.arange(len(items))
    if len(chosen) < _LEAST:
        return None
    responses = _responses(facts, codes, chosen)
    places, share = _plane(responses)
    if places is None:
        return None
    seen = pd.Series(facts.main_rows[name].to_numpy()).groupby(codes[facts.main_rows["row"].to_numpy()]).mean()
    errors = seen.reindex(chosen).to_numpy()
    names = items[chosen] if compound else np.array(_row_names(facts, chosen))
    classes = _classes(facts, codes, chosen)
    what = "compounds" if compound else "rows"
    table = pd.DataFrame({compound or "row": names, name: errors, "x": places[:, 0], "y": places[:, 1]})
    if classes is not None:
        table.insert(1, classes.name, classes.to_numpy())
    table = table[np.isfinite(errors)].sort_values(name, ascending=metric.greater_is_better, kind="stable")
    said = f" Of {len(items):,} {what} a sample of {len(chosen):,}." if sampled else ""
    return Section(
        key="compounds",
        title=_title(responses, errors, table, what, name),
        text=f"Each point is one of the {what}; such as lie together change the targets in the same direction (first "
        f"two principal components, {share.sum():.0%} of the variance). Grey ones were not validated.{said}",
        figure=_figure(places, share, errors, names, classes, metric),
        description=f"Map of the {what} by their responses, coloured by error",
        tables={f"The {what} with the largest errors": table.drop(columns=["x", "y"]).head(12)},
    )


def _plane(responses: Doubles) -> tuple[Doubles | None, Doubles]:
    """Return (n_items, 2) places in the plane of the first two principal components, None without one; their shares."""
    centred = responses - responses.mean(axis=0)
    # Products of items and products of targets say the same; the fewer ones are computed.
    by_target = centred.shape[1] < centred.shape[0]
    products = centred.T @ centred if by_target else centred @ centred.T
    squares, vectors = np.linalg.eigh(products)
    first, total = squares[-2:][::-1], float(np.trace(products))
    if total == 0 or len(first) < 2 or first[1] < 1e-12 * total:
        return None, np.zeros(2)
    plane = vectors[:, [-1, -2]]
    return centred @ plane if by_target else plane * np.sqrt(first), first / total


def _responses(facts: RunFacts, codes: Ints, chosen: Ints) -> Doubles:
    """Return (n_chosen, n_columns) mean responses of length 1; of wide tables a sample of the targets."""
    tables = facts.tables
    assert tables is not None
    n_columns = min(tables.n_targets, max(50, MOST_CELLS // tables.n_rows))
    columns = np.sort(np.random.default_rng(1).choice(tables.n_targets, n_columns, replace=False))
    groups, group_codes = np.unique(group_labels(tables.rows, facts.recipe.columns.group), return_inverse=True)
    place = np.full(codes.max() + 1, -1)
    place[chosen] = np.arange(len(chosen))
    mine = place[codes]
    sums, totals = np.zeros((len(chosen), n_columns)), np.zeros((len(groups), n_columns))
    for rows in blocks(*tables.Y.shape):
        values = np.nan_to_num(np.asarray(tables.Y[rows])[:, columns]).astype(np.float64)
        totals += _indicator(group_codes[rows], len(groups)) @ values
        sums += _indicator(mine[rows], len(chosen)) @ values
    means = totals / np.bincount(group_codes, minlength=len(groups))[:, None]
    # Of each compound as many means of each group as it has rows there.
    counts = _indicator(mine, len(chosen)) @ _indicator(group_codes, len(groups)).T
    responses = sums - counts @ means
    lengths = np.linalg.norm(responses, axis=1, keepdims=True)
    scaled: Doubles = responses / np.where(lengths > 0, lengths, 1)
    return scaled


def _indicator(codes: Ints, n: int) -> csr_array:
    """Return (n, n_rows) which rows have which code; a code below 0 is none."""
    known = np.flatnonzero(codes >= 0)
    return csr_array((np.ones(len(known)), (codes[known], known)), shape=(n, len(codes)))


def _row_names(facts: RunFacts, chosen: Ints) -> list[str]:
    assert facts.tables is not None
    return facts.row_names(facts.tables.rows.iloc[chosen].assign(row=chosen))


def _classes(facts: RunFacts, codes: Ints, chosen: Ints) -> pd.Series | None:
    """Return each compound's mechanism: the text column that says one thing of a compound, and the same of others."""
    assert facts.tables is not None
    columns, rows = facts.recipe.columns, facts.tables.rows
    best: pd.Series | None = None
    for name in rows.columns:
        if name in (*columns.keys, columns.smiles, columns.group) or pd.api.types.is_numeric_dtype(rows[name]):
            continue
        of_items = rows[name].groupby(codes).agg(["nunique", "first"])
        texts = of_items["first"].reindex(chosen)
        # Mostly known, never two things of one compound, and in the mean of two compounds or more.
        known = texts.dropna()
        plain = (of_items["nunique"] <= 1).all() and len(known) > len(texts) / 2
        if plain and 2 < known.nunique() <= min(_MOST_CLASSES, len(known) / 2) and isinstance(known.iloc[0], str):
            best = texts.rename(str(name)) if best is None or known.nunique() > best.nunique() else best
    return best


def _title(responses: Doubles, errors: Doubles, table: pd.DataFrame, what: str, name: str) -> str:
    """Say whether a compound's error is that of the compounds that act alike, and name the worst."""
    worst = f"the worst is {table.iloc[0, 0]} ({format_number(table.iloc[0][name])})"
    known = np.isfinite(errors)
    if known.sum() < _LEAST or np.ptp(errors[known]) == 0:
        return f"Of the {what} on the map {known.sum()} were validated; {worst}"
    alike = responses[known] @ responses[known].T
    np.fill_diagonal(alike, -np.inf)
    nearest = np.argsort(-alike, axis=1, kind="stable")[:, :_NEIGHBOURS]
    found = spearmanr(errors[known], errors[known][nearest].mean(axis=1))
    said = f"Spearman {found.statistic:.2f} with the {_NEIGHBOURS} nearest"
    if found.statistic > 0 and found.pvalue < 0.05:
        return f"{what.capitalize()} that act alike fail alike ({said}); {worst}"
    return f"Whether {what} that act alike fail alike is not to be seen ({said}); {worst}"


def _figure(
    places: Doubles, share: Doubles, errors: Doubles, names: np.ndarray, classes: pd.Series | None, metric: Metric
) -> str:
    known = np.isfinite(errors)
    with drawing(height=3.6) as made:
        left, *right = made.axes(1 if classes is None else 2)
        left.plot(*places[~known].T, "o", color="#8c8c8c", markersize=3, alpha=0.5)
        bad_last = np.flatnonzero(known)[np.argsort(errors[known] * (-1 if metric.greater_is_better else 1))]
        drawn = left.scatter(places[bad_last, 0], places[bad_last, 1], c=errors[bad_last], cmap=SEQUENTIAL, s=26)
        made.figure.colorbar(drawn, ax=left, label=metric_name(metric))
        for axes in right:
            assert classes is not None
            ordered = classes.value_counts().index[: len(SERIES)]
            rest = ~classes.isin(ordered).to_numpy()
            axes.plot(*places[rest].T, "o", color=COLOURS["floor"], markersize=3, alpha=0.5)
            for number, one in enumerate(ordered):
                mine = (classes == one).to_numpy()
                axes.plot(*places[mine].T, SHAPES[number], color=SERIES[number], markersize=5, label=short(one, 24))
            made.figures[1].legend(loc="outside lower center", fontsize=9, ncols=1)
        for axes in (left, *right):
            axes.set_xlabel(f"first component ({share[0]:.0%})")
            axes.set_ylabel(f"second component ({share[1]:.0%})")
        worst = bad_last[::-1][:_NAMED]
        name_points(left, places[worst], list(names[worst]))
    return made.svg
