"""The check that the feature blocks named in a model's parameters are blocks that the model reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kit.config.checks.references.dependencies import names_given
from kit.config.checks.references.left_out import LeftOut, no_block
from kit.config.text.mistakes import Mistake
from kit.config.text.origins import KeyPath


def check_block_names(
    blocks: Mapping[str, Any], models: Mapping[str, Any], at: KeyPath, left_out: LeftOut
) -> Iterator[Mistake]:
    """Yield a problem for each name, in a model's parameters, of a block that is not among the model's features.

    Where a parameter has to name all of the model's blocks, one that it leaves out is a problem too.

    Args:
        blocks: The recipe's ``features``.
        models: The models of a stage; an entry that is no plug-in is left to other checks.
        at: Where the stage stands.
        left_out: The blocks that were switched off.
    """
    for model, entry in models.items():
        own = entry.get("features") if isinstance(entry, dict) else None
        read: Sequence[Any] = own if isinstance(own, list) else list(blocks)
        for named in names_given((*at, "models", model), "model", entry, "block"):
            for path, name in named.names:
                if name in blocks and name not in read:
                    yield Mistake(path, f"the model does not read the block {name!r}; add it to the model's features")
                elif name not in read:
                    yield Mistake(path, no_block(name, [str(block) for block in read], left_out))
            known = {name for _, name in named.names}
            # What is no text is refused elsewhere.
            given = [block for block in read if isinstance(block, str)]
            unread = [block for block in given if block not in known]
            if named.every and unread and known <= set(given):
                yield Mistake(
                    named.path, f"nothing here reads {', '.join(map(repr, unread))}, which the model is given"
                )
