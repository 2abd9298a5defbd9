from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kit.config.text.origins import KeyPath, Origin
from kit.config.text.text_edits import has, put, remove
from kit.config.text.yaml_file import inline, parse_yaml

TEXT = """\
# head
a: 1  # one
"b c":   {d: 'x',  e: [1, 2]}   # two

block:
  first:
    - 1  # three
    - {p: q}
    - r:  # four
        s: 1
      t: 2
  # five

  second: |
    words
  empty:
# six
"""


def plain(text: str) -> Any:
    node = parse_yaml(text, lambda line: Origin(line=line))
    return None if node is None else node.plain()


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (("a",), 0.5, "a: 1  #", "a: 0.5  #"),
        (("a",), [1], "a: 1  #", "a: [1]  #"),
        (("b c", "d"), "y, z", "d: 'x',", "d: 'y, z',"),
        (("b c", "e", 1), None, "[1, 2]", "[1, null]"),
        (("b c",), 3, "{d: 'x',  e: [1, 2]}", "3"),
        (("b c", "new"), {"k": []}, "[1, 2]}", "[1, 2], new: {k: []}}"),
        (("block", "first", 1, "p"), "no", "{p: q}", "{p: no}"),
        (("block", "first", 2, "r"), 7, "r:  # four\n        s: 1\n", "r: 7  # four\n"),
        (("block", "first", 2, "r", "u"), 7, "s: 1\n", "s: 1\n        u: 7\n"),
        (("block", "first", 2), {"z": 1}, "- r:  # four\n        s: 1\n      t: 2", "- {z: 1}"),
        (("block", "second"), "w", "second: |\n    words\n", "second: w\n"),
        (("block", "empty"), 1, "empty:\n", "empty: 1\n"),
        (("block", "empty", "x", "y"), 1, "empty:\n", "empty: {x: {y: 1}}\n"),
        (("block", "more"), 1, "empty:\n", "empty:\n  more: 1\n"),
        (("top",), {"x": True}, "empty:\n", "empty:\ntop: {x: true}\n"),
        (("b c", "d", "params"), {}, "'x'", "{kind: x, params: {}}"),
    ],
)
def test_a_value_is_put_at_its_place_and_nothing_else_changes(path: KeyPath, value: Any, old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    changed = put(TEXT, path, value)
    assert changed == TEXT.replace(old, new)
    found = plain(changed)
    for segment in path:
        found = found[segment]
    assert (found.strip() if isinstance(found, str) else found) == value


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (("a",), "a: 1  # one\n", ""),
        (("b c", "d"), "d: 'x',  ", ""),
        (("b c", "e"), ",  e: [1, 2]", ""),
        (("block", "first", 1, "p"), "{p: q}", "{}"),
        (("block", "first", 2, "r"), "r:  # four\n        s: 1\n      ", ""),
        (("block", "first", 2, "t"), "      t: 2\n", ""),
        (("block", "first", 2, "r", "s"), "r:  # four\n        s: 1\n", "r: {}  # four\n"),
        (("block", "second"), "  second: |\n    words\n", ""),
        (("block", "empty"), "  empty:\n", ""),
    ],
)
def test_an_entry_is_removed(path: KeyPath, old: str, new: str) -> None:
    assert remove(TEXT, path) == TEXT.replace(old, new)
    assert not has(remove(TEXT, path), path)


def test_a_text_without_a_last_line_break() -> None:
    assert put("a: 1", ("b",), 2) == "a: 1\nb: 2\n"
    assert put("a:\n  b: 1", ("a",), 2) == "a: 2\n"
    assert remove("a: 1\nb: 2", ("b",)) == "a: 1\n"
    assert put("a: {b: 1,}", ("a", "c"), 2) == "a: {b: 1,c: 2}"
    assert put("a: {}", ("a", "c"), 2) == "a: {c: 2}"


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cn", "Co"))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab.: #'\"0", min_size=1), inner, max_size=3),
    max_leaves=6,
)


@example(value=":0")
@example(value=["?>"])
@example(value=["?;"])
@given(value=VALUES)
@settings(max_examples=150, deadline=None)
def test_any_value_is_read_as_it_was_written(value: Any) -> None:
    assert "\n" not in inline(value)
    assert plain(put(TEXT, ("b c", "d"), value))["b c"]["d"] == value
    assert plain(put(TEXT, ("block", "empty"), value))["block"]["empty"] == value
