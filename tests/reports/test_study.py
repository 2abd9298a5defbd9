from __future__ import annotations

from typing import Any

import pytest

from kit.reports.study import against_start

BEST: dict[str, Any] = {"trial": 4, "score": 0.5, "present_values": {"trial": 0, "score": 0.6}, "holdout": None}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"present_values": None}, "without values to compare with"),
        ({"trial": 0}, "the best is your start"),
        ({}, "better than the start by 0.1000; whether that is luck is not known"),
        ({"luck": {"p": 0.001, "trials": 9}}, "by 0.1000, more than the luck of 9 trials (p = 0.001)"),
        ({"luck": {"p": 0.3, "trials": 9}}, "by 0.1000, which may be the luck of 9 trials (p = 0.3)"),
    ],
)
def test_the_start_is_the_measure(more: dict[str, Any], said: str) -> None:
    assert said in against_start(BEST | more)


@pytest.mark.parametrize(("greater", "word"), [(False, "worse"), (True, "better")])
def test_the_hold_out_has_the_metrics_direction(greater: bool, word: str) -> None:
    holdout = {"fold": "B cells", "best": {"holdout": 0.8}, "present": {"holdout": 0.7}}
    best = BEST | {"holdout": holdout, "greater_is_better": greater, "score": 0.7 if greater else 0.5}
    assert against_start(best).endswith(f"on the hold-out B cells {word} by 0.1000")
