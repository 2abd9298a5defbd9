"""What a page holds, and how it becomes HTML or JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from kit.digits import cells
from kit.files import new_file

REPORT = "report.html"
"""The page's name in the folder of what it is about."""

_WIDE = 1e4
"""A column whose largest number is so many times its smallest is written digit by digit."""


@dataclass(frozen=True)
class Section:
    """One finding.

    Attributes:
        key: A short name, for links and JSON.
        title: The finding in words, computed from the numbers.
        text: What is shown and how to read it.
        figure: An SVG drawing, or "".
        description: What the figure shows, for who cannot see it.
        tables: Tables by their captions.
    """

    key: str
    title: str
    text: str = ""
    figure: str = ""
    description: str = ""
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """A question that a reader comes with, and its answer.

    Attributes:
        question: The question.
        answer: The answer in a few words.
        text: What it rests on.
    """

    question: str
    answer: str
    text: str = ""


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes:
        title: What the page is about.
        subtitle: What was run, in words.
        headline: The result on one line.
        facts: Short facts by their names, beside the headline.
        sections: The findings in order.
        command: What repeats it; "" where nothing does.
        notes: Warnings and remarks.
        command_title: What stands above the command.
        answers: Questions and answers, in front of the findings.
        versions: Of what the page's numbers hang on, by name.
    """

    title: str
    subtitle: str
    headline: str
    facts: Mapping[str, str]
    sections: Sequence[Section]
    command: str = ""
    notes: Sequence[str] = ()
    command_title: str = "To repeat it"
    answers: Sequence[Answer] = ()
    versions: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the same content as plain values: figures are left out, the tables that they show are not."""
        return {
            "title": self.title,
            "subtitle": self.subtitle,
            "headline": self.headline,
            "answers": [asdict(answer) for answer in self.answers],
            "facts": dict(self.facts),
            "sections": [
                {
                    "key": section.key,
                    "finding": section.title,
                    "text": section.text,
                    "tables": {name: _records(table) for name, table in section.tables.items()},
                }
                for section in self.sections
            ],
            "command": self.command,
            "versions": dict(self.versions),
            "notes": list(self.notes),
        }


def render(page: Page) -> str:
    """Return the page as one HTML file that loads nothing."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["columns"] = _columns
    template = files("kit.reports.page").joinpath("page.html").read_text(encoding="utf-8")
    return environment.from_string(template).render(page=page)


def write_page(page: Page, file: Path) -> None:
    """Write the page as one HTML file.

    Raises:
        RunError: The file cannot be written.
    """
    with new_file(file) as temporary:
        temporary.write_text(render(page), encoding="utf-8")


def _columns(table: pd.DataFrame) -> dict[str, Any]:
    """Return a table as the template wants it: names, whether each holds numbers, and rows of texts."""
    columns = [table.iloc[:, place] for place in range(table.shape[1])]
    numbers = [pd.api.types.is_numeric_dtype(column) for column in columns]
    shown = [_texts(column) if number else cells(column) for column, number in zip(columns, numbers, strict=True)]
    return {
        "names": [str(name) for name in table.columns],
        "numbers": numbers,
        "rows": list(zip(*shown, strict=True)),
    }


def _texts(column: pd.Series) -> list[str]:
    """Return numbers alike, with as many digits as give the largest four or five that are not 0.

    Of numbers of very different sizes each has its own digits.
    """
    sizes = column.abs()[column != 0].dropna()
    if sizes.empty or not math.isfinite(largest := float(sizes.max())):
        return cells(column)
    if pd.api.types.is_float_dtype(column) and largest > _WIDE * float(sizes.min()):
        return ["" if value != value else f"{value:.4g}" for value in column]
    size = math.floor(math.log10(largest))
    return cells(column, min(max((4 if size >= 0 else 3) - size, 0), 8))


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): _plain(value) for name, value in row.items()} for row in table.to_dict("records")]


def _plain(value: Any) -> Any:
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value
