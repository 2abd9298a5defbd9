"""One model of a recipe with all that it depends on: what a fit needs to know, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from kit.config.build import build_plugin
from kit.config.checks.references.dependencies import all_blocks_read, stages_read
from kit.config.schema import FeatureConfig, ModelConfig, PluginConfig, RecipeConfig
from kit.features.base import FEATURES, FeatureBuilder
from kit.files import file_sha256
from kit.metrics.base import METRICS
from kit.models.base import MODELS
from kit.plugins import inner_plugins
from kit.training.planning.versions import plugin_code


@dataclass(frozen=True)
class RecipeModel:
    """A model entry joined with the recipe's defaults.

    Attributes:
        name: Its name in the recipe.
        entry: The model's entry.
        target: The target transform it works behind.
        features: The blocks that make its matrix, in order.
        blocks: Every block it needs, those that other blocks refer to included.
        group: The column whose labels a target transform may centre by.
        inner: The splitter for choices inside a fold.
        metric: The metric by which they are made.
        weighted: Whether rows count by their weights in it.
    """

    name: str
    entry: ModelConfig
    target: PluginConfig
    features: tuple[str, ...]
    blocks: Mapping[str, FeatureConfig]
    group: str | None
    inner: PluginConfig
    metric: PluginConfig
    weighted: bool = False

    @classmethod
    def of(cls, recipe: RecipeConfig, name: str, entry: ModelConfig | None = None) -> RecipeModel:
        """Return a model of a recipe.

        Args:
            recipe: The recipe.
            name: The model's name.
            entry: Its entry in an earlier stage (default: that of the recipe's own models).
        """
        entry = recipe.models[name] if entry is None else entry
        features = tuple(entry.features if entry.features is not None else recipe.features)
        return cls(
            name=name,
            entry=entry,
            target=entry.target or recipe.target,
            features=features,
            blocks={block: recipe.features[block] for block in needed_blocks(recipe.features, features)},
            group=recipe.columns.group,
            inner=recipe.folds.inner or PluginConfig(kind=recipe.folds.kind, params=recipe.folds.params),
            metric=recipe.metric,
            weighted=recipe.weighted,
        )

    @property
    def reads(self) -> tuple[str, ...]:
        """The earlier stages whose predictions its blocks are made of."""
        entries = {("features", name): block.model_dump() for name, block in self.blocks.items()}
        return tuple(dict.fromkeys(stage for path, entry in entries.items() for _, stage in stages_read(path, entry)))

    @cached_property
    def has_choices(self) -> bool:
        """Whether anything of the model is left to be chosen on inner folds."""
        # A model whose candidates are not yet tried may lack a parameter, so that it cannot be built.
        return bool(self.entry.choose) or build_plugin(MODELS, self.entry, {"random_state": 0, "blocks": None}).chooses

    def with_values(self, values: Mapping[str, Any]) -> RecipeModel:
        """Return a copy whose parameters have the given values, by path (``params.penalty``, ``target.params.…``)."""
        params, target_params = dict(self.entry.params), dict(self.target.params)
        for path, value in values.items():
            where = target_params if path.startswith("target.") else params
            where[path.rsplit(".", 1)[1]] = value
        return replace(
            self,
            entry=self.entry.model_copy(update={"params": params}),
            target=self.target.model_copy(update={"params": target_params}),
        )

    def without_choices(self) -> RecipeModel:
        """Return a copy that has no candidates left to try."""
        return replace(self, entry=self.entry.model_copy(update={"choose": {}}))

    def content(self) -> dict[str, Any]:
        """Return everything that determines a fit, as plain values; a part of the task's key."""
        content = {
            "model": {
                "kind": self.entry.kind,
                "params": self.entry.params,
                "choose": self.entry.choose,
                "augment": [entry.model_dump() for entry in self.entry.augment],
            },
            "target": self.target.model_dump(),
            "features": list(self.features),
            "blocks": {name: block.model_dump() for name, block in sorted(self.blocks.items())},
            "files": {name: block_files(name, self.blocks) for name in self.features},
            "group": self.group,
        }
        plugins = [*self._plugins()]
        # Where nothing is chosen on inner folds, how they would be made and scored changes nothing.
        if self.has_choices:
            content |= {"inner": self.inner.model_dump(), "metric": metric_content(self.metric)}
            if self.weighted:
                content["weighted"] = "true"
            plugins += [("splitter", self.inner), ("metric", self.metric)]
        return content | {"plugins": plugin_code(plugins)}

    def _plugins(self) -> Iterator[tuple[str, PluginConfig]]:
        """Yield the family and the entry of all that takes part in a fit, with every candidate of ``choose``."""
        candidates = [{path: value} for path, values in self.entry.choose.items() for value in values]
        for changed in [self, *map(self.with_values, candidates)]:
            yield "model", changed.entry
            yield "target", changed.target
        yield from (("feature", block) for block in self.blocks.values())
        yield from (("augmenter", entry) for entry in self.entry.augment)


def metric_content(entry: PluginConfig) -> dict[str, Any]:
    """Return everything that determines a metric, as plain values: its entry, and the SHA-256 of the files it reads."""
    files = build_plugin(METRICS, entry, {}).content_files()
    return entry.model_dump() | {"files": [file_sha256(path) for path in files]}


def block_files(name: str, blocks: Mapping[str, FeatureConfig]) -> list[str]:
    """Return the SHA-256 of the files that decide what a block computes, those of the blocks inside it included."""
    builders = inner_plugins(build_plugin(FEATURES, blocks[name], {}, blocks))
    return [
        file_sha256(path)
        for builder in builders
        if isinstance(builder, FeatureBuilder)
        for path in builder.content_files()
    ]


def needed_blocks(blocks: Mapping[str, FeatureConfig], names: Iterable[str]) -> list[str]:
    """Return the given blocks and those that they refer to, each once, in the order in which they are met."""
    return all_blocks_read({name: block.model_dump() for name, block in blocks.items()}, names)
