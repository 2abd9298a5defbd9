"""What a study found, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kit.digits import format_number

LEVEL = 0.05
"""The level of the test whether a gain is more than luck."""


def against_start(best: Mapping[str, Any]) -> str:
    """Return whether the best values are better than those that the search began with, and by more than luck.

    Args:
        best: What a study's ``best.json`` holds.
    """
    start, luck = best["present_values"], best.get("luck")
    if not start:
        return "the search began without values to compare with"
    if start["trial"] == best["trial"]:
        return "the best is your start: no other values that were tried are better"
    sign = 1 if best.get("greater_is_better") else -1
    gain = sign * (best["score"] - start["score"])
    said = f"better than the start by {format_number(gain)}"
    if luck is None:
        said += "; whether that is luck is not known (a fold as --holdout says it)"
    elif luck["p"] < LEVEL:
        said += f", more than the luck of {luck['trials']} trials (p = {luck['p']:.2g})"
    else:
        said += f", which may be the luck of {luck['trials']} trials (p = {luck['p']:.2g})"
    holdout = best.get("holdout")
    if holdout and holdout["present"]:
        change = sign * (holdout["best"]["holdout"] - holdout["present"]["holdout"])
        said += f"; on the hold-out {holdout['fold']} {'better' if change > 0 else 'worse'} by "
        said += format_number(abs(change))
    return said
