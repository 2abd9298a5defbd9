"""The table of what it costs (`benchmarks.bench`) says what misses its aim."""

from __future__ import annotations

import pytest

from benchmarks.bench.side_by_side import Line, Seconds


@pytest.mark.parametrize(
    ("mine", "said"), [(2.4, "1.20 | ≤ 1.2 | noted"), (2.42, "1.21 | ≤ 1.2 | noted; misses its aim ≤ 1.2")]
)
def test_a_ratio_beyond_its_aim_is_said(mine: float, said: str) -> None:
    line = Line("what", Seconds((mine,) * 3), "beside", Seconds((2.0,) * 3), 1.2, note="noted")
    assert str(line) == f"| what | {mine:.3g} ({mine:.3g}–{mine:.3g}) | beside | 2 (2–2) | {said} |"


def test_each_aim_that_is_missed_is_named() -> None:
    line = Line("what", Seconds((1.0,)), aims={"≤ 30 s": True, "≤ 1.0 GiB": False})
    assert str(line) == "| what | 1 |  |  |  | ≤ 30 s; ≤ 1.0 GiB | misses its aim ≤ 1.0 GiB |"
