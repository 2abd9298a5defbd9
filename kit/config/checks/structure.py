"""The check of a configuration's structure, with pydantic's findings in the kit's words."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from kit.config.checks.renamed import RENAMED
from kit.config.messages import describe, mismatch, show, unwrap, within
from kit.config.schema import RecipeConfig
from kit.config.text.mistakes import Mistake
from kit.config.text.origins import KeyPath, dotted
from kit.errors import nearest

M = TypeVar("M", bound=BaseModel)

KeyHint = Callable[[KeyPath], str | None]
"""Says where an unknown key belongs, if it knows."""

# Findings whose own message says more than the type does.
_SPOKEN = {"value_error", "assertion_error", "predicate_failed"}


def check_structure(
    model: type[M], tree: Any, at: KeyPath = (), hint: KeyHint | None = None
) -> tuple[M | None, list[Mistake]]:
    """Check a plain tree against a pydantic model.

    Args:
        model: What it must be.
        tree: Plain values.
        at: The path at which the tree stands, put in front of every problem's path.
        hint: Asked about every unknown key, given its whole path.

    Returns:
        The checked object, or None when there are problems; and the problems.
    """
    try:
        return model.model_validate(tree), []
    except ValidationError as error:
        return None, explain(error, model, tree, at, hint)


def explain(
    error: ValidationError, annotation: Any, tree: Any, at: KeyPath = (), hint: KeyHint | None = None
) -> list[Mistake]:
    """Return messages for the errors that pydantic found when it compared ``tree`` with ``annotation``.

    Of a value that several types were tried on, only what is wrong deepest inside is told: it is the type that was
    meant.
    """
    found = [(_real_path(item, tree), item) for item in error.errors(include_url=False)]
    paths = {path for path, _ in found}
    mistakes: dict[Mistake, None] = {}
    for path, item in found:
        if any(other[: len(path)] == path and len(other) > len(path) for other in paths):
            continue
        mistakes[Mistake(at + path, _message(item, path, annotation, at, hint))] = None
    return list(mistakes)


def _message(item: Any, path: KeyPath, annotation: Any, at: KeyPath, hint: KeyHint | None) -> str:
    if item["type"] == "missing":
        about = _description(annotation, path) or describe(_step(annotation, path))
        return f"missing. {about}" if about.endswith(".") else f"missing; it is {about}"
    if item["type"] == "extra_forbidden":
        return _unknown_key(path, annotation, at, hint)
    if item["type"] in _SPOKEN:
        return f"{item['msg']}, got {show(item['input'])}"
    if item["input"] is None and _is_named_entry(annotation, path):
        return "null removes an inherited entry, but none of this name is inherited; remove the line"
    return mismatch(_step(annotation, path), item["input"])


def _unknown_key(path: KeyPath, annotation: Any, at: KeyPath, hint: KeyHint | None) -> str:
    name = str(path[-1])
    renamed = RENAMED.get(_place((*at, *path)))
    if renamed is not None:
        return f"unknown key {name!r} (since {renamed.since} it is called {renamed.name!r})"
    known = list(_keys_of(_step(annotation, path[:-1])))
    belongs = hint(at + path) if hint is not None else None
    if belongs is None and (near := nearest(name, known)) is not None:
        return f"unknown key {name!r} (did you mean {near!r}?)"
    if belongs is None:
        places = _places().get(name, [])
        belongs = f"it belongs at {' or '.join(places[:2])}" if places else None
    return f"unknown key {name!r} ({belongs or 'known: ' + ', '.join(known)})"


def _place(path: KeyPath) -> str:
    """Return a path in a recipe with ``<name>`` for the names that the user chose (``features.<name>.space``)."""
    place: list[str | int] = []
    annotation: Any = RecipeConfig
    for segment in path:
        place.append("<name>" if get_origin(unwrap(annotation)[0]) is dict else segment)
        annotation = within(annotation, segment)
    return dotted(tuple(place))


def _real_path(item: Any, tree: Any) -> KeyPath:
    """Return where a finding is, without the names of the types that pydantic tried, which are no part of the tree."""
    path: list[str | int] = []
    for position, segment in enumerate(item["loc"]):
        missing = item["type"] == "missing" and position == len(item["loc"]) - 1
        if isinstance(tree, dict) and (segment in tree or missing):
            tree = tree.get(segment)
        elif isinstance(tree, (list, tuple)) and isinstance(segment, int) and segment < len(tree):
            tree = tree[segment]
        else:
            continue
        path.append(segment)
    return tuple(path)


def _step(annotation: Any, path: KeyPath) -> Any:
    for segment in path:
        annotation = within(annotation, segment)
    return annotation


def _description(annotation: Any, path: KeyPath) -> str | None:
    """Return the description of a key, from its field."""
    for model in _models(_step(annotation, path[:-1])):
        field = model.model_fields.get(str(path[-1]))
        if field is not None:
            return field.description
    return None


def _keys_of(annotation: Any) -> Iterator[str]:
    for model in _models(annotation):
        yield from model.model_fields


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    inner, _ = unwrap(annotation)
    if get_origin(inner) in (Union, types.UnionType):
        for argument in get_args(inner):
            yield from _models(argument)
    elif isinstance(inner, type) and issubclass(inner, BaseModel):
        yield inner


def _is_named_entry(annotation: Any, path: KeyPath) -> bool:
    """Whether a path leads to an entry whose key the user chose (a model, a feature block)."""
    return bool(path) and get_origin(unwrap(_step(annotation, path[:-1]))[0]) is dict


@cache
def _places() -> dict[str, list[str]]:
    """Return, for every key of a recipe, where it may stand (``features.<name>.space``), outer places first."""
    places: dict[str, list[str]] = {}
    pending: list[tuple[KeyPath, Any]] = [((), RecipeConfig)]
    while pending:
        path, annotation = pending.pop(0)
        inner, _ = unwrap(annotation)
        if get_origin(inner) is dict:
            pending.append(((*path, "<name>"), get_args(inner)[1]))
        for model in _models(annotation):
            for key in model.model_fields:
                places.setdefault(key, []).append(dotted((*path, key)))
                pending.append(((*path, key), within(model, key)))
    return places
