"""Small random changes of real recipes: each loads, or is refused at its file and line.

    python -m tests.config.fuzz --mutations 2000 --seed 0

Prints what became of them, and every change that ended otherwise (an error of Python, a message without a place, more
than a second) with the text that shows it; exit code 1 if there was one.
"""

from __future__ import annotations

import argparse
import copy
import io
import random
import re
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from kit.config import load_recipe
from kit.config.search_recipe import load_search
from kit.config.show.resolved import render
from kit.errors import ConfigError

COMPETITIONS = Path(__file__).parents[2] / "competitions"
RECIPES = sorted(path.relative_to(COMPETITIONS) for path in COMPETITIONS.glob("*/*.yaml"))

LONGEST_SECONDS = 1.0
"""CPU time in which a recipe loads or is refused, on a machine that has a core for it."""

_PLACE = re.compile(r"(\S+\.yaml|/\S+)(:\d+){0,2}: ")

ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    10**30,
    10**400,
    1e308,
    float("inf"),
    float("-inf"),
    float("nan"),
    -0.0,
    1e-320,
    "",
    " ",
    ".",
    "../..",
    "/etc/passwd",
    "~",
    "null",
    "1_000",
    "１２",
    "2020-01-01",
    "é",
    "e\u0301",
    "\u202eevil",
    "\x1b[31m",
    "\x00",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "x" * 5000,
    [],
    {},
    [[]],
    [None],
    {"kind": "ridge"},
    {"kind": None},
    {"kind": "svd", "params": None},
    {"kind": "svd", "params": {"n_components": [1]}},
    {"search": [1, 2]},
    {"search": [2, 1], "log": True},
    {"choice": []},
    {"choice": [None, {"kind": "identity"}]},
    {"": ""},
]
"""Values that stand in place of others."""


@dataclass(frozen=True)
class Change:
    """A changed recipe.

    Attributes:
        recipe: The recipe that was changed, relative to the competitions' folder.
        what: The change.
        text: The changed text.
    """

    recipe: Path
    what: str
    text: bytes


@dataclass(frozen=True)
class End:
    """What became of a changed recipe.

    Attributes:
        outcome: ``loaded``, ``refused``, or what went wrong: ``error``, ``no place``, ``slow``.
        detail: The message or traceback.
    """

    outcome: str
    detail: str = ""

    @property
    def is_wrong(self) -> bool:
        return self.outcome not in ("loaded", "refused")


def changes(n: int, seed: int) -> Iterator[Change]:
    """Yield so many changes, the same for the same seed."""
    rng = random.Random(seed)
    for _ in range(n):
        recipe = rng.choice(RECIPES)
        text = (COMPETITIONS / recipe).read_text(encoding="utf-8")
        change = rng.choice(CHANGES)
        try:
            changed = change(rng, text)
        except (IndexError, KeyError, TypeError):  # there is nothing of the kind to change
            changed = _insert_letters(rng, text)
        yield Change(recipe, change.__name__.strip("_"), changed.encode("utf-8", "surrogateescape"))


def try_change(change: Change, folder: Path, longest: float = LONGEST_SECONDS) -> End:
    """Write a change into a copy of the competitions' folder, load it as every command does, and put it back."""
    path = folder / change.recipe
    kept = path.read_bytes()
    path.write_bytes(change.text)
    began = time.process_time()
    try:
        end = _load(path)
    except ConfigError as error:
        end = _judge(str(error))
    except Exception:
        end = End("error", traceback.format_exc())
    finally:
        path.write_bytes(kept)
    seconds = time.process_time() - began
    return End("slow", f"{seconds:.2f} s, {end}") if seconds > longest and not end.is_wrong else end


def _load(path: Path) -> End:
    search = load_search(path)
    if not search.dimensions:
        render(load_recipe(path))
    return End("loaded")


def _judge(message: str) -> End:
    lines = [line for line in message.splitlines() if not line.startswith(" ")]
    return End("refused" if lines and _PLACE.match(lines[0]) else "no place", message)


