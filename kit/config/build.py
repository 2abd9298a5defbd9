"""From a checked entry of a recipe to the plug-in itself."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, Union, get_args, get_origin, overload

from kit.config.messages import unwrap
from kit.config.schema import CompetitionConfig, FeatureConfig, PluginConfig
from kit.errors import InputError
from kit.metrics.base import METRICS, Metric
from kit.metrics.scores import table_metrics
from kit.plugins import Plugin, PluginOf, Registry, parameters

P = TypeVar("P", bound=Plugin)


@overload
def build_plugin(
    family: Registry[P],
    entry: PluginConfig,
    supplied: Mapping[str, Any],
    blocks: Mapping[str, FeatureConfig] = ...,
) -> P: ...
@overload
def build_plugin(
    family: str, entry: PluginConfig, supplied: Mapping[str, Any], blocks: Mapping[str, FeatureConfig] = ...
) -> Any: ...
def build_plugin(
    family: Registry[Any] | str,
    entry: PluginConfig,
    supplied: Mapping[str, Any],
    blocks: Mapping[str, FeatureConfig] = types.MappingProxyType({}),
) -> Any:
    """Construct a plug-in and the plug-ins inside its parameters.

    Args:
        family: The registry in which its ``kind`` is, or the family's name.
        entry: The checked entry.
        supplied: Values for constructor parameters marked `kit.plugins.Supplied`, by name. Every plug-in, nested ones
            included, gets those it has a parameter for.
        blocks: The recipe's feature blocks, to which nested entries may refer by name.

    Returns:
        The plug-in, not fitted. The same block referred to twice is constructed twice.

    Raises:
        InputError: A parameter that the kit must supply is not among ``supplied``, or a name refers to nothing.
        UnknownPluginError: The family has no such kind.
    """
    registry = Registry.of(family) if isinstance(family, str) else family
    cls = registry.get(entry.kind)
    values: dict[str, Any] = {}
    for parameter in parameters(cls):
        if parameter.supplied is not None:
            if parameter.name in supplied:
                values[parameter.name] = supplied[parameter.name]
            elif parameter.required:
                raise InputError(f"{cls.__name__} needs {parameter.name!r} ({parameter.supplied.source}), not supplied")
        elif parameter.name in entry.params:
            value = entry.params[parameter.name]
            if parameter.plugin is not None:
                values[parameter.name] = _build_nested(parameter.plugin, value, supplied, blocks)
            else:
                values[parameter.name] = as_annotated(parameter.annotation, value)
    return cls(**values)


def build_metric(config: CompetitionConfig, targets: Sequence[str] | None = None) -> Metric:
    """Return the metric of a competition or recipe, which everything that scores, chooses or stops is given.

    Args:
        config: The competition or recipe.
        targets: The names of the targets or classes; needed where the metric is to score, and goes by them.

    Raises:
        InputError: A parameter is out of range, or tables have a column of the metric's name.
    """
    metric = build_plugin(METRICS, config.metric, {"targets": None if targets is None else tuple(targets)})
    metric.check_parameters()
    table_metrics(metric)
    return metric


def as_annotated(annotation: Any, value: Any) -> Any:
    """Return a value from YAML, which knows only lists, as the tuple that an annotation asks for."""
    inner, _ = unwrap(annotation)
    origin = get_origin(inner)
    if not isinstance(value, list):
        return value
    if origin in (Union, types.UnionType):
        converted = [as_annotated(argument, value) for argument in get_args(inner)]
        if any(
            isinstance(candidate, list) and get_origin(unwrap(argument)[0]) is list
            for candidate, argument in zip(converted, get_args(inner), strict=True)
        ):
            return value
        return next((candidate for candidate in converted if not isinstance(candidate, list)), value)
    return tuple(value) if origin is tuple or inner is tuple else value


def _build_nested(mark: PluginOf, value: Any, supplied: Mapping[str, Any], blocks: Mapping[str, FeatureConfig]) -> Any:
    if value is None:
        return None
    if isinstance(value, list):
        return [_build_nested(mark, item, supplied, blocks) for item in value]
    if isinstance(value, str) and refers_to_block(mark):
        if value not in blocks:
            raise InputError(f"no feature block {value!r} to refer to (there are: {', '.join(blocks) or 'none'})")
        return build_plugin(mark.family, blocks[value], supplied, blocks)
    entry = PluginConfig(kind=value) if isinstance(value, str) else PluginConfig.model_validate(value)
    return build_plugin(mark.family, entry, supplied, blocks)


def refers_to_block(mark: PluginOf) -> bool:
    """Whether a word given for such a parameter is the name of a block of the recipe (else it is a ``kind``)."""
    return mark.family == "feature"
