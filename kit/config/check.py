"""The check of a whole configuration: structure, plug-ins, names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from kit.config.choose import check_model
from kit.config.enabled import leave_out
from kit.config.left_out import LeftOut
from kit.config.nodes import Node
from kit.config.origins import KeyPath, Origins
from kit.config.paths import resolve_paths
from kit.config.plugins import PluginChecker, params_hint
from kit.config.positions import family_at, plugin_entries
from kit.config.problems import Finding, Problem, find
from kit.config.references import check_references
from kit.config.schema import CompetitionConfig, RecipeConfig
from kit.config.stages import section_of
from kit.config.structure import check_structure

C = TypeVar("C", bound=CompetitionConfig)


@dataclass(frozen=True)
class Checked(Generic[C]):
    """What came of checking a configuration.

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
        read: See `kit.config.enabled.leave_out`.
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

    config, problems = check_structure(model, tree, (), hint)
    problems = [
        _models_missing(file) if problem.path == ("models",) and "models" not in tree and file is not None else problem
        for problem in problems
    ]
    problems.extend([*left_out.problems, *_check_plugins(tree, model, left_out)])
    return Checked(config if not problems else None, tree, origins, find(problems, origins))


def _check_plugins(tree: dict[str, Any], model: type[CompetitionConfig], left_out: LeftOut) -> list[Problem]:
    """Check every plug-in of the recipe and all names."""
    checker = PluginChecker(section_of(tree, "features"), left_out)
    target = tree.get("target", {"kind": RecipeConfig.model_fields["target"].default.kind})
    problems: list[Problem] = []
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
        problems.extend(checked.problems)
        references.update(checked.references)
    if issubclass(model, RecipeConfig):
        problems.extend(check_references(tree, references, left_out))
    return problems


def _models_missing(file: Path) -> Problem:
    return Problem(
        ("models",),
        f"missing: {file.name} is neither a recipe (`extends: competition.yaml` and `models: …`) nor a competition "
        "file that names its recipe (`default_recipe: baseline.yaml`)",
    )
