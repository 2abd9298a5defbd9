from __future__ import annotations

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.errors import InputError
from kit.starting.patterns import exact_pattern, family_of, from_shell


@given(st.text("y*?x.[!a-]1", max_size=8), st.text("yx.a-1[]!", max_size=6))
def test_a_shell_pattern_matches_what_its_regular_expression_matches(pattern: str, name: str) -> None:
    try:
        expression = from_shell(pattern)
    except InputError:
        return
    assert bool(re.fullmatch(expression, name)) == fnmatchcase(name, pattern)


def test_readable_expressions() -> None:
    assert [from_shell(pattern) for pattern in ("y*", "y.*", "t?", "y[0-9]", "y[!a]")] == [
        "y.*",
        r"y\..*",
        "t.",
        "y[0-9]",
        "y[^a]",
    ]


def test_a_range_that_runs_backwards_is_no_pattern() -> None:
    with pytest.raises(InputError, match="is no shell pattern"):
        from_shell("y[b-a]")


def test_names_that_differ_in_numbers_alone_are_of_one_family() -> None:
    assert family_of("x.10.2") == family_of("x.3.44") == "x.#.#"
    assert family_of("x.1") != family_of("y.1")


@pytest.mark.parametrize(
    ("names", "others", "expected"),
    [
        (["x.0", "x.1", "x.10"], ["y.0"], r"x\..*"),
        (["y1", "y2", "y10"], ["x1", "year"], r"y\d+"),
        (["y10", "y11"], ["x1"], r"y\d+"),
        (["gene_A", "gene_B"], ["id"], "gene_.*"),
        (["A1BG", "TP53", "MYC"], ["dose"], None),
        (["y1", "y2"], ["y3"], None),
    ],
)
def test_the_expression_matches_the_names_and_no_others(
    names: list[str], others: list[str], expected: str | None
) -> None:
    assert exact_pattern(names, others) == expected
    if expected is not None:
        assert all(re.fullmatch(expected, name) for name in names)
        assert not any(re.fullmatch(expected, name) for name in others)
