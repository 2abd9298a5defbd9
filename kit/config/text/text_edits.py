"""Changes of a YAML text that leave everything else as it is: comments, order, quotes, spacing.

Each change composes the text with the library that reads configurations, takes from its graph where things begin and
end, and replaces that part of the text. Text inside of an anchor changes wherever the anchor is used.

ruamel's round trip was tried instead. It keeps comments with the value before them: those below a replaced mapping go
with it, and a new last key lands below the comment of the next section. With code that moves them it was as long as
this (99 lines of code against 92), and it still changed spacing, ``~`` and empty mappings.
"""

from __future__ import annotations

from typing import Any

from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from kit.config.text.origins import KeyPath, Origin
from kit.config.text.yaml_file import compose, inline


def has(text: str, path: KeyPath) -> bool:
    """Whether something stands at a path."""
    return len(_way(text, path)) == len(path) + 1


def put(text: str, path: KeyPath, value: Any) -> str:
    """Return the text with a plain value at a path; mappings on the way to it are made.

    A word on the way stands for a plug-in and becomes its ``kind``.
    """
    way = _way(text, path)
    last, rest = way[-1], path[len(way) - 1 :]
    if not rest:
        return _replace(text, way, path, value)
    for segment in reversed(rest[1:]):
        value = {segment: value}
    if isinstance(last, MappingNode):
        return _insert(text, last, str(rest[0]), value)
    kept = {"kind": last.value} if isinstance(last, ScalarNode) and _is_word(last) else {}
    return _replace(text, way, path[: len(way) - 1], {**kept, str(rest[0]): value})


def remove(text: str, path: KeyPath) -> str:
    """Return the text without the entry of a mapping that stands at a path."""
    way = _way(text, path)
    parent = way[-2]
    index = next(index for index, (key, _) in enumerate(parent.value) if key.value == path[-1])
    key, value = parent.value[index]
    if len(parent.value) == 1:
        return _replace(text, way[:-1], path[:-1], {})
    if parent.flow_style:
        if index + 1 < len(parent.value):
            return text[: key.start_mark.index] + text[parent.value[index + 1][0].start_mark.index :]
        return text[: _entry_end(text, *parent.value[index - 1])] + text[_entry_end(text, key, value) :]
    start = text.rfind("\n", 0, key.start_mark.index) + 1
    if text[start : key.start_mark.index].strip():  # the first key of a list's entry stands behind the dash
        return text[: key.start_mark.index] + text[parent.value[index + 1][0].start_mark.index :]
    return text[:start] + text[_line_end(text, _entry_end(text, key, value)) :]


def _way(text: str, path: KeyPath) -> list[Any]:
    """Return the library's nodes on a path, the whole first, as far as it leads."""
    way = [compose(text, lambda line: Origin(line=line))]
    for segment in path:
        node = way[-1]
        if isinstance(node, MappingNode):
            inner = next((value for key, value in node.value if key.value == segment), None)
        elif isinstance(node, SequenceNode) and isinstance(segment, int) and segment < len(node.value):
            inner = node.value[segment]
        else:
            inner = None
        if inner is None:
            break
        way.append(inner)
    return way


def _replace(text: str, way: list[Any], path: KeyPath, value: Any) -> str:
    node, written = way[-1], inline(value)
    start, end = node.start_mark.index, _end(text, node)
    in_block = isinstance(node, (MappingNode, SequenceNode)) and not node.flow_style
    if not path:
        return f"{written}\n" if in_block else text[:start] + written + text[end:]
    parent = way[-2]
    if isinstance(parent, MappingNode):
        key = next(key for key, _ in parent.value if key.value == path[-1])
        colon = _after_colon(text, key)
        if in_block and "\n" in text[colon:start]:
            # The value moves up to its key; a comment that stands there stays behind it.
            return f"{text[:colon]} {written}{text[colon : _line_end(text, colon)]}{text[_line_end(text, end) :]}"
        if _is_empty(node):
            return f"{text[:colon]} {written}{text[colon:]}"
    elif _is_empty(node):
        written = f" {written}"
    return text[:start] + written + text[end:]


def _insert(text: str, mapping: MappingNode, key: str, value: Any) -> str:
    entry = f"{inline(key)}: {inline(value)}"
    if mapping.flow_style:
        close = mapping.end_mark.index - 1
        before = text[:close].rstrip()
        comma = "" if before.endswith(("{", ",")) else ", "
        return text[:close] + comma + entry + text[close:]
    end = _line_end(text, _entry_end(text, *mapping.value[-1]))
    line_break = "" if text[:end].endswith("\n") else "\n"
    return f"{text[:end]}{line_break}{' ' * mapping.start_mark.column}{entry}\n{text[end:]}"


def _end(text: str, node: Any) -> int:
    """Return where the text of a node ends, without the comments and empty lines after it."""
    if isinstance(node, ScalarNode):
        # A block of text ends, for the library, where the next line begins.
        end: int = node.end_mark.index
        return len(text[:end].rstrip()) if node.style in ("|", ">") else end
    if node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _entry_end(text, *last) if isinstance(last, tuple) else _end(text, last)


def _entry_end(text: str, key: Any, value: Any) -> int:
    """Return where an entry of a mapping ends."""
    return _after_colon(text, key) if _is_empty(value) else _end(text, value)


def _after_colon(text: str, key: Any) -> int:
    return text.index(":", key.end_mark.index) + 1


def _is_empty(node: Any) -> bool:
    """Whether a value is left out: the library then places it at whatever comes next, after comments."""
    return isinstance(node, ScalarNode) and node.start_mark.index == node.end_mark.index


def _line_end(text: str, position: int) -> int:
    """Return where the next line begins."""
    line_break = text.find("\n", position)
    return len(text) if line_break < 0 else line_break + 1


def _is_word(node: ScalarNode) -> bool:
    return str(node.tag).endswith(":str")
