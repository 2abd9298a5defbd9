"""Sections about what a process has learnt: its contexts, its noise, its map of items, its forecast."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from kit.arrays import Doubles
from kit.digits import format_number
from kit.models.processes.coregionalized_gp import CoregionalizedGP
from kit.models.processes.likelihood import NOISE
from kit.reporting.facts import RunFacts
from kit.reports.page import Section
from kit.reports.page.charts import matrix, name_points, short
from kit.reports.page.svg import FIRST, drawing


def forecast(facts: RunFacts) -> Section | None:
    """What models expected of their errors against what was seen."""
    expected = facts.expected_errors
    if expected is None or facts.measured is None:
        return None
    name = expected["model"].iloc[0]
    mine = expected[(expected["model"] == name) & (expected["part"] == "validation")]
    both = facts.oof_rows.merge(mine[["fold", "row", "expected"]], on=["fold", "row"], how="left", validate="1:1")
    seen, hoped = facts.row_sizes[1], both["expected"].to_numpy()
    if len(seen) < 3 or not np.isfinite(hoped).all() or np.ptp(hoped) == 0:
        return None
    rank = float(spearmanr(hoped, seen).statistic)
    with drawing(height=3.6) as made:
        [axes] = made.axes()
        axes.plot(hoped, seen, "o", markersize=4, alpha=0.7, color=FIRST)
        low, high = float(min(hoped.min(), seen.min())), float(max(hoped.max(), seen.max()))
        axes.plot([low, high], [low, high], "--", linewidth=1, color="#8c8c8c")
        axes.set_xlabel(f"root mean squared error that {name} expects of a row")
        axes.set_ylabel("root mean squared error seen")
    return Section(
        key="forecast",
        title=f"{name} knows which rows are hard: Spearman {rank:.2f}; it expects {format_number(hoped.mean())} on "
        f"average, {format_number(seen.mean())} was seen"
        if rank > 0.3
        else f"{name} hardly tells which rows are hard: Spearman {rank:.2f}",
        text="The errors seen are of what was handed in, the expected ones of this model alone.",
        figure=made.svg,
        description="Seen against expected error of every validated row",
    )


def learnt(facts: RunFacts) -> Iterator[Section]:
    """Yield what the first process of the final fit has learnt."""
    if facts.tables is None or facts.recipe.final != "refit":
        return
    found = next(iter(facts.saved.final_models(CoregionalizedGP, facts.tables.rows)), None)
    if found is None:
        return
    name, model, X = found
    assert isinstance(model, CoregionalizedGP)
    names = _level_names(facts, model, X)
    for section in (_contexts(name, model, names), _map(facts, name, model, names)):
        if section is not None:
            yield section


def _level_names(facts: RunFacts, model: CoregionalizedGP, X: np.ndarray) -> dict[str, list[str]]:
    """Return the categories behind the codes of each column of the process, where a key column is divided alike."""
    assert facts.tables is not None
    names: dict[str, list[str]] = {}
    for column, levels in model.levels_.items():
        codes = X[:, model.columns_[column]]
        for key in facts.recipe.columns.keys:
            values = facts.tables.rows[key].astype(str).to_numpy()
            pairs = pd.DataFrame({"code": codes, "value": values}).drop_duplicates()
            if len(pairs) == len(levels) and pairs["code"].is_unique and pairs["value"].is_unique:
                by_code = dict(zip(pairs["code"], pairs["value"], strict=True))
                names[column] = [str(by_code[level]) for level in levels]
    return names


def _contexts(name: str, model: CoregionalizedGP, names: dict[str, list[str]]) -> Section | None:
    """The learnt correlations between contexts, and their noise."""
    free = [key for key, root in model.parameters_.items() if key.startswith("terms.") and np.ndim(root) == 2]
    free = [key for key in free if key.split(".", 2)[2] in names]
    if not free or NOISE not in model.parameters_:
        return None
    column = free[0].split(".", 2)[2]
    labels = names[column]
    free = [key for key in free if key.endswith(f".{column}")]
    total = sum((model.parameters_[key] @ model.parameters_[key].T for key in free), np.zeros((len(labels),) * 2))
    if len(labels) < 2 or len(labels) > 60:
        return None
    deviations = np.sqrt(np.maximum(np.diagonal(total), 1e-12))
    correlations: Doubles = total / np.outer(deviations, deviations)
    noise = np.exp(model.parameters_[NOISE])
    off = np.where(np.eye(len(labels), dtype=bool), -np.inf, correlations)
    first, second = np.unravel_index(int(np.argmax(off)), off.shape)
    with drawing(height=2.8 + 0.08 * len(labels)) as made:
        left, right = made.axes(2)
        matrix(made.figure, left, correlations, labels, "correlation of responses")
        places = np.arange(len(labels))[::-1]
        own = np.broadcast_to(noise, (len(labels),)) if noise.size == 1 else noise[: len(labels)]
        right.barh(places, own, color=FIRST)
        right.set_yticks(places, [short(label, 18) for label in labels])
        right.set_xlabel("noise variance")
    table = pd.DataFrame(correlations, columns=labels)
    table.insert(0, column, labels)
    table["noise"] = own
    return Section(
        key="contexts",
        title=f"{labels[first]} and {labels[second]} respond most alike ({correlations[first, second]:.2f}), as "
        f"{name} has learnt; {labels[int(np.argmax(own))]} is the noisiest",
        text=f"All terms with a free matrix over {column} together.",
        figure=made.svg,
        description=f"Correlations between {column} and their noise",
        tables={"Correlations": table},
    )


def _map(facts: RunFacts, name: str, model: CoregionalizedGP, names: dict[str, list[str]]) -> Section | None:
    """The first two directions of the items' latent vectors."""
    latent = [key for key in model.parameters_ if key.startswith("latent.") and key.removeprefix("latent.") in names]
    if not latent:
        return None
    column = latent[0].removeprefix("latent.")
    z = model.parameters_[latent[0]]
    centred = z - z.mean(axis=0)
    directions = np.linalg.svd(centred, full_matrices=False)[2][:2]
    places = centred @ directions.T
    if places.shape[1] < 2 or len(places) < 3:
        return None
    strength = np.linalg.norm(z, axis=1)
    order = np.argsort(strength)[::-1]
    with drawing(height=4.2) as made:
        [axes] = made.axes()
        drawn = axes.scatter(places[:, 0], places[:, 1], c=strength, cmap="viridis", s=22)
        axes.set_xlabel("first direction of z")
        axes.set_ylabel("second direction of z")
        made.figure.colorbar(drawn, ax=axes, label="length of z (strength of the effect)")
        name_points(axes, places[order[:6]], [names[column][item] for item in order[:6]])
    table = pd.DataFrame({column: [names[column][item] for item in order], "strength": strength[order]})
    return Section(
        key="map",
        title=f"{names[column][order[0]]} acts strongest of {len(z)} {column}; what lies together acts alike",
        text=f"The latent vectors that {name} has learnt, in the plane in which they differ most.",
        figure=made.svg,
        description=f"Map of {column} by their latent vectors",
        tables={"The strongest": table.head(12)},
    )
