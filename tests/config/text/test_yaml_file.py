from __future__ import annotations

import math
from pathlib import Path

import pytest

from kit.config.text.origins import Origin
from kit.config.text.yaml_file import parse_yaml, read_yaml
from kit.errors import ConfigError


def plain(text: str) -> object:
    node = parse_yaml(text, lambda line: Origin(line=line))
    assert node is not None
    return node.plain()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1E5", 100000.0),
        ("1.0e+2", 100.0),
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("0x1F", 31),
        ("0o17", 15),
        ("012", 12),
        ("-3", -3),
        ("12:30:45", "12:30:45"),
        ("=", "="),
        (".inf", math.inf),
        ("'3'", "3"),
        ("!!str 3", "3"),
        ("[1, [a, null]]", [1, ["a", None]]),
    ],
)
def test_values_are_read_by_yaml_1_2(text: str, value: object) -> None:
    read = plain(text)
    assert read == value
    assert type(read) is type(value)


def test_an_empty_text_is_nothing() -> None:
    assert parse_yaml("# nothing\n", lambda line: Origin()) is None


def test_merge_keys_give_way_to_own_keys_and_earlier_mappings_win() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 3}\n"
    assert plain(text) == {"a": {"x": 1, "y": 1}, "b": {"y": 2, "z": 2}, "c": {"x": 3, "y": 1, "z": 2}}


def test_an_anchor_can_be_used_twice_and_defined_again() -> None:
    assert plain("a: &x 1\nb: [*x, *x]\nc: &x 2\nd: *x\n") == {"a": 1, "b": [1, 1], "c": 2, "d": 2}


def test_every_value_knows_the_line_of_its_key(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("# first\na:\n  b:\n    - 1\n    - c: 2\n\n  d: |\n    text\n")
    origins = read_yaml(file).origins()
    lines = {path: origins[path].line for path in origins}
    assert lines == {
        (): None,
        ("a",): 2,
        ("a", "b"): 3,
        ("a", "b", 0): 4,
        ("a", "b", 1): 5,
        ("a", "b", 1, "c"): 5,
        ("a", "d"): 7,
    }
    assert {origins[path].file for path in origins} == {file}


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read_yaml(file).plain() == {"a": 1}


def test_all_unreadable_values_of_a_file_are_listed(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("a: 2023-11-30\nb: 1\nb: !x 2\n? [1]\n: 3\n<<: 3\n")
    with pytest.raises(ConfigError) as caught:
        read_yaml(file)
    lines = [line.removeprefix(str(file)).split(": ")[0] for line in str(caught.value).splitlines()]
    assert lines == [":1", ":3", ":4", ":6"]
