"""The blend that a command asks for, as an entry of a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kit.blends.base import BLENDS, Blend
from kit.blends.by_variance import VarianceBlend
from kit.blends.fixed import Weighted
from kit.blends.per_group import PerGroupBlend
from kit.config.build import build_plugin
from kit.config.checks.plugins import PluginChecker
from kit.config.schema import PluginConfig
from kit.config.text.origins import Origin
from kit.config.text.yaml_file import parse_yaml
from kit.errors import ConfigError, InputError
from kit.metrics.base import Metric

SEED = 0
"""The seed of blends that draw: the same members give the same blend."""


def blend_entry(text: str) -> PluginConfig:
    """Return the entry that a text writes: ``nnls``, or ``{kind: nnls, params: {ridge: 0.1}}``.

    Raises:
        InputError: It is no such entry, there is no such blend, or a parameter is wrong.
    """
    try:
        node = parse_yaml(text, lambda line: Origin())
    except ConfigError:
        node = None
    value = None if node is None else node.plain()
    entry: Any = {"kind": value} if isinstance(value, str) else value
    known = isinstance(entry, Mapping) and isinstance(entry.get("kind"), str) and entry.keys() <= {"kind", "params"}
    if not known or not isinstance(entry.get("params", {}), Mapping):
        raise InputError(f"--blend {text}: expected a blend's name, such as nnls, or {{kind: nnls, params: {{…}}}}")
    mistakes = PluginChecker({}).entry((), "blend", entry).mistakes
    if mistakes:
        raise InputError("\n".join(f"--blend: {mistake.message}" for mistake in mistakes))
    return PluginConfig.model_validate(entry)


def weights_entry(text: str) -> PluginConfig:
    """Return the entry of weights as they are given on a command line: ``a=.4,b=.6``, divided by their sum.

    Raises:
        InputError: A part is no ``name=number``, or a name stands twice.
    """
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, equals, number = part.strip().rpartition("=")
        try:
            if not equals or not name or name in weights:
                raise ValueError
            weights[name] = float(number)
        except ValueError:
            raise InputError(
                f"--weights {text}: {part.strip()!r} is not right; expected a number for each member, a=.4,b=.6"
            ) from None
    return PluginConfig(kind=Weighted.kind, params={"weights": weights})


def per_group_entry(entry: PluginConfig) -> PluginConfig:
    """Return the entry of a blend fitted for every group."""
    return PluginConfig(kind=PerGroupBlend.kind, params={"blend": entry.model_dump()})


def build_blend(entry: PluginConfig, metric: Metric) -> Blend:
    """Return the blend of an entry, with its parameters checked.

    Args:
        entry: The entry.
        metric: The competition's metric, by which some blends learn their weights.

    Raises:
        ParameterError: A parameter is out of range.
        UnknownPluginError: There is no such blend.
        InputError: It reads what models expect of their own errors, which whole runs do not have.
    """
    if issubclass(BLENDS.get(entry.kind), VarianceBlend):
        raise InputError(
            f"{entry.kind!r} goes by what single models expect of their own errors, and a run is a blend of models; "
            "write it as the blend of a recipe, or blend runs by --blend by_score"
        )
    blend = build_plugin(BLENDS, entry, {"random_state": SEED, "metric": metric})
    blend.check_parameters()
    return blend
