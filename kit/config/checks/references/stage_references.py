"""The check of stages: who teaches whom, whose predictions are whose features, and that no stage is in vain."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from kit.config.checks.plugins import plugin_class
from kit.config.checks.references.dependencies import all_blocks_read, model_blocks, stages_read
from kit.config.checks.references.stages import LAST_STAGE, StageSection, section_of, stage_sections
from kit.config.text.mistakes import Mistake
from kit.config.text.origins import KeyPath
from kit.errors import did_you_mean, nearest
from kit.models.base import PredictsVariance

_ROUND = re.compile(r"(.+)\.round\d+")
"""The names that training gives to the earlier rounds of a stage."""


def check_stages(tree: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield what is wrong with the stages of a plain recipe and with what refers to them."""
    stages = stage_sections(tree)
    for index, stage in enumerate(stages):
        if stage.path and stage.name == LAST_STAGE:
            message = f"{LAST_STAGE!r} is the name of the last stage, the recipe's own models; choose another"
            yield Mistake(stage.path, message)
        match = _ROUND.fullmatch(stage.name)
        if match and match.group(1) in {other.name for other in stages}:
            message = f"an earlier round of the stage {match.group(1)!r} has that name; choose another"
            yield Mistake(stage.path, message)
        yield from _pseudo_labels(tree, stages, index)
    yield from _features(tree, stages)
    yield from _unused(tree, stages)


def _pseudo_labels(tree: Mapping[str, Any], stages: list[StageSection], index: int) -> Iterator[Mistake]:
    stage = stages[index]
    labels, at = stage.pseudo_labels, (*stage.path, "pseudo_labels")
    if not labels:
        return
    teacher = labels.get("stage")
    earlier = {giver.name: giver for giver in stages[:index]}
    if isinstance(teacher, str) and teacher not in earlier:
        yield Mistake((*at, "stage"), _no_stage(teacher, stages, index))
    rows = labels.get("rows", "test")
    if rows == "test" and tree.get("final") == "folds":
        yield Mistake(
            at,
            "the test rows are labelled for models that are fitted on all training rows, and `final: folds` fits none; "
            "use `final: refit`, or the path of a table as `rows`",
        )
    elif isinstance(rows, str) and rows != "test" and not PurePath(rows).suffix:
        hint = " (did you mean 'test'?)" if nearest(PurePath(rows).name, ["test"]) else ""
        yield Mistake((*at, "rows"), f"expected `test` or the path of a table, got {PurePath(rows).name!r}{hint}")
    if isinstance(teacher, str) and teacher in earlier:
        teachers = [earlier[teacher]]
        if isinstance(labels.get("rounds"), int) and labels["rounds"] > 1:
            teachers.append(stage)
        for giver in teachers:
            yield from _measures(tree, labels, at, giver)


def _measures(
    tree: Mapping[str, Any], labels: Mapping[str, Any], at: KeyPath, teacher: StageSection
) -> Iterator[Mistake]:
    """Check that the teacher has what its pupils choose and weigh rows by."""
    models, keep = teacher.models, section_of(labels, "keep")
    if not models:
        return
    named = f"the stage {teacher.name!r}" if teacher.path else "the last stage"
    default = teacher.section.get("repeats", tree.get("repeats", 1))
    if keep.get("agreement") is not None and len(models) == 1:
        [(name, entry)] = models.items()
        own = entry.get("repeats") if isinstance(entry, dict) else None
        if (default if own is None else own) == 1:
            yield Mistake(
                (*at, "keep", "agreement"),
                f"{named} has one fit only (the model {name!r} once), which agrees with itself; give it repeats or "
                "another model",
            )
    classes = [plugin_class("model", entry) for entry in models.values()]
    blind = all(cls is not None and not issubclass(cls, PredictsVariance) for cls in classes)
    missing = f"no model of {named} predicts a variance (a Gaussian process does)"
    if keep.get("variance") is not None and blind:
        yield Mistake((*at, "keep", "variance"), f"{missing}; use `agreement`")
    if labels.get("by_variance") is True and blind:
        yield Mistake((*at, "by_variance"), f"{missing}; leave it out")


def _features(tree: Mapping[str, Any], stages: list[StageSection]) -> Iterator[Mistake]:
    """Check the blocks that take a stage's predictions, and the models that read them."""
    blocks = section_of(tree, "features")
    position = {stage.name: index for index, stage in enumerate(stages)}
    taken: dict[str, list[str]] = {}
    for name, entry in blocks.items():
        taken[name] = []
        for where, read in stages_read(("features", name), entry):
            if read in position and read != LAST_STAGE:
                taken[name].append(read)
            else:
                yield Mistake(where, _no_stage(read, stages, len(stages) - 1))
    for index, stage in enumerate(stages):
        for model, entry in stage.models.items():
            listed = isinstance(entry, dict) and isinstance(entry.get("features"), list)
            for block in model_blocks(blocks, entry):
                late = _late(blocks, block, taken, position, index)
                if late is None:
                    continue
                at: KeyPath = (*stage.path, "models", model)
                if listed:
                    at = (*at, "features", entry["features"].index(block))
                all_of_them = "" if listed else "without a list of features the model reads all blocks, and "
                when = "the model's own" if late == stage.name else "a later one"
                message = f"{all_of_them}the block {block!r} takes predictions of the stage {late!r}, {when}"
                yield Mistake(at, f"{message}; leave it to models of later stages")
                if not listed:
                    break


def _late(
    blocks: Mapping[str, Any], block: str, taken: Mapping[str, list[str]], position: Mapping[str, int], index: int
) -> str | None:
    """Return a stage, not before the one at ``index``, whose predictions a block takes by itself or through others."""
    read = (stage for name in all_blocks_read(blocks, [block]) for stage in taken[name])
    return next((stage for stage in read if position[stage] >= index), None)


def _no_stage(name: str, stages: list[StageSection], index: int) -> str:
    """Return the reason why a stage cannot be read by the stage at ``index``."""
    earlier = [stage.name for stage in stages[:index]]
    if name == stages[index].name:
        return f"a stage cannot take its own predictions; name an earlier one{did_you_mean('', earlier)}"
    if name in {stage.name for stage in stages}:
        return f"the stage {name!r} is not earlier; stages are fitted in the order in which they are written"
    return f"no earlier stage {name!r}{did_you_mean(name, earlier) or ' (there is none)'}"


def _unused(tree: Mapping[str, Any], stages: list[StageSection]) -> Iterator[Mistake]:
    """Report earlier stages that nothing takes. A misspelt name counts as a use of what was meant."""
    names = [stage.name for stage in stages if stage.path]
    used = [stage.pseudo_labels.get("stage") for stage in stages]
    for block, entry in section_of(tree, "features").items():
        used.extend(stage for _, stage in stages_read(("features", block), entry))
    meant = {name if name in names else nearest(name, names) for name in used if isinstance(name, str)}
    for stage in stages:
        if stage.path and stage.name not in meant:
            yield Mistake(
                stage.path,
                "unused: no later stage takes its predictions; name it in `pseudo_labels` or in a feature block "
                "{kind: stage_predictions, params: {stage: …}}, or remove it",
            )
