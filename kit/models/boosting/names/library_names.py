"""Checking what stands in ``library_params`` against the parameters that the library itself knows.

LightGBM and XGBoost swallow names that they do not know: a typing error trains, with the default. So the names are
checked before the first fit, against the library's own list.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kit.errors import nearest

Attempt = Callable[[dict[str, Any]], str | None]
"""Tries parameters on a few made-up rows; returns the library's complaint, or None."""


@dataclass(frozen=True)
class LibraryNames:
    """The parameter names of a library and who sets them.

    Attributes:
        library: The library's name in messages.
        main: Every name that the library knows, aliases included, to its main name.
        constructor: Main name to the constructor parameter of our model that sets it.
        controlled: Main name to the reason why the kit sets it or has no use for it.
        context: Ends the message about an unknown name, where the known names depend on something.
    """

    library: str
    main: Mapping[str, str]
    constructor: Mapping[str, str]
    controlled: Mapping[str, str]
    context: str = ""

    def problems(self, library_params: Mapping[str, Any]) -> list[str]:
        """Return one message for each wrong name, each beginning with ``library_params.<name>: ``."""
        given: dict[str, str] = {}
        found = []
        for name in library_params:
            problem = self._problem(name, given)
            if problem is not None:
                found.append(f"library_params.{name}: {problem}")
        return found

    def canonical(self, library_params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters under the library's main names."""
        return {self.main.get(name, name): value for name, value in library_params.items()}

    def _problem(self, name: str, given: dict[str, str]) -> str | None:
        main = self.main.get(name)
        if main is None:
            found = self._nearest(name)
            advice = f" (did you mean {found!r}?)" if found else ""
            return f"{self.library} has no such parameter{self.context}{advice}"
        alias = "" if name == main else f"{self.library}'s alias of {main}; "
        if main in self.constructor:
            own = self.constructor[main]
            return f"{alias}it duplicates {own}, a parameter of the model itself; set {own} and remove this"
        if main in self.controlled:
            return f"{alias}it cannot be set: {self.controlled[main]}"
        if main in given:
            return f"{alias}it duplicates library_params.{given[main]}; keep one of the two"
        given[main] = name
        return None

    def _nearest(self, name: str) -> str | None:
        """Return the settable name nearest to ``name``; aliases are not suggested."""
        usable = {known: main for known, main in self.main.items() if main not in self.controlled}
        own = {self.constructor.get(main, main) for main in usable.values()}
        found = nearest(name, own)
        if found is None and (alias := nearest(name, usable)) is not None:
            found = self.constructor.get(usable[alias], usable[alias])
        return found


def refusal(names: LibraryNames, attempt: Attempt, own: dict[str, Any], library_params: Mapping[str, Any]) -> list[str]:
    """Return the library's own complaint about values, with the key at fault where one can be singled out.

    Args:
        names: The library's names.
        attempt: Tries a whole set of parameters.
        own: What the constructor parameters amount to, under the library's names.
        library_params: What the user added; the names are known to be right.
    """
    complaint = attempt({**own, **names.canonical(library_params)})
    if complaint is None:
        return []
    if attempt(own) is None:
        for name, value in library_params.items():
            alone = attempt({**own, **names.canonical({name: value})})
            if alone is not None:
                return [f"library_params.{name}: {names.library} refuses {value!r}: {alone}"]
        return [f"library_params: {names.library} refuses this combination: {complaint}"]
    return [f"{names.library} refuses these parameters together: {complaint}"]
