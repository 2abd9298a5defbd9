"""The check for infinite numbers and NaN, wherever a recipe has them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from kit.config.messages import show
from kit.config.text.mistakes import Mistake
from kit.config.text.origins import KeyPath


def check_numbers(value: Any, path: KeyPath = ()) -> Iterator[Mistake]:
    """Yield the numbers of a plain tree that are not finite, also where no type is known (``library_params``)."""
    if isinstance(value, float) and not math.isfinite(value):
        yield Mistake(path, f"expected a finite number, got {show(value)}")
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from check_numbers(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from check_numbers(inner, (*path, index))
