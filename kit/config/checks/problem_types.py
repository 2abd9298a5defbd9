"""The check that a configuration is of one kind of problem: its columns, and every plug-in that it names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kit.config.checks.plugins import plugin_class
from kit.config.checks.references.stages import section_of, stage_sections
from kit.config.layers.plugin_sites import plugin_entries
from kit.config.schema import CompetitionConfig
from kit.config.text.mistakes import Mistake
from kit.plugins import Registry
from kit.problem_types import PROBLEM_TYPES, ProblemType


def check_problem_type(tree: dict[str, Any]) -> Iterator[Mistake]:
    """Yield what does not go with the kind of problem.

    Args:
        tree: The plain configuration; what has not the right structure is left to other checks.
    """
    name = tree.get("problem_type", CompetitionConfig.model_fields["problem_type"].default)
    kind = PROBLEM_TYPES.get(name) if isinstance(name, str) else None
    if kind is None:
        return
    columns = tree.get("columns")
    if isinstance(columns, dict):
        yield from _check_columns(columns, name, kind.reads_labels)
    yield from _check_pseudo_labels(tree, kind)
    for path, family, entry in plugin_entries(tree):
        cls = plugin_class(family, entry)
        if cls is not None and name not in cls.problems:
            able = sorted(other.kind for other in Registry.of(family) if name in other.problems)
            yield Mistake(
                (*path, "kind"),
                f"the {family} {cls.kind!r} is for {' and '.join(sorted(cls.problems))}, and problem_type is {name}; "
                f"those for {name}: {', '.join(able)}",
            )


def _check_pseudo_labels(tree: dict[str, Any], kind: ProblemType) -> Iterator[Mistake]:
    for stage in stage_sections(tree):
        labels, at = stage.pseudo_labels, (*stage.path, "pseudo_labels")
        if labels and not kind.teaches:
            yield Mistake(at, f"problem_type is {kind.name}, whose predictions are no labels of rows; leave it out")
        elif not kind.names_classes:
            without = f"problem_type is {kind.name}, whose predictions are no probabilities of classes"
            if section_of(labels, "keep").get("margin") is not None:
                yield Mistake((*at, "keep", "margin"), f"{without}; use `agreement` or `variance`")
            if labels.get("labels") == "hard":
                yield Mistake((*at, "labels"), f"{without}; leave it out")


def _check_columns(columns: dict[str, Any], name: str, reads_labels: bool) -> Iterator[Mistake]:
    label = columns.get("label")
    if reads_labels and label is None:
        yield Mistake(("columns",), f"problem_type is {name}: name the column of the classes (columns.label)")
    if label is None:
        return
    if not reads_labels:
        yield Mistake(
            ("columns", "label"),
            f"problem_type is {name}, whose targets are columns of numbers (columns.targets); for a column of classes "
            "say problem_type: classification",
        )
    elif columns.get("targets", "others") != "others":
        yield Mistake(("columns", "targets"), f"the column {label!r} of classes is what is learnt; leave targets out")
    given = columns.get("metadata")
    roles = {
        "keys": columns.get("keys"),
        "metadata": given if isinstance(given, list) else None,
        **{role: [columns.get(role)] for role in ("id", "group", "compound", "smiles", "replicate", "weight")},
    }
    for role, names in roles.items():
        if isinstance(names, list) and label in names:
            yield Mistake(
                ("columns", role),
                f"{label!r} is the label, which rows to predict do not have: no feature, fold or group may know it",
            )
