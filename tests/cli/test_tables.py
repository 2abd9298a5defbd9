"""Tables that fit into a width."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from kit.cli.tables import lay_out


def _texts(frame: pd.DataFrame, **options: object) -> list[str]:
    return [line.text for line in lay_out(frame, **options)]  # type: ignore[arg-type]


def test_numbers_stand_on_the_right_and_words_on_the_left() -> None:
    frame = pd.DataFrame(
        {"name": ["a", "long"], "n": [5, 10], "x": np.float32([0.5, 10.25]), "pair": ["1 / 10", "84 / 2"]}
    )
    assert _texts(frame, digits=2) == [
        "  name   n      x    pair",
        "  a      5   0.50  1 / 10",
        "  long  10  10.25  84 / 2",
    ]


def test_a_missing_number_is_an_empty_cell() -> None:
    assert _texts(pd.DataFrame({"name": ["a", "b"], "sd": [float("nan"), 0.5]}), digits=1)[1:] == ["  a", "  b     0.5"]


def test_sections_stand_above_their_rows() -> None:
    frame = pd.DataFrame({"member": ["z", "m", "r"], "kind": ["floor", "floor", "model"], "n": [1, 2, 3]})
    assert _texts(frame, sections="kind") == [
        "    member  n",
        "  floor",
        "    z       1",
        "    m       2",
        "  model",
        "    r       3",
    ]


def test_columns_that_do_not_fit_are_continued_below() -> None:
    frame = pd.DataFrame({"member": ["zeros"], "kind": ["floor"], "a": [1], "bb": [22], "ccc": [333]})
    assert _texts(frame, width=22) == [
        "  member  kind   a  bb",
        "  zeros   floor  1  22",
        "",
        "  member  kind   ccc",
        "  zeros   floor  333",
    ]


def test_wide_characters_and_line_breaks_keep_the_columns_aligned() -> None:
    lines = _texts(pd.DataFrame({"name": ["細胞", "a\nb", "x"], "n": [1, 2, 3]}))
    assert not any("\n" in line for line in lines)
    assert {cell_len(line) for line in lines} == {2 + 4 + 2 + 1}


names = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(names, min_size=1, max_size=4),
    columns=st.lists(names, max_size=12, unique=True),
    width=st.integers(20, 120),
    with_sections=st.booleans(),
)
def test_every_line_fits_and_no_number_is_lost(
    rows: list[str], columns: list[str], width: int, with_sections: bool
) -> None:
    numbers = 1.5 + np.arange(len(rows) * len(columns)).reshape(len(rows), -1)
    head = pd.DataFrame({" member": rows, " kind": ["k"] * len(rows)})
    frame = pd.concat([head, pd.DataFrame(numbers, columns=columns)], axis=1)
    lines = lay_out(frame, 1, width, " kind" if with_sections else None)
    words = " ".join(line.text for line in lines).split()
    assert sorted(word for word in words if word.endswith(".5")) == sorted(f"{value:.1f}" for value in numbers.ravel())
    # Too long are only lines whose columns cannot be split any further.
    most = max([cell_len(name) for name in rows] + [7]) + max([cell_len(name) for name in columns] + [5]) + 16
    assert all(cell_len(line.text) <= max(width, most) for line in lines)


@pytest.mark.parametrize("width", [None, 10])
def test_a_table_without_rows_is_its_header(width: int | None) -> None:
    assert _texts(pd.DataFrame({"member": [], "n": []}), width=width) == ["  member  n"]
