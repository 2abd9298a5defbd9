"""The section about feature blocks: what the score loses when one block is shuffled over a fold's hidden rows."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from kit.arrays import Doubles, Floats, Ints
from kit.blends.base import Blend
from kit.blends.by_variance import VarianceBlend
from kit.data.columns import group_labels
from kit.digits import format_number
from kit.metrics.groupwise import score
from kit.models.base import PredictsVariance
from kit.postprocess.rows import Step, for_rows
from kit.reporting.facts import RunFacts
from kit.reports.page import Section
from kit.reports.page.svg import FIRST, SECOND, drawing
from kit.training.fitting.pipeline import Pipeline, block_matrices
from kit.training.joining.join import Aggregators, Coordinates, join_blend
from kit.training.planning.stages import Stage

MOST_SHUFFLES = 10
"""How often a block is shuffled in each fold where time allows."""

MOST_CELLS = 1_000_000
"""Values (rows × targets) of a fold that are scored; of larger folds, as many of the rows as that allows."""

BUDGET_S = 1.0
"""Seconds after which no further shuffle is begun; every block is shuffled once in one fold, whatever it takes."""

MOST_BLOCKS = 20
"""Blocks that the figure shows; the table has all of them."""

_NEARLY_ALL = 0.8
"""A block carries the score where at least this share of its shuffles makes it worse."""

_KEY = "importance"


@dataclass(frozen=True)
class _Fit:
    """A fold's model with what it reads of the fold's hidden rows.

    Attributes:
        pipeline: The model.
        blocks: (n_rows, n_columns) of every block that it reads, by name, in the matrix's order.
        forecasts: Whether the blend asks for its expected errors.
    """

    pipeline: Pipeline
    blocks: Mapping[str, Floats]
    forecasts: bool

    def coordinates(self, shuffled: str | None = None, order: Ints | None = None) -> Coordinates:
        """Return what it predicts, with the rows of one block in another order."""
        X = np.hstack([values[order] if name == shuffled else values for name, values in self.blocks.items()])
        model, target = self.pipeline.model, self.pipeline.target
        asked = self.forecasts and target.is_identity and isinstance(model, PredictsVariance)
        variance = model.predict_variance(X) if asked and isinstance(model, PredictsVariance) else None
        return Coordinates(model.predict(X), target.inverse_transform, variance)


@dataclass(frozen=True)
class _Fold:
    """A fold's hidden rows, its models, and what scores them.

    Attributes:
        name: Its name.
        fits: Its models.
        Y: (n_rows, n_targets) what was measured.
        groups: (n_rows,) group labels.
        weights: (n_rows,) what each row counts.
        blend: What joins the models.
        steps: Post-processing.
        aggregators: What joins repeats.
    """

    name: str
    fits: Mapping[str, _Fit]
    Y: Floats
    groups: np.ndarray
    weights: Doubles
    blend: Blend
    steps: list[Step]
    aggregators: Aggregators

    def losses(self, facts: RunFacts, deadline: float, seed: int) -> pd.DataFrame:
        """Return one line a block and shuffle: how much worse the fold's score is with that block's rows shuffled."""
        plain = {name: fit.coordinates() for name, fit in self.fits.items()}
        metric = partial(score, facts.metric, self.Y, groups=self.groups, sample_weight=self.weights)
        base = metric(predictions=self._joined(plain))
        blocks = list(dict.fromkeys(block for fit in self.fits.values() for block in fit.blocks))
        lines: list[dict[str, Any]] = []
        for shuffle in range(MOST_SHUFFLES):
            # The same order for every block, so that blocks are compared on the same shuffles.
            order = np.random.default_rng([seed, shuffle]).permutation(len(self.Y))
            for block in blocks:
                if shuffle and time.perf_counter() > deadline:
                    return pd.DataFrame(lines)
                readers = {name: fit for name, fit in self.fits.items() if block in fit.blocks}
                moved = plain | {name: fit.coordinates(block, order) for name, fit in readers.items()}
                after = metric(predictions=self._joined(moved))
                lines.append(
                    {
                        "block": block,
                        "fold": self.name,
                        "loss": facts.gain(base, after),
                        "after": after,
                        "weight": float(self.weights.sum()),
                        "differs": any(np.ptp(fit.blocks[block], axis=0).any() for fit in readers.values()),
                    }
                )
        return pd.DataFrame(lines)

    def _joined(self, fits: Mapping[str, Coordinates]) -> Floats:
        nested = {name: [[fit]] for name, fit in fits.items()}
        return join_blend(nested, self.aggregators, self.groups, self.blend, self.steps)


def importance(facts: RunFacts, budget_s: float = BUDGET_S) -> Section | None:
    """What the score loses with each feature block shuffled over the rows that a fold hid (grouped permutation).

    The models are those that the fold fitted, of each the first repeat; blend and post-processing those of the final
    prediction. (Breiman, Machine Learning 2001; Gregorutti et al., Computational Statistics & Data Analysis 2015, for
    groups of variables.)

    Args:
        facts: The run.
        budget_s: See `BUDGET_S`.
    """
    if facts.tables is None:
        return None
    lines, sampled = _lines(facts, budget_s)
    if lines is None:
        return Section(
            key=_KEY,
            title="Which feature blocks carry the score is not known: the run kept no models of its folds",
        )
    table = _summary(lines, facts, facts.saved.last_stage)
    return Section(
        key=_KEY,
        title=_title(table, facts),
        text=_text(table, lines, facts, sampled),
        figure=_figure(table, lines, facts),
        description=f"Loss of {facts.metric_name} with each feature block shuffled",
        tables={"Feature blocks": table},
    )


def _lines(facts: RunFacts, budget_s: float) -> tuple[pd.DataFrame | None, bool]:
    """Return what every shuffle of every block and fold cost, None without models; and whether rows were sampled."""
    assert facts.tables is not None
    start = time.perf_counter()
    folds = pd.read_parquet(facts.path / "folds.parquet")
    folds = folds[folds["part"] == "validation"]
    most = max(8, MOST_CELLS // facts.tables.n_targets)
    lines: list[pd.DataFrame] = []
    sampled, begun, n_folds = False, 0, folds["fold"].nunique()
    for number, (fold, hidden) in enumerate(folds.groupby("fold", sort=True)):
        if lines and time.perf_counter() - start > budget_s:
            break
        weights = facts.oof_rows["weight"].to_numpy()[begun : begun + len(hidden)]
        begun += len(hidden)
        chosen = np.arange(len(hidden))
        if len(hidden) > most:
            chosen, sampled = np.sort(np.random.default_rng(number).choice(len(hidden), most, replace=False)), True
        of_fold = _fold(facts, int(str(fold)), hidden, weights, chosen)
        if of_fold is None:
            return None, False
        lines.append(of_fold.losses(facts, start + budget_s * (number + 1) / n_folds, number))
        del of_fold  # models of two folds are not held together
    return pd.concat(lines, ignore_index=True), sampled


def _fold(facts: RunFacts, fold: int, hidden: pd.DataFrame, weights: Doubles, chosen: Ints) -> _Fold | None:
    """Return a fold with its models; None where they were not kept.

    Args:
        facts: The run.
        fold: The fold's position.
        hidden: The rows that it hid, as `folds.parquet` has them.
        weights: (n_hidden,) what each counts.
        chosen: Which of them are taken.
    """
    run, recipe = facts.saved, facts.recipe
    pipelines = run.fold_pipelines(fold)
    if pipelines is None or facts.tables is None:
        return None
    blend, steps = run.joining()
    positions = hidden["row"].to_numpy()
    rows = run.hidden_rows(fold, facts.tables.rows.iloc[positions].reset_index(drop=True))
    rows = rows.iloc[chosen].reset_index(drop=True)
    forecasts = isinstance(blend, VarianceBlend)
    return _Fold(
        name=str(hidden["name"].iloc[0]),
        fits={name: _Fit(one, block_matrices(one.features, rows), forecasts) for name, one in pipelines.items()},
        Y=np.array(facts.tables.Y[positions[chosen]]),
        groups=group_labels(rows, recipe.columns.group),
        weights=weights[chosen] * (weights.sum() / max(weights[chosen].sum(), np.finfo(float).tiny)),
        blend=blend,
        steps=for_rows(steps, rows),
        aggregators=Aggregators.of(recipe, run.last_stage),
    )


def _summary(lines: pd.DataFrame, facts: RunFacts, stage: Stage) -> pd.DataFrame:
    """Return one line a block, the most important first."""
    records = []
    for block, mine in lines.groupby("block", sort=False):
        folds = mine.groupby("fold", sort=False).agg(
            loss=("loss", "mean"), weight=("weight", "first"), differs=("differs", "first")
        )
        records.append(
            {
                "block": block,
                "kind": facts.recipe.features[str(block)].kind,
                # A fold counts by its weight, however many shuffles it had time for.
                "loss": float(np.average(folds["loss"], weights=folds["weight"])),
                "lowest": float(mine["loss"].min()),
                "highest": float(mine["loss"].max()),
                "worse_in": float((mine["loss"] > 0).mean()),
                "shuffles": len(mine),
                "read_by": _readers([name for name, model in stage.models.items() if block in model.features]),
                "differs": bool(folds["differs"].any()),
            }
        )
    return pd.DataFrame(records).sort_values("loss", ascending=False, kind="stable", ignore_index=True)


def _readers(models: list[str]) -> str:
    return ", ".join(models) if len(models) <= 3 else f"{len(models)} models"


def _title(table: pd.DataFrame, facts: RunFacts) -> str:
    first, name = table.iloc[0], facts.metric_name
    tested = table[table["differs"]]
    if tested.empty:
        return "No feature block differs between the rows that a fold hides: shuffling says nothing"
    if first["loss"] <= 0 or first["worse_in"] < _NEARLY_ALL:
        return f"No feature block alone carries the score: {name} is seldom worse with the rows of any one shuffled"
    title = f"{first['block']} carries the score: shuffled, {name} is {format_number(first['loss'])} worse"
    if len(tested) > 1:
        second = tested.iloc[1]
        title += f"; next is {second['block']} ({format_number(max(second['loss'], 0.0))})"
    return title


def _text(table: pd.DataFrame, lines: pd.DataFrame, facts: RunFacts, sampled: bool) -> str:
    said = (
        "The rows of one block change places within the rows that a fold hid, and the models that this fold fitted "
        "predict them again; what the score loses is what only this block says. Blocks that say the same stand in for "
        "each other, so that a small loss does not mean that a block is of no use."
    )
    alike = list(table.loc[~table["differs"], "block"])
    if alike:
        verb = "is" if len(alike) == 1 else "are"
        said += f" {', '.join(alike)} {verb} the same in all rows that a fold hides, so this cannot tell."
    done, n_folds = lines["fold"].nunique(), facts.oof_rows["fold"].nunique()
    limits = []
    if sampled:
        limits.append("a sample of the rows")
    if done < n_folds:
        limits.append(f"{done} of {n_folds} folds")
    if any(repeats > 1 for repeats in facts.saved.last_stage.repeats.values()):
        limits.append("the first repeat of every model")
    return said + (f" Based on {', '.join(limits)}." if limits else "")


def _figure(table: pd.DataFrame, lines: pd.DataFrame, facts: RunFacts) -> str:
    shown = table.head(MOST_BLOCKS)
    with drawing(height=1.0 + 0.3 * len(shown)) as made:
        [axes] = made.axes()
        places = np.arange(len(shown))[::-1]
        axes.barh(places, shown["loss"], height=0.6, color=FIRST, alpha=0.85, label="mean")
        for place, block in zip(places, shown["block"], strict=True):
            folds = lines[lines["block"] == block].groupby("fold", sort=False)["loss"].mean()
            axes.plot(folds, np.full(len(folds), place), "o", color=SECOND, markersize=4, label="a fold")
        axes.axvline(0, color="#8c8c8c", linewidth=1)
        axes.set_yticks(places, shown["block"])
        axes.locator_params(axis="x", nbins=5)
        axes.set_xlabel(f"{facts.metric_name} lost when it is shuffled")
        handles, labels = axes.get_legend_handles_labels()
        unique = dict(zip(labels, handles, strict=True))
        made.figure.legend(unique.values(), unique.keys(), loc="outside upper center", ncols=2)
    return made.svg
