"""The JSON Schema (draft 2020-12) of competition files and recipes, for completion and checks in editors.

It knows the structure and, for every place where a plug-in stands, each plug-in with its parameters and their ranges.
Because ``extends`` may give what a file leaves out, keys are required only in files without it, and ``kind`` may be
absent; ``null``, which removes an inherited entry, is allowed where an entry is. What it cannot say, the loader checks:
whether names refer to something, what a plug-in requires, what several parameters mean together. A search node may
stand for a parameter, for a key of a model, feature block or stage, and for a plug-in; its bounds are checked by the
loader.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pydantic import BaseModel

from kit.config.build import refers_to_block
from kit.config.checks.plugins import nested_shape, settable
from kit.config.schema import (
    CompetitionConfig,
    FeatureConfig,
    FoldsConfig,
    ModelConfig,
    PluginConfig,
    RecipeConfig,
    StageConfig,
)
from kit.config.search.dimensions import SEARCHED
from kit.config.show.docstrings import parameter_descriptions, summary
from kit.plugins import Parameter, Plugin, Registry, parameter_model

Schema = dict[str, Any]

_DEFS = "#/$defs/"

_SEARCH: Schema = {
    "type": "object",
    "description": "Values that `kit tune` tries.",
    "properties": {
        "search": {
            "type": "array",
            "items": {"type": "number"},
            "minItems": 2,
            "maxItems": 2,
            "description": "[low, high], both included; two integers make a range of integers.",
        },
        "choice": {"type": "array", "minItems": 2, "description": "Any values, plug-ins and lists included."},
        "log": {"type": "boolean", "description": "Draw evenly on a logarithmic scale."},
        "step": {"type": ["number", "null"], "exclusiveMinimum": 0, "description": "Distance between the values."},
        "value": {"description": "The present value, which `kit train` takes and `kit tune` tries first."},
    },
    "oneOf": [{"required": ["search"]}, {"required": ["choice"]}],
    "additionalProperties": False,
}


def schema() -> Schema:
    """Return the JSON Schema of recipes and competition files, with the plug-ins that are installed."""
    return _Builder().build()


class _Builder:
    """Collects the definitions to which places refer, each once."""

    def __init__(self) -> None:
        self.definitions: Schema = {"search": _SEARCH}

    def build(self) -> Schema:
        """Return the whole schema."""
        root = self._structure(RecipeConfig)
        target, inner = self._place("target"), self._place("splitter")
        augment = {"type": "array", "items": self._place("augmenter")}
        models = self._place("model", ModelConfig, {"target": target, "augment": augment})
        of_stage: dict[str, Schema] = {"models": _named(models), "blend": self._place("blend")}
        stage = self._structure(StageConfig)
        stage["properties"] = _searchable(_placed(stage["properties"], {**of_stage, "out_of_fold": inner}), {"models"})
        self.definitions["StageConfig"] = {"anyOf": [stage, {"type": "null"}]}
        places: dict[str, Schema] = {
            "metric": self._place("metric"),
            "folds": self._place("splitter", FoldsConfig, {"inner": inner}),
            "target": target,
            "features": _named(self._place("feature", FeatureConfig)),
            "stages": _named({"$ref": f"{_DEFS}StageConfig"}),
            **of_stage,
            "postprocess": {"type": "array", "items": self._place("postprocessor")},
        }
        properties = _placed(root["properties"], places)
        fixed = {"features", "stages", "models"} | (set(properties) - set(SEARCHED))
        properties = _searchable(properties, fixed)
        preset = {key: inner for key, inner in properties.items() if key not in ("preset", "presets", "default_recipe")}
        self.definitions["preset"] = {"type": "object", "properties": preset, "additionalProperties": False}
        properties["presets"] = {**_named({"$ref": f"{_DEFS}preset"}), **_about(properties["presets"])}
        properties["extends"] = {
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
            "description": "The file (or files, later ones win) from which this one says how it differs.",
        }
        for name in ("PluginConfig", "FeatureConfig", "FoldsConfig", "ModelConfig"):
            self.definitions.pop(name, None)
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "A recipe or a competition file of the kit",
            **{key: value for key, value in root.items() if key != "title"},
            "properties": properties,
            "if": {"not": {"required": ["extends"]}},
            "then": _required(CompetitionConfig),
            "$defs": dict(sorted(self.definitions.items())),
        }

    def _structure(self, model: type[BaseModel]) -> Schema:
        """Return a structural model's schema with nothing required; what it refers to becomes definitions."""
        own = model.model_json_schema()
        for name, definition in own.pop("$defs", {}).items():
            self.definitions[name] = _untitled({key: value for key, value in definition.items() if key != "required"})
        untitled: Schema = _untitled({key: value for key, value in own.items() if key != "required"})
        return untitled

    def _place(
        self, family: str, model: type[PluginConfig] = PluginConfig, changed: Schema | None = None, nested: bool = False
    ) -> Schema:
        """Return a reference to the definition of an entry for any plug-in of a family.

        Args:
            family: The family.
            model: The structure of the entry: which keys it has besides ``kind`` and ``params``.
            changed: Schemas of some of those keys.
            nested: Whether the entry stands inside another plug-in's parameters.
        """
        name = f"{'nested_' if nested else ''}{family}" + ("" if model is PluginConfig else f"_{model.__name__}")
        if name not in self.definitions:
            self.definitions[name] = {}  # taken: plug-ins may stand inside those of their own family
            beside = {**self._structure(model)["properties"], **(changed or {})}
            beside = {key: value for key, value in beside.items() if key not in ("kind", "params")}
            beside = beside if model is FoldsConfig else _searchable(beside, {"choose"})
            registry = Registry.of(family)
            kinds: list[Schema] = [
                {
                    "type": "object",
                    "description": summary(cls),
                    "properties": {"kind": {"const": cls.kind}, "params": self._params(cls), **beside},
                    "required": ["kind"],
                    "additionalProperties": False,
                }
                for cls in registry
            ]
            inherited = {
                "type": "object",
                "description": "A change of an inherited entry, whose kind stays.",
                "properties": {"params": {"type": "object"}, **beside},
                "additionalProperties": False,
            }
            word: Schema = {"type": "string", "enum": registry.kinds(), "description": "Short for {kind: …}."}
            if nested and family == "feature":
                word = {"type": "string", "description": "The name of a feature block."}
            self.definitions[name] = {"anyOf": [word, *kinds, inherited, {"type": "null"}]}
        return {"$ref": _DEFS + name}

    def _params(self, cls: type[Plugin]) -> Schema:
        """Return a reference to the definition of a plug-in's parameters."""
        name = f"params_{cls.family}_{cls.kind}"
        if name not in self.definitions:
            self.definitions[name] = {}
            own = parameter_model(cls).model_json_schema(ref_template=f"{_DEFS}{name}_{{model}}")
            for inner, definition in own.pop("$defs", {}).items():
                self.definitions[f"{name}_{inner}"] = _untitled(definition)
            properties = _untitled(own).get("properties", {})
            about = parameter_descriptions(cls)
            for parameter in settable(cls).values():
                if parameter.plugin is not None:
                    properties[parameter.name] = self._nested(parameter)
                if parameter.name in about:
                    properties[parameter.name]["description"] = about[parameter.name]
            properties = _searchable(properties)
            self.definitions[name] = {"type": "object", "properties": properties, "additionalProperties": False}
        return {"$ref": _DEFS + name}

    def _nested(self, parameter: Parameter) -> Schema:
        """Return the schema of a parameter that takes plug-ins."""
        assert parameter.plugin is not None
        place = self._place(parameter.plugin.family, nested=refers_to_block(parameter.plugin))
        return {"type": "array", "items": place} if nested_shape(parameter.annotation)[0] else dict(place)