def _insert_letters(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    return (
        text[:at]
        + rng.choice(["\t", ":", " ", "[", "}", "'", "&a ", "*a", "---\n", "!!python/object ", "\x07", "é"])
        + text[at:]
    )


def _insert_bytes(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(["\udcff", "\udc80\udc80", "\ufeff", "\u0085", "\u2028"]) + text[at:]


def _delete_letters(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text))
    return text[:at] + text[at + rng.randint(1, 6) :]


def _cut_off(rng: random.Random, text: str) -> str:
    return text[: rng.randrange(len(text))]


def _repeat_line(rng: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    at = rng.randrange(len(lines))
    return "".join([*lines[:at], *lines[at : at + 1] * rng.randint(2, 3), *lines[at + 1 :]])


def _swap_lines(rng: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    one, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return "".join(lines)


def _indent_line(rng: random.Random, text: str) -> str:
    lines = text.splitlines(keepends=True)
    at = rng.randrange(len(lines))
    lines[at] = rng.choice([" ", "  ", "\t", "- "]) + lines[at]
    return "".join(lines)


def _nest_deeply(rng: random.Random, text: str) -> str:
    depth = rng.choice([10, 60, 3000])
    opened, closed = rng.choice([("[", "]"), ("{a: ", "}"), ("- ", "")])
    return f"{text}\n{rng.choice(['features', 'x', 'models'])}:\n  {opened * depth}1{closed * depth}\n"


def _multiply_aliases(rng: random.Random, text: str) -> str:
    levels = rng.randint(2, 12)
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, levels)]
    return text + "\n" + "\n".join(lines) + "\n"


def _replace_value(rng: random.Random, text: str) -> str:
    tree = _parse(text)
    parent, key = rng.choice(_places(tree))
    parent[key] = rng.choice(ODD)
    return _write(tree)


def _delete_entry(rng: random.Random, text: str) -> str:
    tree = _parse(text)
    parent, key = rng.choice(_places(tree))
    del parent[key]
    return _write(tree)


def _swap_values(rng: random.Random, text: str) -> str:
    tree = _parse(text)
    (one, key), (other, place) = rng.choice(_places(tree)), rng.choice(_places(tree))
    one[key], other[place] = other[place], one[key]
    # A value that now holds itself has no end.
    return _write(tree) if _is_finite(tree) else text


def _misspell_key(rng: random.Random, text: str) -> str:
    tree = _parse(text)
    parent, key = rng.choice([place for place in _places(tree) if isinstance(place[0], dict)])
    renamed = rng.choice(
        [key[:-1], key + "s", key.upper(), key[::-1], f"{key}/{key}", f"{key} ", rng.choice(["", "é", "x" * 300])]
    )
    items = [(renamed if name == key else name, value) for name, value in parent.items()]
    parent.clear()
    parent.update(items)
    return _write(tree)


def _misspell_word(rng: random.Random, text: str) -> str:
    tree = _parse(text)
    parent, key = rng.choice([place for place in _places(tree) if isinstance(place[0][place[1]], str)])
    word = parent[key]
    at = rng.randrange(len(word))
    parent[key] = word[:at] + rng.choice(["", "x", word[at] * 2]) + word[at + 1 :]
    return _write(tree)


def _change_number(rng: random.Random, text: str) -> str:
    tree = _parse(text)
    numbers = [place for place in _places(tree) if isinstance(place[0][place[1]], (int, float))]
    parent, key = rng.choice(numbers)
    value = parent[key]
    parent[key] = rng.choice(
        [-value, value * 1e12, 10**20, value + 0.5, str(value), [value], float("nan"), float("inf"), 0]
    )
    return _write(tree)


def _add_key(rng: random.Random, text: str) -> str:
    tree = _parse(text)
    parent, key = rng.choice(_places(tree))
    where = parent[key] if isinstance(parent[key], dict) else tree
    name = rng.choice(
        ["kind", "params", "models", "choose", "repeats", "enabled", "extends", "presets", "x", "<<", "stages"]
    )
    where[name] = rng.choice(ODD)
    return _write(tree)


CHANGES: list[Callable[[random.Random, str], str]] = [
    _insert_letters,
    _insert_bytes,
    _delete_letters,
    _cut_off,
    _repeat_line,
    _swap_lines,
    _indent_line,
    _nest_deeply,
    _multiply_aliases,
    _replace_value,
    _delete_entry,
    _swap_values,
    _misspell_key,
    _misspell_word,
    _change_number,
    _add_key,
]


def _parse(text: str) -> dict[str, Any]:
    return copy.deepcopy(_parsed(text))


@cache
def _parsed(text: str) -> dict[str, Any]:
    return YAML(typ="safe", pure=True).load(text)


def _write(tree: Any) -> str:
    stream = io.StringIO()
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
    writer.allow_unicode = True
    writer.dump(tree, stream)
    return stream.getvalue()


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Return every mapping and list below with each of its keys."""
    found: list[tuple[Any, Any]] = []
    pending = [tree]
    while pending:
        node = pending.pop()
        for key, value in list(node.items()) if isinstance(node, dict) else list(enumerate(node)):
            found.append((node, key))
            if isinstance(value, (dict, list)):
                pending.append(value)
    return found


def _is_finite(node: Any, inside: tuple[int, ...] = ()) -> bool:
    if not isinstance(node, (dict, list)):
        return True
    values = node.values() if isinstance(node, dict) else node
    return id(node) not in inside and all(_is_finite(value, (*inside, id(node))) for value in values)


def main() -> int:
    """Try changes and print what became of them; return 1 if one ended wrongly."""
    parser = argparse.ArgumentParser(description="Load randomly changed recipes.")
    parser.add_argument("--mutations", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    counts: Counter[str] = Counter()
    began = time.perf_counter()
    load_recipe(COMPETITIONS / RECIPES[0])  # what is imported at first use takes longer than to load a recipe
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(shutil.copytree(COMPETITIONS, Path(temporary, "competitions")))
        for number, change in enumerate(changes(given.mutations, given.seed)):
            end = try_change(change, folder)
            counts[end.outcome] += 1
            if end.is_wrong:
                print(f"--- change {number}: {change.what} of {change.recipe}: {end.outcome}\n{end.detail}")
    seconds = time.perf_counter() - began
    print(f"{given.mutations} changes, seed {given.seed}, {seconds:.0f} s: {dict(counts)}")
    return int(bool(counts.keys() - {"loaded", "refused"}))


if __name__ == "__main__":
    sys.exit(main())
