from __future__ import annotations

import pandas as pd

from kit.reports.markdown import markdown_table


def test_numbers_are_rounded_and_aligned_and_gaps_are_empty() -> None:
    frame = pd.DataFrame(
        {"member": ["a", "b"], "score": [0.123456, None], "rows": [3, 12], "why": [None, "it\nfailed"]}
    )
    assert markdown_table(frame, digits=2).splitlines() == [
        "| member | score | rows | why |",
        "| --- | ---: | ---: | --- |",
        "| a | 0.12 | 3 |  |",
        "| b |  | 12 | it failed |",
    ]


def test_a_name_cannot_end_its_cell() -> None:
    table = markdown_table(pd.DataFrame({"a|b": ["x | y"]}))
    assert table.splitlines()[0] == r"| a\|b |"
    assert table.splitlines()[2] == r"| x \| y |"
