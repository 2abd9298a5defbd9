"""The check of a model's ``choose``: candidates for parameters of the model and of its target transform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kit.config.checks.plugins import Checked, PluginChecker, plugin_class, settable, unknown_parameter
from kit.config.text.mistakes import Mistake
from kit.config.text.origins import KeyPath
from kit.errors import did_you_mean


@dataclass(frozen=True)
class _Part:
    """A plug-in whose parameters a model may choose: itself, or the target transform it works behind.

    Attributes:
        prefix: What its parameters' names have in front in ``choose``.
        path: Where its entry stands.
        family: Its family.
        entry: The plain entry.
        own: Whether the entry is the model's own, so that a parameter fixed there is not also to be chosen.
    """

    prefix: str
    path: KeyPath
    family: str
    entry: Any
    own: bool


def check_model(checker: PluginChecker, path: KeyPath, entry: Any, recipe_target: Any) -> Checked:
    """Check a model's entry, its own target transform and all candidates.

    Every candidate is checked as if it stood under ``params``, with the first candidates in the other places.

    Args:
        checker: Checks the single entries.
        path: Where the model stands.
        entry: Its plain entry.
        recipe_target: The recipe's target transform, for models without one of their own.
    """
    result = Checked()
    if not isinstance(entry, dict):
        return result
    own_target = entry.get("target")
    parts = [_Part("params.", path, "model", entry, True)]
    if own_target is not None:
        parts.append(_Part("target.params.", (*path, "target"), "target", own_target, True))
    else:
        parts.append(_Part("target.params.", ("target",), "target", recipe_target, False))
    candidates = entry.get("choose")
    candidates = candidates if isinstance(candidates, dict) else {}
    result.mistakes.extend(_unknown_paths(path, candidates, parts))
    for part in parts:
        _check_part(checker, path, part, candidates, result)
    return result


def _check_part(
    checker: PluginChecker, path: KeyPath, part: _Part, candidates: dict[str, Any], result: Checked
) -> None:
    cls = plugin_class(part.family, part.entry)
    chosen: dict[str, list[Any]] = {}
    for key, values in candidates.items():
        name = key.removeprefix(part.prefix)
        if cls is None or not key.startswith(part.prefix) or not isinstance(values, list) or not values:
            continue
        where = (*path, "choose", key)
        if (why := unknown_parameter(cls, name)) is not None:
            result.mistakes.append(Mistake(where, why))
        elif part.own and name in _params(part.entry):
            result.mistakes.append(Mistake(where, f"{key} is also fixed under params; keep one of the two"))
        else:
            chosen[name] = values
    if not part.own and not chosen:
        return  # the recipe's own target transform is checked where it stands

    def check(changes: dict[str, Any]) -> Checked:
        return checker.entry(part.path, part.family, {**part.entry, "params": {**_params(part.entry), **changes}})

    if not chosen:
        checked = checker.entry(part.path, part.family, part.entry)
        result.mistakes.extend(checked.mistakes)
        result.references.update(checked.references)
        return
    first = {name: values[0] for name, values in chosen.items()}
    base = check(first)
    elsewhere = [mistake for mistake in base.mistakes if _chosen_name(part, mistake.path) not in chosen]
    result.references.update(base.references)
    if part.own:
        result.mistakes.extend(elsewhere)
    for name, values in chosen.items():
        for index, value in enumerate(values):
            checked = check({**first, name: value}) if index else base
            where = (*path, "choose", f"{part.prefix}{name}", index)
            for mistake in checked.mistakes:
                about = _chosen_name(part, mistake.path)
                if about == name or (about is None and mistake not in elsewhere):
                    inside = mistake.path[len(part.path) + 2 :] if about == name else ()
                    result.mistakes.append(Mistake((*where, *inside), mistake.message))


def _unknown_paths(path: KeyPath, candidates: dict[str, Any], parts: list[_Part]) -> list[Mistake]:
    classes = [(part.prefix, plugin_class(part.family, part.entry)) for part in parts]
    valid = [f"{prefix}{name}" for prefix, cls in classes if cls is not None for name in settable(cls)]
    return [
        Mistake(
            (*path, "choose", key),
            f"expected params.NAME or target.params.NAME of this model{did_you_mean(key, valid)}",
        )
        for key in candidates
        if not any(_is_name(key, part.prefix) for part in parts)
    ]


def _is_name(key: str, prefix: str) -> bool:
    return key.startswith(prefix) and len(key) > len(prefix) and "." not in key[len(prefix) :]


def _chosen_name(part: _Part, path: KeyPath) -> str | None:
    """Return the parameter of the part's plug-in that a problem's path is about, if it is about one."""
    length = len(part.path)
    if path[:length] == part.path and len(path) > length + 1 and path[length] == "params":
        return str(path[length + 1])
    return None


def _params(entry: Any) -> dict[str, Any]:
    params = entry.get("params") if isinstance(entry, dict) else None
    return params if isinstance(params, dict) else {}
