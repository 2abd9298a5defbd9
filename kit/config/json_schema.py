"""The JSON Schema (draft 2020-12) of competition files and recipes, for completion and checks in editors.

It knows the structure and, for every place where a plug-in stands, each plug-in with its parameters and their ranges.
Because ``extends`` may give what a file leaves out, keys are required only in files without it, and ``kind`` may be
absent; ``null``, which removes an inherited entry, is allowed where an entry is. What it cannot say, the loader checks:
whether names refer to something, what a plug-in requires, what several parameters mean together.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from kit.config.build import refers_to_block
from kit.config.docstrings import parameter_descriptions, summary
from kit.config.plugins import nested_shape, settable
from kit.config.schema import CompetitionConfig, FeatureConfig, FoldsConfig, ModelConfig, PluginConfig, RecipeConfig
from kit.plugins import Parameter, Plugin, Registry, parameter_model

Schema = dict[str, Any]

_DEFS = "#/$defs/"


def schema() -> Schema:
    """Return the JSON Schema of recipes and competition files, with the plug-ins that are installed."""
    return _Builder().build()


class _Builder:
    """Collects the definitions to which places refer, each once."""

    def __init__(self) -> None:
        self.definitions: Schema = {}

    def build(self) -> Schema:
        """Return the whole schema."""
        root = self._structure(RecipeConfig)
        properties = root["properties"]
        target, inner = self._place("target"), self._place("splitter")
        features = self._place("feature", FeatureConfig)
        augment = {"type": "array", "items": self._place("augmenter")}
        models = self._place("model", ModelConfig, {"target": target, "augment": augment})
        places: dict[str, Schema] = {
            "metric": self._place("metric"),
            "folds": self._place("splitter", FoldsConfig, {"inner": inner}),
            "target": target,
            "features": {"anyOf": [{"type": "object", "additionalProperties": features}, {"type": "null"}]},
            "models": {"anyOf": [{"type": "object", "additionalProperties": models}, {"type": "null"}]},
            "blend": self._place("blend"),
            "postprocess": {"type": "array", "items": self._place("postprocessor")},
        }
        for name, place in places.items():
            described = {key: properties[name][key] for key in ("description", "default") if key in properties[name]}
            properties[name] = {**place, **described}
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
            "if": {"not": {"required": ["extends"]}},
            "then": _required(CompetitionConfig),
            "$defs": dict(sorted(self.definitions.items())),
        }

    def _structure(self, model: type[BaseModel]) -> Schema:
        """Return a structural model's schema with nothing required; what it refers to becomes definitions."""
        own = model.model_json_schema()
        for name, definition in own.pop("$defs", {}).items():
            self.definitions[name] = _untitled({key: value for key, value in definition.items() if key != "required"})
        return _untitled({key: value for key, value in own.items() if key != "required"})

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
            self.definitions[name] = {"type": "object", "properties": properties, "additionalProperties": False}
        return {"$ref": _DEFS + name}

    def _nested(self, parameter: Parameter) -> Schema:
        """Return the schema of a parameter that takes plug-ins."""
        assert parameter.plugin is not None
        place = self._place(parameter.plugin.family, nested=refers_to_block(parameter.plugin))
        return {"type": "array", "items": place} if nested_shape(parameter.annotation)[0] else dict(place)


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
