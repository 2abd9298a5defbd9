"""One rule for every name that becomes a file."""

from __future__ import annotations

import pytest

from kit.names import LONGEST, as_name, why_no_name


@pytest.mark.parametrize("name", ["ridge", "a.b", "v1+2", "A_-x", "_x", "0", "n" * LONGEST])
def test_allowed(name: str) -> None:
    assert why_no_name(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        "../x",
        "/etc",
        "a/b",
        "a\\b",
        "a b",
        "ä",
        "a\n",
        "a\x00",
        "\x1b[2J",
        ".hidden",
        "-rf",
        "~",
        "n" * (LONGEST + 1),
    ],
)
def test_refused(name: str) -> None:
    assert why_no_name(name)


@pytest.mark.parametrize("text", ["a b/c", "../x", "", "größe", "\x1b[2J", "-rf"])
def test_any_text_makes_a_name(text: str) -> None:
    assert why_no_name(as_name(text)) is None
