from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from annotated_types import Ge, Gt, Interval, Lt, MinLen

from kit.config.messages import describe, mismatch, show, within


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (int, "an integer"),
        (Annotated[int, Ge(1)], "an integer of at least 1"),
        (Annotated[float, Gt(0), Lt(1)], "a number above 0 and below 1"),
        (Annotated[float, Interval(ge=0, le=1)], "a number of at least 0 and at most 1"),
        (str | None, "text or null"),
        (Literal["mean", "median"], "one of: 'mean', 'median'"),
        (Literal["auto"], "'auto'"),
        (list[str], "a list of texts"),
        (Annotated[list[Annotated[float, Gt(0)]], MinLen(1)], "a non-empty list of numbers above 0"),
        (list[list[str]], "a list of lists of texts"),
        (tuple[int, ...], "a list of integers"),
        (tuple[int, str], "a list of 2: an integer, text"),
        (dict[str, float], "a mapping of texts to numbers"),
        (int | float | Literal["auto"], "one of: an integer, a number, 'auto'"),
    ],
)
def test_a_type_in_words(annotation: Any, words: str) -> None:
    assert describe(annotation) == words


def test_values_are_shown_as_yaml_and_shortened() -> None:
    assert show(None) == "null"
    assert show(True) == "true"
    assert show("a") == "'a'"
    assert show({"a": [1]}) == '{"a": [1]}'
    assert len(show(list(range(1000)))) == 60


def test_quotes_around_a_number_are_named() -> None:
    assert mismatch(int | None, "3") == "expected an integer or null, got '3' (without quotes it is a number)"
    assert mismatch(bool, "3") == "expected true or false, got '3'"


def test_the_type_inside_a_type() -> None:
    assert within(dict[str, list[int]] | None, "a") == list[int]
    assert within(tuple[int, str], 1) is str
    assert within(tuple[int, str], 5) is Any
    assert within(int, "a") is Any
