"""The check of a whole configuration: structure, plug-ins, names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from kit.config.checks.choose import check_model
from kit.config.checks.limits import check_limits
from kit.config.checks.names import check_names
from kit.config.checks.numbers import check_numbers
from kit.config.checks.paths import resolve_paths
from kit.config.checks.plugins import PluginChecker, params_hint
from kit.config.checks.problem_types import check_problem_type
from kit.config.checks.references.enabled import leave_out
from kit.config.checks.references.left_out import LeftOut
from kit.config.checks.references.references import check_references
from kit.config.checks.references.stages import section_of
from kit.config.checks.structure import check_structure
from kit.config.layers.plugin_sites import family_at, plugin_entries
from kit.config.schema import CompetitionConfig, RecipeConfig, defaults_of
from kit.config.text.mistakes import Finding, Mistake, find
from kit.config.text.nodes import Node
from kit.config.text.origins import KeyPath, Origins

C = TypeVar("C", bound=CompetitionConfig)


@dataclass(frozen=True)
class Checked(Generic[C]):
    """The result of checking a configuration.

    Attributes:
        config: The checked object; None where something is wrong.
        tree: Plain values, without what is switched off, with absolute paths.
        origins: Where every value of ``tree`` was written.
        findings: What is wrong.
    """

    config: C | None
    tree: dict[str, Any]
    origins: Origins
    findings: list[Finding]


def check(model: type[C], node: Node, file: Path | None = None, read: Collection[KeyPath] | None = None) -> Checked[C]:
    """Check a configuration; problems are returned, not raised.

    Args:
        model: What it must be.
        node: The normalised configuration.
        file: The file that was loaded, for messages.
        read: See `kit.config.checks.references.enabled.leave_out`.
    """
    left_out = LeftOut()
    if issubclass(model, RecipeConfig):
        node, left_out = leave_out(node, read)
    tree, origins = node.plain(), node.origins()
    resolve_paths(tree, origins)

    def hint(path: KeyPath) -> str | None:
        entry: Any = tree
        for segment in path[:-1]:
            entry = entry[segment]
        return params_hint(family_at(path[:-1]), entry, path)

    config, mistakes = check_structure(model, tree, (), hint)
    mistakes = [
        _models_missing(file) if mistake.path == ("models",) and "models" not in tree and file is not None else mistake
        for mistake in mistakes
    ]
    mistakes.extend([*left_out.mistakes, *check_names(tree), *_check_plugins(tree, model, left_out)])
    # Where a type has said already that this is no number of its range, that is enough.
    said = {mistake.path for mistake in mistakes}
    mistakes.extend(mistake for mistake in check_numbers(tree) if mistake.path not in said)
    return Checked(config if not mistakes else None, tree, origins, find(mistakes, origins))


def _check_plugins(tree: dict[str, Any], model: type[CompetitionConfig], left_out: LeftOut) -> list[Mistake]:
    """Check every plug-in of the recipe and all names."""
    if beyond := list(check_limits(tree)):
        return beyond  # to check the rest may take as long as to carry it out
    checker = PluginChecker(section_of(tree, "features"), left_out)
    target = tree.get("target", {"kind": defaults_of(tree)["target"]})
    mistakes: list[Mistake] = [*check_problem_type(tree)]
    references: dict[KeyPath, str] = {}
    for path, family, entry in plugin_entries(tree):
        if path[0] == "features":
            checked = checker.block(str(path[1]))
        elif family == "target" and len(path) > 1:
            continue  # a model's own target transform is checked with the model
        elif family == "model":
            checked = check_model(checker, path, entry, target)
        else:
            checked = checker.entry(path, family, entry)
        mistakes.extend(checked.mistakes)
        references.update(checked.references)
    if issubclass(model, RecipeConfig):
        mistakes.extend(check_references(tree, references, left_out))
    return mistakes


def _models_missing(file: Path) -> Mistake:
    return Mistake(
        ("models",),
        f"missing: {file.name} is neither a recipe (`extends: competition.yaml` and `models: …`) nor a competition "
        "file that names its recipe (`default_recipe: baseline.yaml`)",
    )
