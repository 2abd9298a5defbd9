"""From a search node to a checked dimension of the search."""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, Literal

from kit.config.layers.plugin_sites import family_at
from kit.config.layers.search_nodes import DETAILS, INHERITED, MARKS, present_node, search_nodes
from kit.config.messages import show
from kit.config.text.mistakes import Finding
from kit.config.text.nodes import Node
from kit.config.text.origins import KeyPath, dotted
from kit.errors import ConfigError, nearest


class Missing(Enum):
    """The type of `MISSING`; an enumeration, so that it stays itself in another process."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
"""Stands for a present value that is missing; None is a value of its own."""

SEARCHED = (
    "target",
    "features",
    "stages",
    "models",
    "pseudo_labels",
    "repeats",
    "repeats_blend",
    "blend",
    "postprocess",
)
"""The sections in which values are searched. Trials that differ in what the competition fixes cannot be compared, and a
seed chosen by its score is luck."""

Kind = Literal["float", "int", "choice"]


@dataclass(frozen=True)
class Dimension:
    """A place of a recipe where values are searched.

    Attributes:
        path: Where it stands.
        name: The same in words: ``models.mlp.params.learning_rate``.
        kind: ``int`` where both bounds are integers, ``float`` for other ranges, ``choice`` for a list of values.
        low: The lower bound, included; None for a choice.
        high: The upper bound, included; None for a choice. With a step, the last value of the grid may be below it.
        log: Whether values are drawn evenly on a logarithmic scale.
        step: The distance between the values of a range.
        choices: The values of a choice, all different: also lists, mappings, None.
        present: ``value``, or what stood at this place in the files that the recipe extends; else `MISSING`.
        node: The search node.
    """

    path: KeyPath
    name: str
    kind: Kind
    low: float | int | None = None
    high: float | int | None = None
    log: bool = False
    step: float | int | None = None
    choices: tuple[Any, ...] = ()
    present: Any = MISSING
    node: Node = field(kw_only=True, repr=False, compare=False)

    def extremes(self) -> list[Any]:
        """Return the values on which a check of the whole recipe says most: both bounds, or every choice."""
        return list(self.choices) if self.kind == "choice" else [self.low, self.high]

    def resolve(self, value: Any) -> Node:
        """Return a proposed value as a node of the recipe, with the origin of what it was chosen from.

        Args:
            value: A value of the dimension (numbers may be NumPy's), or the present value.

        Raises:
            ConfigError: The value lies outside.
        """
        if self.kind == "choice":
            for index, choice in enumerate(self.choices):
                if same(choice, value):
                    chosen: Node = self.node.value["choice"].value[index]
                    return chosen
        present = present_node(self.node.value)
        if present is not None and same(self.present, value):
            return present
        number = _as_number(value, self.kind)
        if number is None or self.low is None or self.high is None or not self.low <= number <= self.high:
            raise ConfigError(f"{self.node.origin}: {self.name}: {show(value)} is none of {self.described()}")
        return Node(number, self.node.origin)

    def described(self) -> str:
        """Return the values of the dimension in words."""
        if self.kind == "choice":
            return f"the choices {show(list(self.choices))}"
        what = "the integers" if self.kind == "int" else "the numbers"
        return f"{what} from {self.low} to {self.high}"


def same(value: Any, other: Any) -> bool:
    """Whether two plain values are written alike: 1, 1.0 and true are three different ones."""
    return json.dumps(value, sort_keys=True, default=str) == json.dumps(other, sort_keys=True, default=str)


def find_dimensions(node: Node) -> tuple[list[Dimension], dict[KeyPath, list[Finding]]]:
    """Return the dimensions of a normalised recipe, and what is wrong with other search nodes, by their paths.

    What lies inside of a model or feature block with ``enabled: false`` is left aside.
    """
    dimensions: list[Dimension] = []
    findings: dict[KeyPath, list[Finding]] = {}
    for path, search in search_nodes(node):
        if not _is_off(node, path):
            parser = _Parser(path, search)
            dimension = parser.parse()
            if parser.findings:
                findings[path] = parser.findings
            elif dimension is not None:
                dimensions.append(dimension)
    return dimensions, findings


def _is_off(node: Node, path: KeyPath) -> bool:
    """Whether a path leads into an entry that is switched off."""
    off = False
    for length, segment in enumerate(path):
        node = node.value[segment]
        entry = node.value if isinstance(node.value, dict) else {}
        if family_at(path[: length + 1]) in ("model", "feature") and length + 1 < len(path):
            off = off or ("enabled" in entry and entry["enabled"].value is False)
    return off


class _Parser:
    """Reads one search node, collecting what is wrong with it."""

    def __init__(self, path: KeyPath, node: Node) -> None:
        self.findings: list[Finding] = []
        self._path = path
        self._node = node
        self._parts: dict[str, Node] = node.value

    def parse(self) -> Dimension | None:
        """Return the dimension; None where the node is too wrong to say."""
        if not self._path:
            mark = next(mark for mark in MARKS if mark in self._parts)
            self._wrong(f"{mark} stands in place of a value, not among the sections of a recipe", mark)
            return None
        if self._path[0] not in SEARCHED:
            self._wrong(f"nothing can be searched here; search in {', '.join(SEARCHED)}")
            return None
        for key in self._parts:
            if key not in (*MARKS, *DETAILS, INHERITED):
                near = nearest(key, (*MARKS, *DETAILS))
                hint = f"did you mean {near!r}?" if near else f"known: {', '.join((*MARKS, *DETAILS))}"
                self._wrong(f"unknown key {key!r} of a search ({hint})", key)
        if any(True for part in self._parts.values() for _ in search_nodes(part, self._path)):
            self._wrong("a search inside of a search; search at one of the two places")
            return None
        if all(mark in self._parts for mark in MARKS):
            self._wrong("`search` is a range and `choice` a list of values; keep one of the two", "choice")
            return None
        return self._choice() if "choice" in self._parts else self._range()

    def _choice(self) -> Dimension:
        listed = self._parts["choice"].plain()
        for key in ("log", "step"):
            if key in self._parts:
                self._wrong(f"{key} belongs to `search: [low, high]`, not to `choice`; remove it", key)
        choices: list[Any] = listed if isinstance(listed, list) else []
        for index, choice in enumerate(choices):
            if any(same(choice, other) for other in choices[:index]):
                self._wrong(f"{show(choice)} is listed twice", "choice", index)
        if len(choices) < 2:
            self._wrong(f"expected a list of two or more values, got {show(listed)}", "choice")
        present = self._present(lambda value: any(same(value, choice) for choice in choices))
        return Dimension(
            self._path, dotted(self._path), "choice", choices=tuple(choices), present=present, node=self._node
        )

    def _range(self) -> Dimension | None:
        bounds = self._parts["search"].plain()
        numbers = [number for number in map(_number, bounds) if number is not None] if isinstance(bounds, list) else []
        if len(numbers) != 2 or len(bounds) != 2:
            hint = "; for a list of values write `choice`" if isinstance(bounds, list) and len(bounds) > 2 else ""
            self._wrong(f"expected [low, high], two finite numbers, got {show(bounds)}{hint}", "search")
            return None
        kind: Kind = "int" if all(isinstance(number, int) for number in numbers) else "float"
        low, high = numbers if kind == "int" else (float(numbers[0]), float(numbers[1]))
        if not low < high:
            self._wrong(f"expected the lower bound first, got {show(bounds)}", "search")
        log = self._parts["log"].value if "log" in self._parts else False
        if not isinstance(log, bool):
            self._wrong(f"expected true or false, got {show(self._parts['log'].plain())}", "log")
        elif log and low <= 0:
            self._wrong(f"on a logarithmic scale the lower bound must be above 0, got {show(bounds[0])}", "search")
        step = self._step(kind, low, high, log is True)
        present = self._present(lambda value: (number := _as_number(value, kind)) is not None and low <= number <= high)
        if kind == "float" and isinstance(present, int) and not isinstance(present, bool):
            present = float(present)
        return Dimension(
            self._path, dotted(self._path), kind, low, high, log is True, step, present=present, node=self._node
        )

    def _step(self, kind: Kind, low: float, high: float, log: bool) -> float | int | None:
        if "step" not in self._parts or self._parts["step"].value is None:
            return None
        given = self._parts["step"].plain()
        step = _number(given)
        if step is None or step <= 0 or (kind == "int" and not isinstance(step, int)):
            what = "an integer" if kind == "int" else "a number"
            self._wrong(f"expected {what} above 0, got {show(given)}", "step")
        elif log:
            self._wrong("a logarithmic scale has no steps; remove `step` or `log`", "step")
        elif step > high - low:
            self._wrong(f"the step {show(given)} is wider than the range", "step")
        else:
            return step if kind == "int" else float(step)
        return None

    def _present(self, is_inside: Callable[[Any], bool]) -> Any:
        """Return the present value. One that is inherited may lie outside, one that is written here may not."""
        node = present_node(self._parts)
        if node is None:
            return MISSING
        value = node.plain()
        if not is_inside(value) and is_inside(_short(value, self._path)):
            return _short(value, self._path)
        if "value" in self._parts and not is_inside(value):
            mark = self._parts["choice" if "choice" in self._parts else "search"]
            self._wrong(f"{show(value)} is none of the values that are searched ({show(mark.plain())})", "value")
        return value

    def _wrong(self, message: str, key: str | None = None, index: int | None = None) -> None:
        node, path = self._node, self._path
        for segment in (key, index):
            if segment is not None:
                node, path = node.value[segment], (*path, segment)
        self.findings.append(Finding(node.origin, path, message))


def _short(value: Any, path: KeyPath) -> Any:
    """Return ``{kind: median}`` as ``median``, the short form in which an inherited plug-in may stand among choices."""
    if family_at(path) is not None and isinstance(value, dict) and list(value) == ["kind"]:
        return value["kind"]
    return value


def _number(value: Any) -> float | int | None:
    """Return a finite number of YAML, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return value


def _as_number(value: Any, kind: Kind) -> float | int | None:
    """Return a proposed value, which may be one of NumPy's, as a number of the kind."""
    if isinstance(value, (bool, str)) or kind == "choice":
        return None
    try:
        return operator.index(value) if kind == "int" else float(value)
    except (TypeError, ValueError):
        return None
