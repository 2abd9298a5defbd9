"""The key of a study: a digest of everything that makes its trials comparable, so that no others are mixed in."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.config import Loaded
from kit.config.layers.search_nodes import replaced
from kit.config.schema import RecipeConfig
from kit.config.text.nodes import Node
from kit.data import Competition
from kit.errors import ConfigError, InputError, StateError
from kit.files import array_digest, digest, file_sha256
from kit.splits.base import Fold
from kit.training.planning.recipe_model import block_files, metric_content
from kit.training.planning.versions import code_digest, common_libraries, recipe_code
from kit.tuning.trials.space import described

if TYPE_CHECKING:
    from kit.config.search_recipe import SearchRecipe

# What changes no trial's score: names, places, and the fit on all rows.
_LEFT_OUT = {"title", "kit_version", "data", "default_recipe", "preset", "presets", "final", "folds_blend"}


def reference_recipe(search: SearchRecipe) -> Loaded[RecipeConfig]:
    """Return the recipe with some values of its space, for what the space does not touch: folds, metric, columns."""
    return search.fill(search.space.base())


def study_key(
    search: SearchRecipe,
    config: RecipeConfig,
    competition: Competition,
    folds: dict[int, Fold],
    objective: str,
    holdout: str | None,
) -> dict[str, str]:
    """Return the digests of everything that a study depends on, each under a readable name.

    Args:
        search: The recipe with its search space.
        config: The recipe with the values of `reference`.
        competition: The tables.
        folds: The folds that trials are scored on.
        objective: What it optimises.
        holdout: The fold that no trial is scored on.
    """
    rows = [[one.name, one.weight, array_digest(one.train), array_digest(one.validation)] for one in folds.values()]
    configs = _configs(search, config)
    return {
        "recipe": digest({"tree": _tree(search), "files": _files(configs)}),
        "search space": digest(described(search.dimensions)),
        "data": competition.fingerprint,
        "folds": digest(rows),
        "objective": objective,
        "hold-out": holdout or "",
        "code of the kit": code_digest(),
        "code of plug-ins or version of a library": digest([common_libraries(), [recipe_code(one) for one in configs]]),
    }


def _configs(search: SearchRecipe, reference: RecipeConfig) -> list[RecipeConfig]:
    """Return the recipe with its base values, and with each choice of each dimension in turn."""
    configs = [reference]
    base = search.space.base()
    for one in search.dimensions:
        for choice in one.choices:
            with suppress(ConfigError):  # impossible beside the other values
                configs.append(search.fill({**base, one.name: choice}).config)
    return configs


def _files(configs: list[RecipeConfig]) -> list[list[str]]:
    """Return place and SHA-256 of every file that the recipe reads with some of the choices."""
    found: set[tuple[str, str]] = set()
    for config in configs:
        for name in config.features:
            found |= {(name, sha) for sha in block_files(name, config.features)}
        found |= {("metric", sha) for sha in metric_content(config.metric)["files"]}
        taught = {"": config.pseudo_labels} | {name: stage.pseudo_labels for name, stage in config.stages.items()}
        for name, labels in taught.items():
            if labels is not None and labels.rows != "test":
                found.add((f"{name}.pseudo_labels", _table_sha256(Path(labels.rows))))
    return sorted([list(one) for one in found])


def _table_sha256(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError as error:
        raise InputError(f"pseudo_labels: rows: {path} cannot be read: {error.strerror or error}") from None


def _tree(search: SearchRecipe) -> dict[str, Any]:
    """Return the recipe as it is written, searched values left open: what no present value reads is part of it."""
    gaps = {one.path: Node("searched", one.node.origin) for one in search.dimensions}
    tree = replaced(search.space.node, gaps).plain()
    return {key: value for key, value in tree.items() if key not in _LEFT_OUT}


def check_study_key(name: str, kept: dict[str, str], now: dict[str, str]) -> None:
    """Check that a study goes on with what it was begun with.

    Raises:
        StateError: Something differs; the message says what, and what to do.
    """
    differing = [part for part in now if kept.get(part) != now[part]]
    if differing:
        raise StateError(
            f"the study {name!r} was begun with another {' and another '.join(differing)}; its trials cannot be "
            "compared with new ones: begin a new study with --study NAME, or go back to what it was"
        )
