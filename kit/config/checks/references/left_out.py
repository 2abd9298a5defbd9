"""The parts of a recipe removed by ``enabled: false``, for the messages of checks that miss them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kit.config.text.mistakes import Mistake
from kit.config.text.origins import KeyPath, Origin
from kit.errors import did_you_mean


@dataclass
class LeftOut:
    """The parts that were left out of a recipe.

    Attributes:
        origins: Where ``enabled: false`` was written, by the path of the model or block.
        unread: The paths of the blocks and earlier stages that only such models and blocks read.
        problems: Stages without any model left.
    """

    origins: dict[KeyPath, Origin] = field(default_factory=dict)
    unread: list[KeyPath] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)


def no_block(name: str, known: Iterable[str], left_out: LeftOut, nearby: bool = True) -> str:
    """Return the error message for the name of a feature block that does not exist.

    Args:
        name: The name.
        known: The names that could have been meant.
        left_out: The blocks that were switched off.
        nearby: Whether the nearest name is said.
    """
    origin = left_out.origins.get(("features", name))
    if origin is not None:
        return f"the block {name!r} is switched off ({origin}); remove its name here or `enabled: false` there"
    hint = (did_you_mean(name, known) or " (the recipe has none)") if nearby else ""
    return f"no feature block {name!r}{hint}"
