from __future__ import annotations

import pytest

from kit.data.mistakes import Mistakes, count, some
from kit.errors import DataError, SubmissionError


def test_nothing_found_raises_nothing() -> None:
    Mistakes(DataError).raise_if_any("the tables")


def test_one_problem_stands_alone() -> None:
    mistakes = Mistakes(DataError)
    mistakes.add("row 3 is wrong")
    with pytest.raises(DataError, match=r"^row 3 is wrong$"):
        mistakes.raise_if_any("the tables")


def test_several_are_listed_and_many_are_counted() -> None:
    mistakes = Mistakes(SubmissionError)
    mistakes.add(*(f"problem {i}" for i in range(25)))
    with pytest.raises(SubmissionError) as caught:
        mistakes.raise_if_any("s.csv")
    lines = str(caught.value).splitlines()
    assert lines[0] == "25 problems in s.csv:"
    assert lines[1] == "  - problem 0"
    assert lines[-1] == "  … and 5 more"
    assert len(lines) == 22


def test_gather_takes_its_own_errors_only() -> None:
    mistakes = Mistakes(DataError)
    with mistakes.gather():
        raise DataError("first")
    with pytest.raises(SubmissionError), mistakes.gather():
        raise SubmissionError("of another kind")
    assert mistakes.found == ["first"]


def test_words() -> None:
    assert some(["a", "b"]) == "'a', 'b'"
    assert some("abcde") == "'a', 'b', 'c' and 2 more"
    assert (count(1, "row"), count(1200, "row")) == ("1 row", "1,200 rows")
