"""The stages of a recipe in order, each with what it reads or is taught by those before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from kit.blends.base import BLENDS
from kit.blends.fixed import Mean
from kit.config.checks.references.stages import LAST_STAGE
from kit.config.schema import KeepConfig, PluginConfig, PseudoLabelsConfig, RecipeConfig, StageConfig
from kit.training.planning.recipe_model import RecipeModel

AGREEMENT, MARGIN, VARIANCE = "agreement", "margin", "variance"
"""The measures by which a stage may choose among pseudo-labelled rows; the last may be their weights too."""

_ALONE = PluginConfig(kind=Mean.kind)
"""The blend of one model."""

TEST_ROWS = "test"
"""In ``pseudo_labels.rows``: the rows to predict."""


@dataclass(frozen=True)
class Teaching:
    """Where a stage's pseudo-labelled rows come from.

    Attributes:
        stage: The stage that labels them.
        table: The table of the rows; None for the test rows, in whose place a fold has its validation rows.
        weight: A row's weight; that of a training row is 1.
        by_variance: Whether rows weigh by one over their predicted variance, with the mean ``weight``.
        keep: Which rows are kept.
        hard: Whether a row is labelled with the likeliest class alone.
    """

    stage: str
    table: Path | None
    weight: float
    by_variance: bool
    keep: KeepConfig
    hard: bool


@dataclass(frozen=True)
class Stage:
    """Models that are fitted together and blended.

    Attributes:
        name: Its name; a stage of several rounds is unrolled into one stage a round.
        models: Its models by name.
        repeats: The number of fits of each model.
        repeats_blend: What makes one prediction of a model's repeats.
        blend: What makes one prediction of its models.
        teaching: Where its pseudo-labelled rows come from; None without any.
        out_of_fold: The splitter that makes out-of-fold predictions for a later stage.
        tables: Tables of unlabelled rows that it predicts, because a later stage is fitted on them.
        asked: The measures (`AGREEMENT`, `VARIANCE`) that a later stage chooses by among the rows it labels.
        place: The keys under which it stands in the recipe; empty for the last.
    """

    name: str
    models: Mapping[str, RecipeModel]
    repeats: Mapping[str, int]
    repeats_blend: str
    blend: PluginConfig
    teaching: Teaching | None
    out_of_fold: PluginConfig
    tables: tuple[Path, ...] = ()
    asked: tuple[str, ...] = ()
    place: tuple[str, ...] = ()

    @property
    def reads(self) -> tuple[str, ...]:
        """The earlier stages whose predictions are features of its models."""
        return tuple(dict.fromkeys(stage for spec in self.models.values() for stage in spec.reads))

    def fits(self, model: str) -> range:
        """Return the repeats of a model."""
        return range(self.repeats[model])


def stages_of(recipe: RecipeConfig) -> tuple[Stage, ...]:
    """Return the stages of a recipe, the last one (`LAST_STAGE`) at the end."""
    last = StageConfig(
        models=recipe.models, blend=recipe.blend, pseudo_labels=recipe.pseudo_labels, repeats=recipe.repeats
    )
    entries = recipe.stages | {LAST_STAGE: last}
    stages = [stage for name, entry in entries.items() for stage in _rounds(recipe, name, entry)]
    return tuple(_with_demands(stages))


def _rounds(recipe: RecipeConfig, name: str, entry: StageConfig) -> Iterator[Stage]:
    """Yield a stage, and before it one of its own for every earlier round."""
    labels = entry.pseudo_labels
    teacher = None if labels is None else labels.stage
    repeats = entry.repeats or recipe.repeats
    n_rounds = 1 if labels is None else labels.rounds
    for index in range(1, n_rounds + 1):
        own = name if index == n_rounds else f"{name}.round{index}"
        yield Stage(
            name=own,
            models={model: RecipeModel.of(recipe, model, config) for model, config in entry.models.items()},
            repeats={model: config.repeats or repeats for model, config in entry.models.items()},
            repeats_blend=entry.repeats_blend or recipe.repeats_blend,
            # There is nothing to learn about one model, and nobody to compare it with.
            blend=_ALONE if len(entry.models) == 1 and BLENDS.get(entry.blend.kind).learns else entry.blend,
            teaching=None if labels is None or teacher is None else _teaching(labels, teacher),
            out_of_fold=entry.out_of_fold,
            place=() if name == LAST_STAGE else ("stages", name),
        )
        teacher = own


def _teaching(labels: PseudoLabelsConfig, teacher: str) -> Teaching:
    table = None if labels.rows == TEST_ROWS else Path(labels.rows)
    return Teaching(teacher, table, labels.weight, labels.by_variance, labels.keep, labels.labels == "hard")


def _with_demands(stages: list[Stage]) -> list[Stage]:
    """Fill in what later stages ask of each stage.

    That is the tables of unlabelled rows that it predicts for the stages that it teaches or that read it, and the
    measures by which they choose among the rows that it labels, or weigh them.
    """
    tables: dict[str, dict[Path, None]] = {stage.name: {} for stage in stages}
    asked: dict[str, dict[str, None]] = {stage.name: {} for stage in stages}
    for stage in reversed(stages):
        needed = dict(tables[stage.name])
        if stage.teaching is not None:
            keep, by_variance = stage.teaching.keep, stage.teaching.by_variance
            asked[stage.teaching.stage] |= {AGREEMENT: None} if keep.agreement is not None else {}
            asked[stage.teaching.stage] |= {VARIANCE: None} if keep.variance is not None or by_variance else {}
            if stage.teaching.table is not None:
                needed[stage.teaching.table] = None
                tables[stage.teaching.stage][stage.teaching.table] = None
        for name in stage.reads:
            tables[name] |= needed
    return [replace(stage, tables=tuple(tables[stage.name]), asked=tuple(asked[stage.name])) for stage in stages]
