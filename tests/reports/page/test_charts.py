"""Forms of figures."""

from __future__ import annotations

import re

import numpy as np
import pytest

from kit.reports.page.charts import dots, intervals, logarithmic, name_points, short
from kit.reports.page.svg import FIRST, SECOND, drawing


def texts(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


@pytest.mark.parametrize("name", ["a", "x" * 30, "competitions/one/baseline and more"])
def test_a_name_fits_beside_an_axis_and_keeps_its_ends(name: str) -> None:
    shown = short(name)
    assert len(shown) <= 31
    assert (shown[0], shown[-1]) == (name[0], name[-1])
    assert (shown == name) == (len(name) <= 30)


def test_the_first_name_is_at_the_top() -> None:
    with drawing() as made:
        left, right = made.axes(2)
        intervals(left, ["one", "two"], [1.0, 2.0], [0.5, 1.5], [1.5, 2.5], [FIRST, SECOND])
        dots(right, ["one", "two"], {"a": [1.0, 2.0], "b": [2.0, 3.0]}, [FIRST, SECOND])
        places = [
            {label.get_text(): label.get_position()[1] for label in axes.get_yticklabels()} for axes in (left, right)
        ]
    assert all(place["one"] > place["two"] for place in places)
    assert {"one", "two"} <= set(texts(made.svg))


@pytest.mark.parametrize(("low", "high"), [(0.4, 8.0), (1e-4, 1e4), (0.0200, 0.0203)])
def test_ticks_of_a_logarithmic_axis_are_numbers_that_are_few(low: float, high: float) -> None:
    with drawing() as made:
        [axes] = made.axes()
        axes.plot([low, high], [0, 1])
        logarithmic(axes)
        axes.set_yticks([])
    shown = [float(text) for text in texts(made.svg)]
    assert 2 <= len(shown) <= 8
    assert shown == sorted(shown)


def test_names_that_find_no_place_are_left_out() -> None:
    places = np.array([[0.5, 0.5]] * 20 + [[0.1, 0.1]])
    names = [f"name {number}" for number in range(21)]
    with drawing() as made:
        [axes] = made.axes()
        axes.plot(*places.T, "o")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        name_points(axes, places, names)
        boxes = [text.get_window_extent() for text in axes.texts]
    named = [text.get_text() for text in axes.texts]
    assert named[0] == "name 0"
    assert "name 20" in named
    assert len(named) < 10
    for number, one in enumerate(boxes):
        assert all(not one.overlaps(other) for other in boxes[:number])
