"""Reading one YAML file (YAML 1.2) into values that remember their lines.

YAML 1.2 is what the kit reads: ``1e-3`` is a number, ``no`` and ``on`` are words, only ``true`` and ``false`` are truth
values. Reading has two steps: the text becomes the library's graph of nodes (`compose`), and the graph becomes plain
values (`_Converter`), so that a writer that keeps comments can start from the same text.
"""

from __future__ import annotations

import io
import json
import os
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from kit.config.text.nodes import Node
from kit.config.text.origins import Origin, shown_path
from kit.errors import ConfigError, nearest

OriginOf = Callable[[int], Origin]
"""Turns a line, counted from 1, into an origin."""

MOST_VALUES = 100_000
"""Values in one file, those of an alias counted wherever it stands: the longest recipe has a few hundred."""
MOST_BYTES = 1_000_000
"""The size of one file."""
DEEPEST = 50
"""Mappings and lists inside of each other."""

_LONGEST = 60

_TAG = "tag:yaml.org,2002:"
_NUMBERS = {f"{_TAG}{name}" for name in ("int", "float", "bool")}
# What YAML's grammar says, in words that say what to do; the first pattern found in the library's message counts.
_EXPLANATIONS = (
    (r"found character '\\t'", "a tab: YAML indents with spaces only"),
    (r"found character '(.)' that cannot start", "a value cannot start with {0!r}: put it in quotes"),
    (
        r"mapping values are not allowed",
        "a ': ' out of place: is the line indented too far, or are quotes missing?",
    ),
    (r"could not find expected ':'", "a key without ': ' after it"),
    (r"quoted scalar.*unexpected end", "a quote that is never closed"),
    (r"unknown escape character '(.)'", "a backslash before {0!r} means nothing in double quotes: use single quotes"),
    (r"flow (?:sequence|mapping).*expected", "a [ or {{ that is not closed where it should be, or a missing comma"),
    (r"undefined alias '(.*)'", "*{0} refers to an anchor &{0} that is not defined above"),
    (r"(more than .*)", "{0}"),
    (r"expected a single document", "a second document (---): one file holds one configuration"),
    (r"expected '<document start>'", "text after the end of the mapping: is a bracket closed twice?"),
    (
        r"block (?:collection|mapping).*expected <block end>",
        "this does not belong here: check indentation and quotes",
    ),
)


def read_yaml(path: Path, text: str | None = None) -> Node:
    """Read a YAML file that holds one mapping.

    Args:
        path: The file.
        text: What it is to hold, where it is not written yet.

    Returns:
        The mapping; every value has the file and the line of its key as origin.

    Raises:
        ConfigError: The file is missing, is not UTF-8, is not valid YAML, has a key twice in one mapping, or holds
            something that is not a mapping of words to plain values; or it is larger than any recipe.
    """
    text = read_text(path) if text is None else text
    node = parse_yaml(text, lambda line: Origin(path, line))
    if node is None:
        raise ConfigError(f"{shown_path(path)}: the file is empty; a competition or a recipe was expected")
    if not isinstance(node.value, dict):
        raise ConfigError(f"{node.origin}: expected a mapping (lines of `key: value`), got a {_word(node.value)}")
    return Node(node.value, Origin(path))


def parse_yaml(text: str, origin_of: OriginOf) -> Node | None:
    """Turn YAML text into values with origins; None for an empty text.

    Raises:
        ConfigError: It is not valid YAML, a key stands twice in a mapping, or there is a value that is no mapping,
            list, text, number, truth value or null. All such values of the text are listed.
    """
    composed = compose(text, origin_of)
    if composed is None:
        return None
    converter = _Converter(origin_of)
    node = converter.convert(composed)
    if converter.mistakes:
        raise ConfigError("\n".join(converter.mistakes))
    return node


def compose(text: str, origin_of: OriginOf) -> Any:
    """Return the library's graph of nodes, or None for an empty text.

    Raises:
        ConfigError: It is not valid YAML; the message says where and what it is about.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            reader = YAML(typ="safe", pure=True)
            reader.Composer = _BoundedComposer
            return reader.compose(text)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ConfigError(
            f"{origin_of(line)}: not valid YAML: the control character {chr(error.character)!r}"
        ) from None
    except MarkedYAMLError as error:
        raise ConfigError(_syntax_message(error, origin_of)) from None
    except YAMLError as error:
        raise ConfigError(f"{origin_of(1)}: not valid YAML: {error}") from None


def inline(value: Any) -> str:
    """Return a plain value on one line of YAML, such that it can stand inside of brackets too."""
    stream = io.StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = True
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.width = 10**6
    writer.dump({"x": value}, stream)
    text = stream.getvalue().strip().removeprefix("{x: ").removesuffix("}")
    # The library leaves words that begin with : or ? without quotes, and does not read them everywhere.
    return json.dumps(value, ensure_ascii=False) if re.search(r"(^|[\[{,:])\s*[:?]", text) else text


def missing_file_hint(path: Path) -> str:
    """Return " (did you mean 'x.yaml'?)" for the nearest file beside a path that does not exist, or ""."""
    if not os.path.isdir(path.parent):
        return f": there is no folder {shown_path(path.parent)}"
    likely = nearest(path.name, [entry.name for entry in path.parent.iterdir() if entry.suffix in (".yaml", ".yml")])
    return f" (did you mean {likely!r}?)" if likely else ""


def read_text(path: Path) -> str:
    """Return the text of a configuration file.

    Raises:
        ConfigError: It is missing, cannot be read or is not UTF-8.
    """
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise ConfigError(f"{shown_path(path)}: no such file{missing_file_hint(path)}") from None
    except IsADirectoryError:
        raise ConfigError(f"{shown_path(path)}: a folder; a YAML file was expected") from None
    except OSError as error:
        raise ConfigError(f"{shown_path(path)}: cannot be read ({error.strerror})") from None
    if len(content) > MOST_BYTES:
        raise ConfigError(f"{shown_path(path)}: more than {MOST_BYTES:,} bytes; is it a recipe?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{Origin(path, line)}: not UTF-8 text; save the file with that encoding") from None


def _syntax_message(error: MarkedYAMLError, origin_of: OriginOf) -> str:
    message = f"{error.context or ''} {error.problem or ''}"
    explanation = f"{error.problem}"
    # A quote or bracket that is not closed is found at the end of the file; where it opens is more useful.
    mark = error.problem_mark or error.context_mark
    if error.context_mark and re.search("quoted scalar.*end of stream|flow .*<stream end>", message):
        mark = error.context_mark
    for pattern, words in _EXPLANATIONS:
        if found := re.search(pattern, message):
            explanation = words.format(*map(_short, found.groups()))
            break
    return f"{origin_of(mark.line + 1)}:{mark.column + 1}: not valid YAML: {explanation}"


def _word(value: Any) -> str:
    return "list" if isinstance(value, list) else "single value"


def _short(text: str) -> str:
    """Return a text as messages show it: what is longer than a line is cut off."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