def _named(entry: Schema) -> Schema:
    """Return the schema of a mapping whose keys are names of the user's own."""
    return {"anyOf": [{"type": "object", "additionalProperties": entry}, {"type": "null"}]}


def _placed(properties: Schema, places: dict[str, Schema]) -> Schema:
    """Return properties of which some have another schema, with the descriptions that they had."""
    return {**properties, **{name: {**place, **_about(properties[name])} for name, place in places.items()}}


def _searchable(properties: Schema, but: Collection[str] = ()) -> Schema:
    """Return properties for whose values, with some exceptions, a search node may stand."""
    return {name: inner if name in but else _or_search(inner) for name, inner in properties.items()}


def _or_search(inner: Schema) -> Schema:
    own = {key: value for key, value in inner.items() if key not in ("description", "default")}
    return {"anyOf": [own, {"$ref": f"{_DEFS}search"}], **_about(inner)}


def _about(described: Schema) -> Schema:
    return {key: described[key] for key in ("description", "default") if key in described}


def _required(model: type[BaseModel]) -> Schema:
    """Return the requirements of a model and of the models directly inside it."""
    found: Schema = {"required": [name for name, field in model.model_fields.items() if field.is_required()]}
    inside = {
        name: _required(field.annotation)
        for name, field in model.model_fields.items()
        if isinstance(field.annotation, type)
        and issubclass(field.annotation, BaseModel)
        and not issubclass(field.annotation, PluginConfig)
    }
    return {**found, "properties": inside} if inside else found


def _untitled(value: Any) -> Any:
    """Return a schema without the titles that pydantic makes of names; they only repeat them."""
    if isinstance(value, list):
        return [_untitled(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: {name: _untitled(inner) for name, inner in item.items()} if key == "properties" else _untitled(item)
        for key, item in value.items()
        if key != "title" or not isinstance(item, str)
    }
