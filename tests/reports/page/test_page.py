"""Pages: one file that loads nothing, whatever stands in names; the same content as JSON."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pandas as pd

from kit.reports.page import Answer, Page, Section, render
from kit.reports.page.svg import INK, drawing

NASTY = '<script>alert("1")</script> & "quotes"'
TABLE = pd.DataFrame({"name": ["a", NASTY, None], "value": [0.25, np.nan, 1e-7], "count": [1, 2, 3]})


def made(figure: str = "") -> Page:
    section = Section("one", f"Finding {NASTY}", "text", figure, "a figure", {f"Table {NASTY}": TABLE})
    return Page(f"Title {NASTY}", "words", "score 0.5", {"floor": "0.6"}, [section], "kit train x.yaml", [NASTY])


class Balance(HTMLParser):
    """Checks that elements are closed in order, and collects what they refer to."""

    VOID = frozenset({"meta", "br", "hr", "img", "input", "link", "use", "path", "rect"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.references: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.references += [value or "" for name, value in attrs if name in ("src", "href", "xlink:href", "action")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "script" not in self.open and "style" not in self.open:
            self.text.append(data)


def read(html: str) -> Balance:
    reader = Balance()
    reader.feed(html)
    reader.close()
    assert not reader.open
    return reader


def test_a_page_is_whole_and_loads_nothing() -> None:
    with drawing() as figure:
        figure.axes()[0].plot([1, 2], [3, 4])
    reader = read(render(made(figure.svg)))
    assert all(reference.startswith("#") for reference in reader.references)
    text = "".join(reader.text)
    # Names come through as they are, and as text: nothing in them is an element.
    assert text.count(NASTY) == 7


def test_json_has_what_the_page_has() -> None:
    content = json.loads(json.dumps(made().as_json()))
    assert content["headline"] == "score 0.5"
    [section] = content["sections"]
    assert section["finding"] == f"Finding {NASTY}"
    assert section["tables"][f"Table {NASTY}"] == [
        {"name": "a", "value": 0.25, "count": 1},
        {"name": NASTY, "value": None, "count": 2},
        {"name": None, "value": 1e-7, "count": 3},
    ]


def test_numbers_stand_to_the_right_and_can_be_sorted() -> None:
    html = render(made())
    heads = re.findall(r"<th( class=\"n\")? scope=\"col\"><button type=\"button\" data-sort>(\w+)</button>", html)
    assert heads == [("", "name"), (' class="n"', "value"), (' class="n"', "count")]


def test_a_figure_takes_the_ink_of_the_page() -> None:
    with drawing(width=5, height=2) as figure:
        [axes] = figure.axes()
        axes.plot([1, 2, 3], [1, 4, 9])
        axes.set_xlabel("dose in µM")
    svg = figure.svg
    assert svg.startswith("<svg")
    assert INK not in svg
    assert "currentColor" in svg
    assert "#ffffff" not in svg
    assert "dose in µM" in svg  # text, not drawn letters
    read(svg)


def test_the_same_numbers_make_the_same_figure() -> None:
    drawn = []
    for _ in range(2):
        with drawing() as figure:
            figure.axes()[0].hist([1, 2, 2, 3])
        drawn.append(figure.svg)
    assert drawn[0] == drawn[1]


def test_answers_stand_before_the_findings() -> None:
    page = replace(made(), answers=[Answer("Which is best?", f"This {NASTY}", "Because.")], versions={"kit": "1.0"})
    html = render(page)
    assert html.index("Which is best?") < html.index("Because.") < html.index('<section id="one"')
    assert "".join(read(html).text).count(NASTY) == 8
    content = page.as_json()
    assert content["answers"] == [{"question": "Which is best?", "answer": f"This {NASTY}", "text": "Because."}]
    assert content["versions"] == {"kit": "1.0"}
