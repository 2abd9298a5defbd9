"""No rule of the kit goes by a plug-in's name: what a plug-in is, it says by its class and by marks on its parameters.

A short name stands in the module that registers it, in recipes (the defaults in the schema, the examples of
`kit.testing`) and nowhere else. Words that a parameter may be, such as ``center: mean``, are declared by ``Literal``
where they are compared.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import kit
import kit.testing
from kit.reports.plugins import FAMILIES

ROOT = Path(kit.__file__).parent
RECIPES = ("config/schema.py", "starting/", "testing/")
"""Where entries of recipes are written."""

Trees = dict[str, ast.Module]


def trees() -> Trees:
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8")) for path in ROOT.rglob("*.py")}


def kinds() -> dict[str, set[str]]:
    """Return the short names, each with the modules that register it."""
    found: dict[str, set[str]] = {}
    for registry in FAMILIES.values():
        for cls in registry:
            module = cls.__module__.removeprefix("kit.").replace(".", "/") + ".py"
            found.setdefault(cls.kind, set()).add(module)
    return found


def strings(node: ast.AST) -> set[str]:
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def options(every: Trees) -> dict[str, set[str]]:
    """Return by a parameter's, attribute's or variable's name the words that a ``Literal`` declares as its values."""
    aliases: dict[str, set[str]] = {}
    for tree in every.values():
        for node in tree.body:
            if isinstance(node, ast.Assign) and (words := literals(node.value, {})):
                aliases.setdefault(node.targets[0].id, set()).update(words)  # type: ignore[attr-defined]
    found: dict[str, set[str]] = {}
    for tree in every.values():
        for node in ast.walk(tree):
            if isinstance(node, (ast.arg, ast.AnnAssign)) and node.annotation is not None:
                name = node.arg if isinstance(node, ast.arg) else last_name(node.target)
                found.setdefault(name, set()).update(literals(node.annotation, aliases))
    return found


def literals(annotation: ast.AST, aliases: dict[str, set[str]]) -> set[str]:
    """Return the words in each ``Literal[…]`` of an annotation, or in what it is another name of."""
    found: set[str] = set()
    for node in ast.walk(annotation):
        if isinstance(node, ast.Subscript) and last_name(node.value) == "Literal":
            found |= strings(node.slice)
        elif isinstance(node, ast.Name):
            found |= aliases.get(node.id, set())
    return found


def last_name(node: ast.AST) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def is_kind(node: ast.AST) -> bool:
    """Whether an expression reads a plug-in's name: ``kind``, ``x.kind``, ``x["kind"]``, ``x.get("kind")``."""
    return any(
        (isinstance(one, ast.Attribute) and one.attr == "kind")
        or (isinstance(one, ast.Name) and one.id == "kind")
        or (isinstance(one, ast.Constant) and one.value == "kind")
        for one in ast.walk(node)
    )


def spelt(name: str, tree: ast.Module, known: dict[str, set[str]]) -> Iterator[tuple[str, int]]:
    """Yield the words that a module compares with, looks up in a registry, or writes as a ``kind``."""
    for node in ast.walk(tree):
        words: set[str] = set()
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            allowed = set().union(*(known.get(last_name(side), set()) for side in sides))
            compared = (side for side in sides if isinstance(side, (ast.Constant, ast.Tuple, ast.List, ast.Set)))
            words = set().union(*map(strings, compared)) - (set() if is_kind(node) else allowed)
        elif isinstance(node, ast.MatchValue):
            words = strings(node)
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr == "get" and is_registry(node.func.value):
                words = set().union(*map(strings, node.args))
            elif not name.startswith(RECIPES):
                words = {word for one in node.keywords if one.arg == "kind" for word in strings(one.value)}
        elif isinstance(node, ast.Dict) and not name.startswith(RECIPES):
            pairs = zip(node.keys, node.values, strict=True)
            words = {
                word for key, value in pairs if key is not None and "kind" in strings(key) for word in strings(value)
            }
        yield from ((word, node.lineno) for word in words)


def is_registry(node: ast.AST) -> bool:
    """Whether an expression is a family: ``MODELS``, ``Registry.of(…)``."""
    families = {f"{family.upper()}S" for family in FAMILIES}
    return any(isinstance(one, ast.Name) and one.id in families | {"Registry"} for one in ast.walk(node))


def found_in(every: Trees) -> list[str]:
    registered, known = kinds(), options(every)
    return [
        f"{name}:{line}: {word!r}"
        for name, tree in every.items()
        for word, line in spelt(name, tree, known)
        if word in registered and name not in registered[word]
    ]


def test_no_rule_goes_by_a_name() -> None:
    assert found_in(trees()) == []


def test_such_rules_are_found() -> None:
    rules = {
        'blend.kind == "mean"': ["mean"],
        'kind = target.kind\nif kind in ("identity", "svd"): ...': ["identity", "svd"],
        'entry.get("kind") == "stage_predictions"': ["stage_predictions"],
        'MODELS.get("ridge")': ["ridge"],
        'Registry.of("blend").get("nnls")': ["nnls"],
        'PluginConfig(kind="clip")': ["clip"],
        '{"kind": "kfold"}': ["kfold"],
        'class A:\n    center: Literal["mean", "none"]\na.center == "mean"': [],
        'Mean = Literal["mean"]\ndef f(center: Mean | None): center == "mean"': [],
        'center: Literal["mean", "none"]\nblend.kind == "mean"': ["mean"],
    }
    for text, words in rules.items():
        assert sorted(one.partition("'")[2].rstrip("'") for one in found_in({"rule.py": ast.parse(text)})) == words, (
            text
        )
