"""Types and values in plain words, for messages: "a number above 0", "one of 'mean', 'median'"."""

from __future__ import annotations

import json
import math
import types
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from kit.errors import nearest

_SINGULAR = {
    int: "an integer",
    float: "a number",
    str: "text",
    bool: "true or false",
    type(None): "null",
    dict: "a mapping",
    list: "a list",
}
_PLURAL = {int: "integers", float: "numbers", str: "texts", bool: "truth values", dict: "mappings", list: "lists"}
_LONGEST = 60
_SEARCHES = ("search", "choice")
"""The keys of a search, which are misspelt where a mapping stands for a value."""


def describe(annotation: Any) -> str:
    """Describe the values that an annotation allows: ``Annotated[int, Ge(1)]`` is "an integer of at least 1"."""
    inner, marks = unwrap(annotation)
    origin, arguments = get_origin(inner), get_args(inner)
    if origin in (Union, types.UnionType):
        return _joined([describe(argument) for argument in arguments])
    if origin is Literal:
        return _joined([show(argument) for argument in arguments])
    if origin in (list, set, frozenset) or (origin is tuple and arguments[1:] == (...,)):
        nonempty = any(isinstance(mark, annotated_types.MinLen) and mark.min_length > 0 for mark in marks)
        return f"a {'non-empty ' if nonempty else ''}list of {_plural(arguments[0])}"
    if origin is tuple:
        return f"a list of {len(arguments)}: " + ", ".join(describe(argument) for argument in arguments)
    if origin is dict:
        return f"a mapping of {_plural(arguments[0])} to {_plural(arguments[1])}"
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        keys = list(inner.model_fields)
        if "kind" in keys:
            return "a plug-in: its name or {kind: …, params: {…}}"
        return f"a mapping with {', '.join(keys)}"
    return _SINGULAR.get(inner, getattr(inner, "__name__", "a value of another type")) + _range(marks)


def show(value: Any) -> str:
    """Return a value as a recipe would write it, shortened where it is long."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"inf": ".inf", "-inf": "-.inf"}.get(str(value), ".nan")
    try:
        shown = repr(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        shown = repr(value)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def mismatch(annotation: Any, value: Any) -> str:
    """Return "expected …, got …", with a hint where quotes made text of a number."""
    hint = ""
    if isinstance(value, str) and set(_leaves(annotation)) & {int, float} and _is_number(value):
        hint = " (without quotes it is a number)"
    if isinstance(value, float) and math.isinf(value):
        hint = " (numbers are finite)"
    if isinstance(value, dict) and (meant := next((key for key in value if nearest(key, _SEARCHES)), None)):
        hint = f" (did you mean {nearest(meant, _SEARCHES)!r} instead of {meant!r}, to search a value?)"
    return f"expected {describe(annotation)}, got {show(value)}{hint}"


def unwrap(annotation: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return an annotation without ``Annotated``, and the marks that this had, ranges of pydantic fields included."""
    marks: list[Any] = []
    while get_origin(annotation) is Annotated:
        annotation, *own = get_args(annotation)
        for mark in own:
            marks.extend(mark.metadata if isinstance(mark, FieldInfo) else [mark])
    return annotation, tuple(marks)


def within(annotation: Any, segment: str | int) -> Any:
    """Return the annotation of what stands under a key or position of an annotated value; `Any` where unknown."""
    inner, _ = unwrap(annotation)
    origin, arguments = get_origin(inner), get_args(inner)
    if origin in (Union, types.UnionType):
        options = (within(argument, segment) for argument in arguments)
        return next((option for option in options if option is not Any), Any)
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        field = inner.model_fields.get(str(segment))
        return (
            Any
            if field is None
            else Annotated[(field.annotation, *field.metadata)]
            if field.metadata
            else field.annotation
        )
    if origin is dict and isinstance(segment, str):
        return arguments[1]
    if origin is tuple and isinstance(segment, int):
        return arguments[0] if arguments[1:] == (...,) else (*arguments, *[Any] * segment)[segment]
    if origin in (list, set, frozenset) and isinstance(segment, int):
        return arguments[0]
    return Any


def _plural(annotation: Any) -> str:
    inner, marks = unwrap(annotation)
    if inner in _PLURAL:
        return _PLURAL[inner] + _range(marks)
    if get_origin(inner) is list:
        return f"lists of {_plural(get_args(inner)[0])}"
    if get_origin(inner) is Literal:
        return describe(inner)
    return f"entries, each {describe(annotation)}" if inner is not Any else "values"


def _range(marks: Iterable[Any]) -> str:
    """Return " of at least 1 and below 5" for the ranges among an annotation's marks."""
    parts: list[str] = []
    for mark in marks:
        constraints: Iterable[Any] = mark if isinstance(mark, annotated_types.GroupedMetadata) else [mark]
        for constraint in constraints:
            if isinstance(constraint, annotated_types.Ge):
                parts.append(f"of at least {constraint.ge}")
            elif isinstance(constraint, annotated_types.Gt):
                parts.append(f"above {constraint.gt}")
            elif isinstance(constraint, annotated_types.Le):
                parts.append(f"at most {constraint.le}")
            elif isinstance(constraint, annotated_types.Lt):
                parts.append(f"below {constraint.lt}")
            elif isinstance(constraint, annotated_types.MultipleOf):
                parts.append(f"a multiple of {constraint.multiple_of}")
            elif isinstance(constraint, annotated_types.MinLen) and constraint.min_length:
                parts.append("that is not empty")
            elif getattr(constraint, "pattern", None):
                parts.append(f"that matches {constraint.pattern}")
    return f" {' and '.join(parts)}" if parts else ""


def _joined(words: list[str]) -> str:
    if len(words) > 2 or (len(words) == 2 and all(word.startswith("'") for word in words)):
        return "one of: " + ", ".join(words)
    return " or ".join(words)


def _leaves(annotation: Any) -> Iterator[Any]:
    inner, _ = unwrap(annotation)
    if get_origin(inner) in (Union, types.UnionType):
        for argument in get_args(inner):
            yield from _leaves(argument)
    elif isinstance(inner, type):
        yield inner


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
