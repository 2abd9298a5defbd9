"""The tables of classes on the page and in the terminal, from tables whose numbers are known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kit.problem_types.class_tables import CLASSES, COVERAGE, by_class, coverage
from kit.reporting.classes import MOST_CLASSES, class_tables
from kit.reporting.classes import by_class as by_class_section
from kit.reporting.classes import coverage as coverage_section
from kit.reports.leaderboard import MOST_GROUPS


def facts(truth: np.ndarray, named: np.ndarray, parts: np.ndarray, n_classes: int) -> Any:
    Y, P = (np.eye(n_classes, dtype=np.float32)[codes] for codes in (truth, named))
    P = np.where(P == 1, np.where(truth == named, 0.9, 0.6)[:, None], P).astype(np.float32)
    names = tuple(f"class {place:02d}" for place in range(n_classes))
    tables = {CLASSES: by_class(Y, P, parts, names), COVERAGE: coverage(Y, P)}
    return SimpleNamespace(table=tables.get, recipe=SimpleNamespace(columns=SimpleNamespace(group="donor")))


def test_f1_by_class_and_donor_with_three_averages() -> None:
    # Donor x: 20 rows of class 0, all right; 2 of class 1, both called class 0. Donor y: 10 of class 1, all right.
    truth = np.repeat([0, 1, 1], [20, 2, 10])
    named = np.repeat([0, 0, 1], [20, 2, 10])
    parts = np.repeat(["x", "x", "y"], [20, 2, 10])
    f1, rows, confidence = class_tables(facts(truth, named, parts, 2)).values()
    f1 = f1.set_index("class")
    of_x = 2 * 20 / (20 + 22)
    assert f1.loc["class 00", ["x", "all"]].tolist() == pytest.approx([of_x, of_x])
    assert np.isnan(f1.loc["class 00", "y"])
    assert f1.loc["class 01", ["x", "y", "all"]].tolist() == pytest.approx([0, 1, 2 * 10 / (12 + 10)])
    assert f1.loc["mean", ["x", "y", "all"]].tolist() == pytest.approx([of_x / 2, 1, (of_x + 0 + 1) / 3])
    assert f1.loc["mean by rows", "all"] == pytest.approx((20 * of_x + 0 + 10) / 32)
    assert f1.loc["mean of 10 rows or more", "all"] == pytest.approx((of_x + 1) / 2)
    assert rows.set_index("class").loc["class 01"].tolist() == [2, 10, 12]
    assert confidence.set_index("confidence").loc[0.9, ["rows", "accuracy"]].tolist() == [30, 1]


def test_the_page_says_which_class_is_hardest_and_what_confidence_is_worth() -> None:
    truth = np.repeat([0, 1, 1], [20, 2, 10])
    known = facts(truth, np.repeat([0, 0, 1], [20, 2, 10]), np.repeat(["x", "x", "y"], [20, 2, 10]), 2)
    section = by_class_section(known)
    assert section is not None
    assert section.title.startswith("The hardest class is class 01")
    sure = coverage_section(known)
    assert sure is not None
    assert "100% of the rows are kept and 93.8% of these are right" in sure.title
    assert sure.figure.startswith("<")


def test_of_many_classes_the_hardest_are_shown_and_of_many_parts_no_columns() -> None:
    n_classes = MOST_CLASSES + 5
    truth = np.repeat(np.arange(n_classes), 2)
    named = np.where(truth == 3, 4, truth)
    few = class_tables(facts(truth, named, np.repeat("x", len(truth)), n_classes))
    f1, rows, _ = few.values()
    assert len(rows) == MOST_CLASSES
    assert {"class 03", "class 04"} <= set(f1["class"])
    many = facts(truth, named, np.arange(len(truth)).astype(str), n_classes)
    assert len(class_tables(many)) == 1
    assert len(set(many.table(CLASSES)["part"])) > MOST_GROUPS
    section = by_class_section(many)
    assert section is not None
    [(title, table)] = section.tables.items()
    assert (title, table["class"].iloc[0], len(table)) == ("F1 by class", "class 03", MOST_CLASSES)


def test_without_classes_there_is_nothing() -> None:
    none = SimpleNamespace(table=lambda name: None, recipe=SimpleNamespace(columns=SimpleNamespace(group=None)))
    assert class_tables(none) == {}  # type: ignore[arg-type]
    assert by_class_section(none) is None  # type: ignore[arg-type]
    assert coverage_section(none) is None  # type: ignore[arg-type]