class _BoundedComposer(Composer):
    """Composes no more than a recipe may hold: the library's own way down ends in a RecursionError."""

    _levels = 0
    _nodes = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose a node and what is inside."""
        self._levels += 1
        self._nodes += 1
        beyond = None
        if self._levels > DEEPEST:
            beyond = f"more than {DEEPEST} mappings or lists inside of each other"
        elif self._nodes > MOST_VALUES:
            beyond = f"more than {MOST_VALUES:,} values; is it a recipe?"
        if beyond is not None:
            raise MarkedYAMLError(problem=beyond, problem_mark=self.parser.peek_event().start_mark)
        node = super().compose_node(parent, index)
        self._levels -= 1
        return node


class _Converter:
    """Turns the library's graph into `Node`s, collecting what cannot be in a configuration."""

    def __init__(self, origin_of: OriginOf) -> None:
        self.mistakes: list[str] = []
        self._origin_of = origin_of
        self._constructor = YAML(typ="safe", pure=True).constructor
        self._open: set[int] = set()
        self._n_values = 0

    def convert(self, composed: Any, line: int | None = None) -> Node:
        """Convert one node; ``line`` (counted from 1) is that of its key, where it has one."""
        origin = self._origin_of(line or composed.start_mark.line + 1)
        self._n_values += 1
        if self._n_values > MOST_VALUES:
            # At once: a few hundred bytes of aliases can stand for billions of values.
            raise ConfigError(
                f"{origin}: more than {MOST_VALUES:,} values, those of an alias (*name) counted wherever it stands; "
                "write less, or put tables into files of their own"
            )
        if id(composed) in self._open:
            self._problem(composed, "an alias inside of what it refers to")
            return Node(None, origin)
        self._open.add(id(composed))
        try:
            return Node(self._value(composed), origin)
        finally:
            self._open.remove(id(composed))

    def _value(self, composed: Any) -> Any:
        tag = str(composed.tag)
        if isinstance(composed, MappingNode) and tag == f"{_TAG}map":
            return self._mapping(composed)
        if isinstance(composed, SequenceNode) and tag == f"{_TAG}seq":
            return [self.convert(item) for item in composed.value]
        if isinstance(composed, ScalarNode):
            if tag in (f"{_TAG}str", f"{_TAG}value"):
                return composed.value
            if tag == f"{_TAG}null":
                return None
            if tag in _NUMBERS:
                return self._number(composed)
            if tag == f"{_TAG}timestamp":
                self._problem(composed, f"{_short(composed.value)} reads as a date; put it in quotes to have text")
                return None
        self._problem(composed, f"the tag {_short(tag.replace(_TAG, '!!'))} is not supported; write plain values")
        return None

    def _number(self, composed: Any) -> Any:
        try:
            return self._constructor.construct_object(composed)
        except (ValueError, YAMLError):
            self._problem(composed, f"{_short(composed.value)} is no number; put it in quotes to have text")
            return None

    def _mapping(self, composed: Any) -> dict[str, Node]:
        own: dict[str, Node] = {}
        lines: dict[str, int] = {}
        merged: list[dict[str, Node]] = []
        for key, value in composed.value:
            line = key.start_mark.line + 1
            if str(key.tag) == f"{_TAG}merge":
                merged.extend(self._merged(value))
            elif not isinstance(key, ScalarNode) or str(key.tag) != f"{_TAG}str":
                shown = f" {_short(key.value)}" if isinstance(key, ScalarNode) else ""
                self._problem(key, f"the key{shown} is not text; put it in quotes")
            elif key.value in own:
                self._problem(
                    key, f"the key {_short(key.value)!r} stands here twice (first at line {lines[key.value]})"
                )
            else:
                own[key.value] = self.convert(value, line)
                lines[key.value] = line
        for inherited in merged:
            own = {**inherited, **own}
        return own

    def _merged(self, value: Any) -> list[dict[str, Node]]:
        """Return the mappings of ``<<: *anchor`` or ``<<: [*one, *other]``, of which earlier ones win."""
        mappings = []
        for part in value.value if isinstance(value, SequenceNode) else [value]:
            node = self.convert(part)
            if isinstance(node.value, dict):
                mappings.append(node.value)
            else:
                self._problem(part, "<< takes mappings only")
        return mappings

    def _problem(self, composed: Any, message: str) -> None:
        self.mistakes.append(f"{self._origin_of(composed.start_mark.line + 1)}: {message}")
