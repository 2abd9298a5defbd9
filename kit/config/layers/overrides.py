"""``--set a.b=c``: one value of a configuration changed on the command line.

An override merges like a file that extends the recipe and says only this one thing: ``--set blend=median`` drops the
parameters of another blend, ``--set models.lgb=null`` removes a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from kit.config.layers.extends import merge
from kit.config.layers.plugin_sites import is_named, normalise, written_out
from kit.config.text.nodes import Node
from kit.config.text.origins import KeyPath, Origin, dotted
from kit.config.text.yaml_file import parse_yaml
from kit.errors import ConfigError, did_you_mean

# A new entry of a mapping of names begins with its kind, a new stage with its models.
_FIRST_KEYS = ("kind", "models")

_SEGMENT = re.compile(r"""\s*(?:"([^"]+)"|'([^']+)'|([^\s."'=]+))\s*([.=])""")


def apply_overrides(node: Node, overrides: Iterable[str]) -> Node:
    """Return a normalised configuration changed by ``--set`` texts, in order.

    Raises:
        ConfigError: A text is no ``path=value``, its value is no YAML, or its path leads through a single value or to
            a list's entry that does not exist. Every wrong text is listed. Whether a path's keys are known is found by
            the checks of the whole, which name the text as origin.
    """
    mistakes = []
    for text in overrides:
        try:
            path, value = parse_override(text)
            node = merge(node, normalise(_lay_over(node, path, value, ())))
        except ConfigError as error:
            mistakes.append(str(error))
    if mistakes:
        raise ConfigError("\n".join(mistakes))
    return node


def parse_override(text: str) -> tuple[KeyPath, Node]:
    """Split ``path=value`` and parse the value as YAML.

    Returns:
        The path (all segments as words; a number counts as a position where a list stands) and the value.

    Raises:
        ConfigError: There is no ``=``, a part is empty, or the value is not valid YAML.
    """
    origin = Origin(override=text)
    segments: list[str] = []
    position, separator = 0, "."
    while separator == ".":
        found = _SEGMENT.match(text, position)
        if found is None:
            raise ConfigError(
                f"{origin}: expected PATH=VALUE, such as models.lgb.params.learning_rate=0.1"
                + (" (keys that contain a dot are quoted)" if "=" in text else " (there is no '=')")
            )
        segments.append(next(part for part in found.groups()[:3] if part is not None))
        position, separator = found.end(), found.group(4)
    if segments[0] == "extends":
        raise ConfigError(f"{origin}: extends is read from files only; give the other file instead")
    value = parse_yaml(text[position:], lambda line: origin)
    if value is None:
        raise ConfigError(f"{origin}: nothing after '='; null removes an entry, '' is the empty text")
    return tuple(segments), value


def _lay_over(base: Node | None, path: KeyPath, value: Node, at: KeyPath) -> Node:
    """Return the configuration that says nothing but ``value`` at ``path``, to be merged into ``base`` at ``at``.

    A list of ``base`` on the way is repeated with its one entry changed, because lists are replaced as a whole.
    """
    if not path:
        return value
    head, rest = str(path[0]), path[1:]
    inner = None if base is None else base.value
    if isinstance(inner, list):
        if not head.isdecimal() or int(head) >= len(inner):
            many = f"0 to {len(inner) - 1}" if inner else "none"
            raise ConfigError(f"{value.origin}: {dotted(at)} is a list; its entries are {many}, got {head!r}")
        index = int(head)
        change = written_out(_lay_over(inner[index], rest, value, (*at, index)), (*at, index))
        entry = merge(inner[index], change, (*at, index))
        return Node([*inner[:index], entry, *inner[index + 1 :]], base.origin if base is not None else value.origin)
    if inner is None or isinstance(inner, dict):
        # Anything but the beginning of a new entry is meant for one that is there.
        if inner and is_named(at) and head not in inner and rest and rest[0] not in _FIRST_KEYS:
            raise ConfigError(f"{value.origin}: {dotted(at)} has no entry {head!r}{did_you_mean(head, inner)}")
        child = inner.get(head) if inner else None
        return Node({head: _lay_over(child, rest, value, (*at, head))}, value.origin)
    raise ConfigError(f"{value.origin}: {dotted(at)} is {inner!r}, which has no entry {head!r}")
