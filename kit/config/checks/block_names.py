"""The check that the feature blocks named in a model's parameters are blocks that the model reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kit.config.checks.left_out import LeftOut, no_block
from kit.config.checks.plugins import plugin_class, settable
from kit.config.text.mistakes import Mistake
from kit.config.text.origins import KeyPath

_NAMING = re.compile(r"(\w+_)?blocks?")
"""The parameters of a model, and of plug-ins inside it such as kernels, that name blocks of its features."""


def check_block_names(
    blocks: Mapping[str, Any], models: Mapping[str, Any], at: KeyPath, left_out: LeftOut
) -> Iterator[Mistake]:
    """Yield a problem for each name, in a model's parameters, of a block that is not among the model's features.

    Args:
        blocks: The recipe's ``features``.
        models: The models of a stage; an entry that is no plug-in is left to other checks.
        at: Where the stage stands.
        left_out: The blocks that were switched off.
    """
    for model, entry in models.items():
        own = entry.get("features") if isinstance(entry, dict) else None
        read: Sequence[Any] = own if isinstance(own, list) else list(blocks)
        for path, name in _named((*at, "models", model), "model", entry):
            if name in read:
                continue
            if name in blocks:
                yield Mistake(path, f"the model does not read the block {name!r}; add it to the model's features")
            else:
                yield Mistake(path, no_block(name, [str(one) for one in read], left_out))


def _named(path: KeyPath, family: str, entry: Any) -> Iterator[tuple[KeyPath, str]]:
    """Yield the path and the name of every block that an entry, or one inside its parameters, names."""
    cls = plugin_class(family, entry)
    params = entry.get("params") if isinstance(entry, dict) else None
    if cls is None or not isinstance(params, dict):
        return
    for name, parameter in settable(cls).items():
        value, where = params.get(name), (*path, "params", name)
        if parameter.plugin is not None and parameter.plugin.family != "feature":
            for index, inner in enumerate(value) if isinstance(value, list) else [(None, value)]:
                yield from _named(where if index is None else (*where, index), parameter.plugin.family, inner)
        elif _NAMING.fullmatch(name) and isinstance(value, str):
            yield where, value
        elif _NAMING.fullmatch(name) and isinstance(value, list):
            yield from (((*where, index), one) for index, one in enumerate(value) if isinstance(one, str))
