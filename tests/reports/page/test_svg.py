"""Figures of pages: one drawing a panel, labels that fit."""

from __future__ import annotations

import re

from kit.reports.page.svg import drawing


def test_every_panel_is_a_drawing_of_its_own_in_the_ink_of_the_page() -> None:
    with drawing(height=2) as made:
        for axes in made.axes(2):
            axes.plot([0, 1], [0, 1])
            axes.set_xlabel("a label that is longer than a narrow panel is wide, by far")
    assert made.svg.count("<svg") == made.svg.count("</svg>") == 2
    assert "currentColor" in made.svg
    assert "http" not in re.sub(r'xmlns(:xlink)?="[^"]*"', "", made.svg)
    assert "than a narrow" in made.svg
    assert "a label that is longer than a narrow panel is wide, by far" not in re.sub(r"<!--.*?-->", "", made.svg)
